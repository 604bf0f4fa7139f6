"""Zip files from strangers: look at the listing first, then inflate under count.

Owns the rules of a safe archive. `entries` inflates nothing, so the web process may call it;
`read` inflates and belongs in the worker. Everything odd is refused, nothing is repaired: Python's
zipfile silently renames `../evil` and takes the last of two equal names.
"""

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader import errors

MiB = 1024 * 1024
MAX_LISTED = 2000  # entries in the listing, before editors' and systems' junk is dropped
MAX_LISTING_BYTES = MiB
MAX_FILES = 200
MAX_TOTAL_BYTES = 20 * MiB
MAX_RATIO = 100
MIN_RATIO_BYTES = 64 * 1024  # below this a high ratio is a small file of zeros, not a bomb
MAX_DEPTH = 8
MAX_NAME_BYTES = 100
CHUNK_BYTES = 64 * 1024

END_RECORD = struct.Struct("<4s4H2LH")
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
COMMENT_BYTES = 65535
ENCRYPTED = 0x1 | 0x40 | 0x2000

PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".jar", ".whl", ".egg")
JUNK_FOLDERS = {"__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".vscode", ".idea"}
JUNK_FOLDERS |= {".venv", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"}
JUNK_FILES = {".DS_Store", "Thumbs.db", ".gitignore", ".gitattributes", ".gitkeep"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive whose name and sizes have been checked."""

    name: str
    info: zipfile.ZipInfo


def entries(data: bytes) -> list[Entry]:
    """The files of an archive, without inflating one.

    Raises:
        UploadRefused: not a zip, or a rule is broken; all reasons that were found.
    """
    _check_listing_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos, start = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError) as exc:
        raise errors.UploadRefused(f"The zip file is damaged ({escape(str(exc))}).") from exc
    kept = [info for info in infos if not info.is_dir() and not is_junk(info.orig_filename)]
    reasons = [
        *(reason for info in infos for reason in _entry_reasons(info)),
        *name_reasons(info.orig_filename for info in kept),
        *_size_reasons(kept),
        *_overlap_reasons(data, infos, start),
    ]
    if reasons:
        raise errors.UploadRefused(list(dict.fromkeys(reasons)))
    return [Entry(info.orig_filename, info) for info in kept]


def read(data: bytes, wanted: Iterable[Entry]) -> dict[str, bytes]:
    """Inflate files, counting real bytes.

    Raises:
        UploadRefused: a checksum is wrong, or a size was a lie.
    """
    total = 0
    contents: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in wanted:
            chunks = []
            try:
                with archive.open(entry.info) as stream:
                    while chunk := stream.read(CHUNK_BYTES):
                        total += len(chunk)
                        if total > MAX_TOTAL_BYTES:
                            raise errors.UploadRefused(_too_large())
                        chunks.append(chunk)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as exc:
                raise errors.UploadRefused(
                    f"{escape(entry.name)}: the zip file is damaged here; make it anew."
                ) from exc
            contents[entry.name] = b"".join(chunks)
    return contents


def is_junk(name: str) -> bool:
    """Whether a file only belongs to the sender's system or editor."""
    parts = name.split("/")
    return (
        not JUNK_FOLDERS.isdisjoint(parts[:-1])
        or parts[-1] in JUNK_FILES
        or parts[-1].startswith("._")
    )


def name_reasons(names: Iterable[str]) -> list[str]:
    """What is wrong with these names, each and together."""
    listed = list(names)
    reasons = [reason for name in listed for reason in _one_name(name)]
    seen: dict[str, str] = {}
    folders = {str(p) for name in listed for p in PurePosixPath(name.casefold()).parents}
    for name in listed:
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            reasons.append(
                f"{escape(name)}: stands twice (also as {escape(seen[key])}); names must differ in "
                "more than upper and lower case."
            )
        elif key in folders:
            reasons.append(f"{escape(name)}: is both a file and a folder.")
        seen[key] = name
    return reasons


def escape(text: str) -> str:
    """A name or message that is safe to print: control and bidi characters made visible."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)[:200]


def _check_listing_size(data: bytes) -> None:
    """Refuse a huge listing before Python builds an object for every line of it."""
    tail = data[-(END_RECORD.size + COMMENT_BYTES) :]
    at = tail.rfind(b"PK\x05\x06")
    if not data.startswith(b"PK") or at < 0 or len(tail) - at < END_RECORD.size:
        raise errors.UploadRefused(
            "The file is not a zip file; send a .zip or the files themselves."
        )
    if data.startswith(b"PK\x05\x06"):
        raise errors.UploadRefused("The zip file is empty.")
    _, _, _, _, count, listing, _, _ = END_RECORD.unpack_from(tail, at)
    if count > MAX_LISTED or listing > MAX_LISTING_BYTES:
        raise errors.UploadRefused(
            f"The zip file lists {count} entries; at most {MAX_FILES} files are allowed. Send only "
            "the files that the assignment asks for."
        )


def _entry_reasons(info: zipfile.ZipInfo) -> list[str]:
    name, mode = escape(info.orig_filename), info.external_attr >> 16
    if info.flag_bits & ENCRYPTED:
        return [f"{name}: is encrypted; make the zip without a password."]
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR) or mode & 0o6000:
        return [f"{name}: is a link or a special file; send plain files."]
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return [f"{name}: uses an unusual compression; make the zip with an ordinary program."]
    if info.is_dir() and (info.file_size or not _is_path(info.orig_filename.rstrip("/"))):
        return [f"{name}: is not a plain folder."]
    return []


def _is_path(name: str) -> bool:
    return is_junk(f"{name}/x") or not _one_name(name)


def _one_name(name: str) -> list[str]:
    shown, parts = escape(name), name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "" in parts:
        return [f"{shown}: points outside the submission; use plain relative names."]
    if len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES or len(parts) > MAX_DEPTH:
        return [f"{shown}: the name is too long or too deep ({MAX_DEPTH} folders at most)."]
    for part in parts:
        if not PART.fullmatch(part) or part.endswith(".") or RESERVED.fullmatch(part):
            return [
                f"{shown}: use only letters, digits, '.', '_' and '-' in names, and begin with a "
                "letter, a digit or '_'."
            ]
    if name.lower().endswith(ARCHIVES):
        return [f"{shown}: is an archive inside the archive; unpack it first."]
    return []


def _size_reasons(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    if len(infos) > MAX_FILES:
        return [f"{len(infos)} files; at most {MAX_FILES} are allowed."]
    if sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
        return [_too_large()]
    return [
        f"{escape(info.orig_filename)}: shrinks more than {MAX_RATIO} times, as a zip bomb does."
        for info in infos
        if info.file_size > MIN_RATIO_BYTES
        and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    ]


def _too_large() -> str:
    return (
        f"The files are larger than {MAX_TOTAL_BYTES // MiB} MiB in all; leave out data sets and "
        "results."
    )


def _overlap_reasons(data: bytes, infos: Sequence[zipfile.ZipInfo], start: int) -> list[str]:
    """Two entries on the same bytes make a small file inflate to a huge one."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        at = info.header_offset
        if at < end or at + LOCAL_HEADER.size > len(data):
            return [f"{escape(info.orig_filename)}: the zip file is damaged (entries overlap)."]
        header = LOCAL_HEADER.unpack_from(data, at)
        end = at + LOCAL_HEADER.size + header[-2] + header[-1] + info.compress_size
        if end > start:
            return [f"{escape(info.orig_filename)}: the zip file is damaged (an entry is cut off)."]
    return []
