"""Which names a submitted file may bear, and how a hostile name is shown.

Owns the rules for one path and for a set of paths. Does not read archives (`grader.intake.archive`)
and does not know which files an assignment asks for (`grader.intake.uploads`).

Length comes first: what is far over its bound is not split, normalised or matched, because some of
that takes time that grows with the square of the length.

A name that breaks a rule is refused, never repaired: a repaired name (Python's zipfile turns
`../x` into `x`) is a file the student did not send.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from grader import wording

MAX_DEPTH = 8  # parts of one path
MAX_NAME_BYTES = 100  # of one path, UTF-8
MAX_SENT_CHARS = 1024  # as it is sent, with the folder that is taken off later
MAX_PART_CHARS = 255  # of one part, on every file system
MAX_SHOWN_CHARS = 120  # of a name in a message

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_WINDOWS_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def shown(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """The text with control, bidi and other invisible characters escaped, cut to `limit`."""
    return wording.visible(text[:limit]) + ("..." if len(text) > limit else "")


def escape_fault(name: str) -> str | None:
    """Why this name could lie outside its folder, or None.

    Holds for every entry, also for those that are left out later.
    """
    if len(name) > MAX_SENT_CHARS:
        return f"'{shown(name)}': the name is too long; shorten it."
    if not name or "\0" in name:
        return f"'{shown(name)}': the name is empty or holds a NUL character; rename it."
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return f"'{shown(name)}': is an absolute path; give paths from the submission's top."
    if any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        return f"'{shown(name)}': has an empty part, '.' or '..'; give plain paths."
    return None


def rule_fault(path: str) -> str | None:
    """Why this path, as it would lie in the submission, is not allowed, or None."""
    parts = path.split("/")
    if len(path.encode(errors="surrogatepass")) > MAX_NAME_BYTES:
        return f"'{shown(path)}': the path is longer than {MAX_NAME_BYTES} bytes; shorten it."
    if len(parts) > MAX_DEPTH:
        return f"'{shown(path)}': lies more than {MAX_DEPTH} folders deep; move it up."
    if not all(_PART.fullmatch(part) for part in parts):
        return (
            f"'{shown(path)}': names may hold letters A-Z and a-z, digits, '.', '_' and '-' and "
            "must begin with a letter, a digit or '_'; rename it or leave it out."
        )
    if any(part.endswith(".") or _WINDOWS_DEVICE.fullmatch(part) for part in parts):
        return f"'{shown(path)}': cannot be stored on Windows; rename it."
    return None


def twin_faults(paths: Sequence[str]) -> list[str]:
    """Paths that stand twice, differ only in case, or are both file and folder."""
    faults, seen = [], dict[str, str]()
    for path in paths:
        key = stored_key(path)
        if key not in seen:
            seen[key] = path
        elif seen[key] == path:
            faults.append(f"'{shown(path)}': is there twice in the upload; keep one.")
        else:
            faults.append(
                f"'{shown(path)}': is there twice (also as '{shown(seen[key])}'); names must "
                "differ in more than case, rename one."
            )
    folders = {key: path for path in paths for key in _folder_keys(path)}
    both = [seen[key] for key in seen if key in folders]
    return faults + [f"'{shown(p)}': is both a file and a folder; rename one." for p in both]


def stored_key(path: str) -> str:
    """Equal for two paths that some file system would store in one place."""
    if path.isascii() or len(path) > MAX_NAME_BYTES:  # the latter can be stored nowhere
        return path.lower()
    return unicodedata.normalize("NFC", path).casefold()


def _folder_keys(path: str) -> Iterable[str]:
    parts = stored_key(path).split("/")
    return ("/".join(parts[:n]) for n in range(1, min(len(parts), MAX_DEPTH + 1)))
