"""A homework in a folder on a student's machine: which one it is, and which files are sent.

Owns the name that a template carries (`HOMEWORK` in its conftest.py, `grader.assignment` in a
notebook's metadata), the zip that is uploaded, and unpacking what is downloaded. What the service
accepts of it is `intake`'s; the rules for litter are the same.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader import errors
from grader.intake import ignored_files
from grader.source import filenames

TESTS, HELPERS, CONFTEST = "public_tests", "stage", "conftest.py"
NOTEBOOK = ".ipynb"
OURS = (CONFTEST, "README.md", "requirements.txt")  # the template's; at the top only
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".whl")
PARENTS = 3
_NAMED = re.compile(r"""^HOMEWORK\s*=\s*["']([a-z0-9_]+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a download did: files written, files that were kept because they had been changed."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...] = field(default=())


def name_in(path: Path) -> str:
    """The homework that a folder or a notebook says it is; empty if it does not."""
    if path.is_file():
        return name_of_notebook(path.read_bytes()) if path.suffix == NOTEBOOK else ""
    own = path / CONFTEST
    if own.is_file() and (named := _NAMED.search(own.read_text(errors="replace"))):
        return named[1]
    books = {name_in(book) for book in path.glob(f"*{NOTEBOOK}")} - {""}
    return books.pop() if len(books) == 1 else ""


def name_of_notebook(content: bytes) -> str:
    """The homework that a notebook's metadata name; empty if they do not."""
    try:
        named = json.loads(content)["metadata"]["grader"]["assignment"]
    except (ValueError, KeyError, TypeError):
        return ""
    return named if isinstance(named, str) else ""


def find_tests(start: Path) -> Path | None:
    """The folder that holds `public_tests/`: this one, one above it, or the only one below it."""
    above = [start, *list(start.parents)[:PARENTS]]
    if found := next((folder for folder in above if (folder / TESTS).is_dir()), None):
        return found
    below = [folder.parent for folder in start.glob(f"*/{TESTS}") if folder.is_dir()]
    return below[0] if len(below) == 1 else None


def chosen(slug: str, path: Path, listed: Sequence[Mapping[str, object]]) -> str:
    """The homework that is meant.

    Args:
        slug: as somebody wrote it; empty to find out.
        listed: those of the service, with `slug` and `required_files`.

    Raises:
        NotFound: it is not clear which.
    """
    names = [str(one["slug"]) for one in listed]
    folder = path.parent if path.is_file() else path
    asked = slug or name_in(path) or name_in(folder)
    if asked in names:
        return asked
    if not asked and folder.name in names:
        return folder.name
    if asked:
        why = f"The service has no homework {asked!r}."
    else:
        why = f"It is not clear which homework {path} is."
    raise errors.NotFound(
        f"{why} Name one of these: {', '.join(names) or 'none is open'} "
        "(`grader submit -a NAME`, in a notebook `grader.submit(homework=NAME)`)."
    )


def files_to_send(path: Path) -> dict[str, bytes]:
    """Name -> content of what a student submits: one file, or a folder without what is not theirs.

    Raises:
        UploadRefused: there is nothing.
    """
    if path.is_file():
        return {path.name: path.read_bytes()}
    if not path.is_dir():
        raise errors.UploadRefused(f"{path}: no such file or folder.")
    found = {
        name: content
        for name, content in ignored_files.in_folder(path)
        if not _is_ours(name) and not name.lower().endswith(ARCHIVES)
    }
    if not found:
        raise errors.UploadRefused(f"{path}: holds no file to submit.")
    return dict(sorted(found.items()))


def _is_ours(name: str) -> bool:
    top, is_inside, _ = name.partition("/")
    hidden = any(part.startswith(".") for part in name.split("/"))
    return hidden or name in OURS or (bool(is_inside) and top in (TESTS, HELPERS))


def packed(files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Name and content of the upload: the only file as it is, or a zip of all."""
    if len(files) == 1:
        ((name, content),) = files.items()
        if "/" not in name:
            return name, content
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return "homework.zip", buffer.getvalue()


def unpack(content: bytes, folder: Path, *, replace: bool = False) -> Unpacked:
    """Write a template's files below a folder; what a student has changed stays.

    The course's own files (tests, helpers, instructions) are always brought up to date.

    Args:
        content: a zip with one folder around all files.
        replace: also what was changed.
    """
    written, kept = list[str](), list[str]()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            name = PurePosixPath(info.filename).as_posix().partition("/")[2]
            if info.is_dir() or not name or filenames.escape_fault(name):
                continue
            new, file = archive.read(info), folder / name
            if file.is_file() and file.read_bytes() != new and not (replace or _is_ours(name)):
                kept.append(name)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(new)
            written.append(name)
    return Unpacked(folder, tuple(written), tuple(kept))
