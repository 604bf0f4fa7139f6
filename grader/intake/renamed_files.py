"""Which sent file means an asked-for one, though a system gave it another name on the way.

Owns the marks that browsers, file managers, cloud drives and Jupyter put into the names of copies.
Names only; pure. A name is changed only where exactly one sent file can be meant and the asked-for
one is missing; everything else is for the student to rename (`intake.uploads` says how).
"""

import fnmatch
import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib import parse

from grader import wording
from grader.assignment import manifest as assignments
from grader.intake import archive
from grader.source import filenames, notebook

_COPY = "copy|kopie|copie|copia|cópia|kopia|kopya|копия|コピー|副本"
_BEFORE = re.compile(rf"(?:{_COPY})\s+(?:of|von|de|di|van|av|из)\s+", re.IGNORECASE)
_AFTER = re.compile(
    rf"""(?: \s?\(\d+\)                                      # browsers: layers (1).py
           | \s?\((?:another\s|\d+\w\w\s)?(?:{_COPY})\)      # GNOME: layers (3rd copy).py
           | (?<![-\u2013\s_])[-\u2013\s_]++(?:{_COPY})\s?\d* # layers - Copy, layers copy 2
           | \s\d+                                           # macOS: layers 2.py
           | -\d+                                            # Canvas: layers-1.py
           | \.nbconvert | -checkpoint                       # Jupyter
         )$""",
    re.IGNORECASE | re.VERBOSE,
)
_ADDED_SUFFIXES = (".txt", ".json", ".download")  # by browsers and mail, behind the real one
_MAX_MARKS = 4  # a copy of a copy of a copy


def meant(
    paths: Sequence[str], wanted: assignments.SubmissionRules
) -> tuple[dict[str, str], list[str]]:
    """The paths to take another name for, and what each is taken for; a note on each.

    Args:
        paths: in the submission, none of them left out.
    """
    chosen: dict[str, str] = {}
    for asked in wanted.wanted:
        if is_there(asked, paths, wanted):
            continue
        found = candidates(asked, paths, wanted)
        if len(found) == 1 and found[0] not in chosen:
            chosen[found[0]] = _target(asked, found[0])
    notes = [
        f"'{filenames.shown(sent)}' counts as {path}, the name that this assignment asks for."
        for sent, path in chosen.items()
    ]
    if not chosen and (only := _only_notebook(paths, wanted)):
        chosen = {only[0]: only[1]}
        notes = [
            f"'{filenames.shown(only[0])}' is the only notebook in the upload, so it counts as "
            f"{only[1]}."
        ]
    kept = {path: name for path in paths if (name := write_up(path, wanted.report))}
    notes += [f"'{filenames.shown(path)}' is kept as {name}." for path, name in kept.items()]
    return kept | chosen, notes


def is_there(asked: str, paths: Sequence[str], wanted: assignments.SubmissionRules) -> bool:
    """Whether a file was sent under its own name, or a notebook that stands for it."""
    return asked in paths or (
        "ipynb" in wanted.accept and any(notebook.stands_for(path, asked) for path in paths)
    )


def candidates(asked: str, paths: Sequence[str], wanted: assignments.SubmissionRules) -> list[str]:
    """The sent files that are copies of an asked-for one by their names."""
    others = [path for path in paths if path not in wanted.wanted and path not in wanted.given]
    return [path for path in others if _is_copy(path, asked, wanted)]


@functools.lru_cache(archive.MAX_ENTRIES)
def forms(name: str) -> tuple[str, ...]:
    """A file's name, then with fewer and fewer marks of copies: `layers.py` of `layers (1).py`."""
    return tuple(_forms(name)) if len(name) <= filenames.MAX_SHOWN_CHARS else (name,)


def _forms(name: str) -> Iterator[str]:
    name = " ".join(unicodedata.normalize("NFKC", parse.unquote(name)).split())
    for suffix in _ADDED_SUFFIXES:
        inner = PurePosixPath(name.removesuffix(suffix))
        name = str(inner) if inner.suffix in (".py", notebook.SUFFIX) else name
    stem, dot, suffix = name.rpartition(".")
    stem = stem.removesuffix(dot + suffix)  # layers.py.py, where Windows hides what it knows
    for _ in range(_MAX_MARKS):
        yield stem + dot + suffix
        stem = _AFTER.sub("", _BEFORE.sub("", stem, count=1)).strip()


def is_folder_copy(name: str, folder: str) -> bool:
    """Whether a folder's name is that of a copy: `part1 (1)` of `part1`."""
    return any(form == folder + ".x" for form in forms(name + ".x"))


def _is_copy(path: str, asked: str, wanted: assignments.SubmissionRules) -> bool:
    folder, _, name = path.rpartition("/")
    asked_folder, _, asked_name = asked.rpartition("/")
    if folder != asked_folder:
        return False
    if not _is_notebook(name) or "ipynb" not in wanted.accept:
        return asked_name in forms(name)
    # Nobody imports a notebook, so neither case nor the kind of gap matters.
    stems = (form.removesuffix(notebook.SUFFIX) for form in forms(name))
    return any(_key(stem) == _key(asked_name.removesuffix(".py")) for stem in stems)


def _is_notebook(name: str) -> bool:
    return forms(name)[0].endswith(notebook.SUFFIX)


def _key(name: str) -> str:
    return re.sub(r"[-_\s]+", "_", name.casefold())


def _target(asked: str, sent: str) -> str:
    """The asked-for path, with a notebook's suffix where a notebook was sent."""
    if not (_is_notebook(sent.rpartition("/")[2]) and asked.endswith(".py")):
        return asked
    return asked.removesuffix(".py") + notebook.SUFFIX


def _only_notebook(
    paths: Sequence[str], wanted: assignments.SubmissionRules
) -> tuple[str, str] | None:
    """The one notebook that was sent, and the name of the one file that it must be."""
    sent = [path for path in paths if path.endswith(notebook.SUFFIX)]
    demanded = [path for path in wanted.demanded if path.endswith(".py")]
    if "ipynb" not in wanted.accept or len(sent) != 1 or len(demanded) != 1:
        return None
    if is_there(demanded[0], paths, wanted) or any(
        notebook.stands_for(sent[0], module) for module in wanted.wanted
    ):
        return None
    return sent[0], _target(demanded[0], sent[0])


def write_up(path: str, pattern: str) -> str:
    """A name that a person's write-up can keep, where its own cannot stay; empty for other files.

    Args:
        pattern: what its name must be like, `452_*_hw2.pdf`; empty if none is asked for.
    """
    if not pattern or len(path) > filenames.MAX_PART_CHARS:
        return ""
    own = unicodedata.normalize("NFC", path)
    if not fnmatch.fnmatchcase(own, pattern) or not filenames.rule_fault(path):
        return ""
    plain = unicodedata.normalize("NFKD", own).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._/-]+", "_", plain)


def advice(asked: str, paths: Sequence[str], wanted: assignments.SubmissionRules) -> str:
    """What to rename, where several files may be meant; empty where none may be."""
    found = candidates(asked, paths, wanted)
    if not found and "ipynb" in wanted.accept and asked.endswith(".py"):
        found = [path for path in paths if path.endswith(notebook.SUFFIX)]
    if not found:
        return ""
    listed = ", ".join(wording.shortened([f"'{filenames.shown(p)}'" for p in found], 4, "{} more"))
    targets = list(dict.fromkeys(_target(asked, path) for path in found))
    return f". You sent {listed}; rename the one that is meant to {' or '.join(targets)}"
