"""What a child says of an exception that student code raised: plain text and its own last lines.

Owns the wording inside the sandbox; everything in it is a claim of the student's process. Does not
own what the report makes of it (`grader.suite.explain`).
"""

import linecache
import traceback
from collections.abc import Iterator

from grader.rpc import wire

MAX_FRAMES = 8
MAX_SOURCE_CHARS = 200
MAX_MESSAGE_CHARS = 2000


def describe(
    request_id: int, exc: BaseException, prefix: str, *, importing: bool = False
) -> wire.Raise:
    """The reply to a request that raised.

    Args:
        prefix: of the names of the student's files.
        importing: whether the module that was asked for could not be imported.
    """
    return wire.Raise(
        request_id,
        type(exc).__name__[:MAX_SOURCE_CHARS],
        _text_of(exc)[:MAX_MESSAGE_CHARS],
        tuple(_own_frames(exc, prefix)),
        importing,
    )


def _own_frames(exc: BaseException, prefix: str) -> Iterator[wire.Frame]:
    """The last lines of the traceback that lie in the student's files."""
    entries = traceback.extract_tb(exc.__traceback__)
    own = [entry for entry in entries if entry.filename.startswith(prefix)]
    for entry in own[-MAX_FRAMES:]:
        source = linecache.getline(entry.filename, entry.lineno or 0).strip()
        yield wire.Frame(
            entry.filename.removeprefix(prefix),
            entry.lineno or 0,
            entry.name[:MAX_SOURCE_CHARS],
            source[:MAX_SOURCE_CHARS],
        )


def _text_of(exc: BaseException) -> str:
    """The exception's message; its own `__str__` may raise."""
    try:
        # A lone surrogate has no place in a frame.
        return str(exc).encode("utf-8", "backslashreplace").decode("utf-8")
    except Exception:  # whatever a student's __str__ does
        return ""
