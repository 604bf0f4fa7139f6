"""What is left out of an upload with a note, and which folders are taken off its top.

Owns the list of files by which Python or pytest would be steered (innocent in a student's own
project); what operating systems, editors and tools add by themselves is `grader.disk`'s. Names
only, but for a folder that is still on its owner's disk. Everything else that is wrong with an
upload is refused by `grader.intake.uploads`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from grader import disk
from grader.datasets import files as data_files
from grader.intake import renamed_files
from grader.source import filenames, importable, notebook

_STEERING = frozenset(
    {
        *("conftest.py", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"),
        *("sitecustomize.py", "usercustomize.py"),
    }
)
_PATH_SUFFIX = ".pth"  # of weights, and of files of which Python runs a line when it starts
# Students have a copy of the public tests and of what those call; the course's own are used.
_HELPERS = ("stage/", "public_tests/")
# The sandbox puts the student's folder last on Python's path, so these always win.
_TAKEN_MODULES = importable.TAKEN | {"pytest", "hypothesis"}


def submission_paths(
    names: Sequence[str],
    asked_for: Collection[str],
    folders: Collection[str] = (),
    required: Collection[str] = (),
) -> tuple[list[str | None], tuple[str, ...]]:
    """For each file name its path in the submission (None: left out), and notes about the rest.

    A single folder around all files, as archives of a repository have it, is taken off, unless a
    file already lies where the assignment asks for it. Then the folders of the assignment's parts
    are. Without parts, the only folder that holds required files is, whatever lies next to it.
    """
    litter = [leftover(name) for name in names]
    clean = [name for name, found in zip(names, litter, strict=True) if not found]
    top = _common_folder(clean, asked_for)
    below = [name.removeprefix(top) for name in clean]
    root = "" if folders else _root(below, asked_for, required)
    inner = {name.removeprefix(root) for name in below if name.startswith(root)}
    doubles = {name for name in below if not name.startswith(root)} & inner
    short = {name: name.removeprefix(top).removeprefix(root) for name in clean}
    path_of = _without_folders(list(short.values()), asked_for, folders)
    inside = set(path_of.values()) - set(asked_for)
    steering = {path for path in inside if _steers(path)}
    unasked = {path for path in inside if path.casefold().endswith(_PATH_SUFFIX)}
    helpers = {path for path in inside if path.startswith(_HELPERS)}
    found_at = [
        None if found or name.removeprefix(top) in doubles else path_of[short[name]]
        for name, found in zip(names, litter, strict=True)
    ]
    paths = [None if path in steering | unasked | helpers else path for path in found_at]
    notes = (
        note("Left out, not part of a submission", filter(None, litter)),
        root and f"The submission was taken from the folder {filenames.shown(root)}.",
        note(f"Left out, because {root} holds files of these names", doubles),
        note("Left out, because the tests bring their own copies", helpers),
        note("Left out, because it would change how Python or pytest starts", steering),
        note("Left out, because this assignment does not ask for it", unasked),
    )
    return paths, tuple(filter(None, notes))


def is_of_the_course(path: str) -> bool:
    """Whether a file of a student's folder came with it and is never part of a submission."""
    return _steers(path) or path.startswith(_HELPERS)


def _steers(path: str) -> bool:
    return path.rpartition("/")[2].casefold() in _STEERING


def in_folder(
    folder: Path, *, links: bool = True, is_meant: Callable[[str], bool] = bool
) -> Iterator[tuple[str, bytes]]:
    """Name and content of what a person would upload from a folder of theirs.

    Neither what tools left there nor data sets that were fetched into it.

    Args:
        links: also what links to a file.
        is_meant: whether a file of this name is read; all are by default.
    """
    for name, path in disk.files(folder, hidden=True, links=links):
        if is_meant(name) and not data_files.is_of_layout(tuple(name.split("/"))):
            yield name, path.read_bytes()


def shadow_notes(paths: Iterable[str]) -> tuple[str, ...]:
    """One note per top-level module that bears the name of a real one and is therefore unused."""
    tops = {path.partition("/")[0] for path in paths if path.endswith(".py")}
    return tuple(
        f"{top}: is never imported; 'import {module}' finds the real {module}. Rename yours."
        for top in sorted(tops)
        if (module := top.removesuffix(".py")) in _TAKEN_MODULES
    )


def note(why: str, names: Iterable[str]) -> str:
    """One line that says why these files are left out; empty if there are none."""
    listed = ", ".join(sorted({filenames.shown(name) for name in names}))
    return f"{why}: {filenames.shown(listed, 400)}." if listed else ""


def leftover(name: str) -> str:
    """The part of a path that makes it one, also by hiding it; empty if none does."""
    return next((p for p in name.split("/") if p.startswith(".") or disk.is_leftover(p)), "")


def _without_folders(
    names: Sequence[str], asked_for: Collection[str], folders: Collection[str]
) -> dict[str, str]:
    """Name -> path without a part's folder.

    Two parts may hold a README.md each: such files, if nobody asks for them, stay where they are.
    """
    short = {name: _without_folder(name, folders) for name in names}
    times = Counter(short[name] for name in set(names))
    return {
        name: path if times[path] == 1 or path in asked_for else name
        for name, path in short.items()
    }


def _without_folder(name: str, folders: Collection[str]) -> str:
    first, _, rest = name.partition("/")
    is_part = any(renamed_files.is_folder_copy(first, folder) for folder in folders)
    return rest if rest and is_part else name


def _common_folder(names: Sequence[str], asked_for: Collection[str]) -> str:
    """`folder/` if all files lie in it and it is not where the assignment asks for them."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    if len(tops) != 1 or not all("/" in name for name in names) or set(names) & set(asked_for):
        return ""
    top = tops.pop() + "/"
    inside = {name.removeprefix(top) for name in names}
    is_asked_for = any(path.startswith(top) for path in asked_for) and not inside & set(asked_for)
    return "" if is_asked_for else top


def _root(names: Sequence[str], asked_for: Collection[str], required: Collection[str]) -> str:
    """`folder/` if no other holds a required file, and nothing outside of it is asked for."""
    holding = {folder for name in names for folder in _asked_at(name, required)}
    if len(holding) != 1:
        return ""
    (root,) = holding
    outside = {_module(name) for name in names if not name.startswith(root)}
    return "" if outside & set(asked_for) else root


def _asked_at(name: str, required: Collection[str]) -> Iterator[str]:
    """The folders ("" for the top) in which a file would be one of those that are required."""
    depth = max((path.count("/") for path in required), default=0)
    parts = name.rsplit("/", depth + 1)
    for at in range(len(parts)):
        if _module("/".join(parts[at:])) in required:
            yield name.removesuffix("/".join(parts[at:]))


def _module(path: str) -> str:
    """What a file stands for: itself, or of a notebook the module."""
    return notebook.module_of(path) if path.endswith(notebook.SUFFIX) else path
