"""Zip files from strangers: what may be listed, and how little is inflated to read them.

Owns every fact about the zip format: the only module that imports `zipfile`. Does not know what
an assignment asks for (`intake.uploads`) nor which names are allowed (`source.filenames`).

Theory of operation. An upload is read twice, by two processes. The web process calls `entries`,
which reads the end record and the central directory and inflates nothing; the worker calls it
again and then `read`. `entries` looks at the end record before it lets `zipfile` build one object
per entry, because 100 000 empty files cost seconds; and it is strict where `zipfile` is lenient:

- no bytes before the first file or after the archive (a polyglot is two files in one),
- no ZIP64 (meant for 4 GiB; its second end record is a second opinion about the contents),
- the stated number of entries is the real one,
- no two entries share bytes (an overlap bomb inflates one body many times).

Declared sizes are only a first check: `read` counts what really comes out and compares size and
checksum.
"""

import copy
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from grader import errors
from grader.source import filenames

Entry: TypeAlias = zipfile.ZipInfo

MAX_ENTRIES = 2000  # listed, folders and files that are left out included
MAX_LISTING_BYTES = 512  # of the central directory for each of them
MAX_RATIO = 100  # inflated : deflated bytes of one file
RATIO_FREE_BYTES = 64 * 1024  # files up to this size may be as repetitive as they like

_END = struct.Struct("<4s4H2LH")  # end of central directory; its comment follows
_END_MAGIC, _LOCATOR_MAGIC, _LOCAL_MAGIC = b"PK\5\6", b"PK\6\7", b"PK\3\4"
_LOCATOR_BYTES = 20
_MAX_COMMENT_BYTES = 0xFFFF
_LOCAL_BYTES = 30  # fixed part of a local header; name and extra field follow
_LOCAL_LENGTHS = struct.Struct("<2H")  # of name and extra field
_LOCAL_LENGTHS_AT = 26
_LOCAL_METHOD, _LOCAL_METHOD_AT = struct.Struct("<H"), 8
_FLAG_ENCRYPTED = 0x1 | 0x40 | 0x2000  # ordinary, strong, masked directory
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # equal files give an equal archive
# Everything that zipfile raises on damaged or odd input.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,  # seek to a negative offset
    OverflowError,
    ValueError,  # includes UnicodeDecodeError of a name
)
_OTHER_ARCHIVES = {
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}


def kind(data: bytes) -> str | None:
    """What archive the first bytes announce, in words; None for anything else."""
    if data.startswith((_LOCAL_MAGIC, _END_MAGIC)):
        return "a zip archive"
    return next((words for magic, words in _OTHER_ARCHIVES.items() if data.startswith(magic)), None)


def first_stored(data: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Name and first bytes of what a zip begins with, if it is not packed; else nothing.

    For formats that are zips only inside, and that begin with what says what they are: neither
    the table of contents is read nor anything inflated.

    Args:
        max_bytes: of the content; what follows it in the zip may be among them.
    """
    if not data.startswith(_LOCAL_MAGIC) or len(data) < _LOCAL_BYTES:
        return "", b""
    (method,) = _LOCAL_METHOD.unpack_from(data, _LOCAL_METHOD_AT)
    name_bytes, extra = _LOCAL_LENGTHS.unpack_from(data, _LOCAL_LENGTHS_AT)
    begin = _LOCAL_BYTES + name_bytes
    called = data[_LOCAL_BYTES:begin].decode(errors="replace")
    content = data[begin + extra : begin + extra + max_bytes]
    return (called, content) if method == zipfile.ZIP_STORED else ("", b"")


def entries(data: bytes, max_entries: int = MAX_ENTRIES) -> list[Entry]:
    """The archive's entries, in its order; nothing is inflated.

    Args:
        max_entries: listed in it; an archive of many students' work may list more than one's.

    Raises:
        UploadRefused: not a zip, more entries than allowed, or an archive that two readers could
            understand differently.
    """
    start = _directory_start(data, max_entries)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except _ZIP_ERRORS as exc:
        raise _damaged(str(exc)) from exc
    if len(infos) != _END.unpack_from(data, _end_at(data))[4]:
        raise _damaged("its table of contents gives a wrong number of files")
    _refuse_shared_bytes(data, infos, start)
    return infos


def _end_at(data: bytes) -> int:
    """Offset of the end record: the last one whose comment reaches exactly to the end."""
    at = data.rfind(_END_MAGIC, max(0, len(data) - _END.size - _MAX_COMMENT_BYTES))
    if at < 0:
        raise errors.UploadRefused(
            f"The upload is not a complete zip file ({_instead(data)}); make a new zip and send it "
            "again."
        )
    if at + _END.size > len(data) or at + _END.size + _END.unpack_from(data, at)[7] != len(data):
        raise _damaged("its end is missing or other bytes follow it")
    return at


def _instead(data: bytes) -> str:
    """What bytes are that do not end as a zip does."""
    if not data:
        return "it is empty"
    zipped = data.startswith(_LOCAL_MAGIC)
    return "it was cut off" if zipped else f"it looks like {kind(data) or 'something else'}"


def _directory_start(data: bytes, max_entries: int) -> int:
    """Offset of the central directory, after the checks that need no list of entries."""
    at = _end_at(data)
    _, _, _, _, count, size_bytes, start, _ = _END.unpack_from(data, at)
    if data[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR_MAGIC):
        raise errors.UploadRefused(
            "The zip uses ZIP64, which is meant for archives over 4 GiB or 65 535 files; "
            "send only the files that were asked for, in an ordinary zip."
        )
    if count > max_entries or size_bytes > max_entries * MAX_LISTING_BYTES:
        raise errors.UploadRefused(
            f"The zip lists {count} files; at most {max_entries} are read. Send only the files "
            "that were asked for."
        )
    if start + size_bytes != at:
        raise _damaged("there are other bytes before or inside it")
    return int(start)


def _refuse_shared_bytes(data: bytes, infos: Sequence[Entry], start: int) -> None:
    """Entries must follow each other from byte 0 to the central directory at `start`."""
    free_from = 0
    for number, info in enumerate(sorted(infos, key=lambda i: i.header_offset)):
        at = info.header_offset
        if number == 0 and at != 0:
            raise _damaged("there are other bytes before it")
        if at < free_from:
            raise _damaged(f"'{filenames.shown(info.filename)}' overlaps another file")
        if at + _LOCAL_BYTES > start or data[at : at + 4] != _LOCAL_MAGIC:
            raise _damaged(f"'{filenames.shown(info.filename)}' is not where it should be")
        name, extra = _LOCAL_LENGTHS.unpack_from(data, at + _LOCAL_LENGTHS_AT)
        free_from = at + _LOCAL_BYTES + name + extra + info.compress_size
        if free_from > start:
            raise _damaged(f"'{filenames.shown(info.filename)}' is cut off")


def name(info: Entry) -> str:
    """The entry's path, with "/" between its parts whatever system packed it."""
    return info.orig_filename.replace("\\", "/").removeprefix("./")


def is_folder(info: Entry) -> bool:
    """Whether the entry only makes a folder."""
    return name(info).endswith("/") or not name(info)


def type_fault(info: Entry) -> str | None:
    """Why this entry is not a plain file or folder, or None; sizes are not looked at."""
    shown, mode = filenames.shown(info.orig_filename), info.external_attr >> 16
    expected = stat.S_IFDIR if is_folder(info) else stat.S_IFREG
    if stat.S_IFMT(mode) not in (0, expected) or mode & (stat.S_ISUID | stat.S_ISGID):
        return f"'{shown}': is a link or a special file; put a plain file into the zip."
    if is_folder(info) and info.file_size:
        return f"'{shown}': is a folder with contents of its own; make a new zip."
    return None


def packing_fault(info: Entry) -> str | None:
    """Why this file will not be inflated, or None."""
    shown = filenames.shown(info.orig_filename)
    if info.flag_bits & _FLAG_ENCRYPTED:
        return f"'{shown}': is encrypted; send a zip without a password."
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"'{shown}': is packed by an unusual method; make an ordinary zip."
    if info.file_size > max(RATIO_FREE_BYTES, info.compress_size * MAX_RATIO):
        return (
            f"'{shown}': unpacks to more than {MAX_RATIO} times its size; leave it out or send "
            "smaller data."
        )
    return None


def read(data: bytes, infos: Sequence[Entry], max_bytes: int) -> list[bytes]:
    """The contents of these entries, in their order.

    Raises:
        UploadRefused: an entry is damaged, lies about its size, or more than `max_bytes` come out
            of all of them together.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents, reasons = _read(archive, infos, max_bytes)
    if reasons:
        raise errors.UploadRefused(reasons)
    return contents


def read_groups(
    data: bytes, groups: Iterable[Sequence[Entry]], max_bytes: int
) -> Iterator[tuple[list[bytes], list[str]]]:
    """The contents of one group of entries after the other; only one is in memory.

    Args:
        max_bytes: of all groups together.

    Returns:
        For each group its contents, and why some of them cannot be read: as of `read`.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for infos in groups:
            contents, reasons = _read(archive, infos, max_bytes)
            max_bytes -= sum(map(len, contents))
            yield contents, reasons


def _read(
    archive: zipfile.ZipFile, infos: Sequence[Entry], left: int
) -> tuple[list[bytes], list[str]]:
    contents, reasons = list[bytes](), list[str]()
    for info in infos:
        try:
            contents.append(_inflate(archive, info, left))
            left -= len(contents[-1])
        except _ZIP_ERRORS as exc:
            shown, why = filenames.shown(info.orig_filename), filenames.shown(str(exc))
            reasons.append(f"'{shown}': is damaged in the zip ({why}); make a new zip.")
    return contents, reasons


def _inflate(archive: zipfile.ZipFile, info: Entry, left: int) -> bytes:
    """One entry's bytes; asks for one byte more than allowed, so that lies come to light."""
    asked = copy.copy(info)  # zipfile would stop where the listing says that the file ends
    asked.file_size = min(info.file_size, left) + 1
    with archive.open(asked) as stream:
        content = stream.read(asked.file_size)
    if len(content) > left:
        raise zipfile.BadZipFile("unpacks to more than is allowed")
    if len(content) != info.file_size:
        raise zipfile.BadZipFile("has another size than the zip says")
    return content


def write(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files, uncompressed; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _damaged(why: str) -> errors.UploadRefused:
    return errors.UploadRefused(
        f"The zip file is damaged or unusual ({filenames.shown(why)}); make a new zip of the "
        "files and send it again."
    )
