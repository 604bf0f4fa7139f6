"""How the service logs: lines for people, or one JSON object a line, each with the ids in play.

Lines that repeat are counted after a while instead of written: whoever makes the service say the
same again and again shall not fill its disk.

Owns the two formats, the counting, and the ids (`request`, `submission`, `run`) of what a thread or
task is doing. Owns no log call: every module has a logger of its own.
"""

import contextlib
import contextvars
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from grader import errors

FORMATS = ("text", "json")
WINDOW_S: Final = 10.0
MOST_WARNINGS: Final = 20  # of one place in the code, within the window
MOST_LINES: Final = 5000  # the same for what is no warning: 500 requests a second
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(ids)s"

# Of each request `api.access_log` logs a line with its ids. Addresses that the service calls can be
# secrets themselves (a webhook's path), and httpx logs each whole.
QUIET: Final = ("uvicorn.access", "httpx", "httpcore")

# Every context of its own task or thread; never changed in place.
_ids: contextvars.ContextVar[Mapping[str, str | int]] = contextvars.ContextVar("ids", default={})  # noqa: B039 - a frozen empty one


@contextlib.contextmanager
def about(**ids: str | int) -> Iterator[None]:
    """Lines that are logged in the block tell these ids, beside those around it."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)


def set_up(kind: str) -> None:
    """Log to stderr in one of `FORMATS`.

    Raises:
        OperatorError: there is no such format.
    """
    logging.basicConfig(level=logging.INFO, handlers=[handler(kind, sys.stderr)])
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def handler(kind: str, sink: TextIO) -> logging.Handler:
    """What writes lines of one of `FORMATS`.

    Raises:
        OperatorError: there is no such format.
    """
    if kind not in FORMATS:
        raise errors.OperatorError(
            f"GRADER_LOG_FORMAT={kind!r}: choose one of {', '.join(FORMATS)}."
        )
    made = logging.StreamHandler(sink)
    made.addFilter(_note_ids)
    made.addFilter(Repeats(made))
    made.setFormatter(_Json() if kind == "json" else logging.Formatter(TEXT))
    return made


class Repeats(logging.Filter):
    """Lets lines from one place through up to a number in a while, and says how many it kept back.

    Args:
        sink: writes the counts.
    """

    def __init__(self, sink: logging.Handler) -> None:
        super().__init__()
        self._sink = sink
        self._began = time.monotonic()
        self._seen = Counter[tuple[str, int, int]]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written; the end of a window is told first."""
        if time.monotonic() - self._began > WINDOW_S:
            self._tell()
        place = record.pathname, record.lineno, record.levelno
        self._seen[place] += 1
        return self._seen[place] <= _most(record.levelno)

    def _tell(self) -> None:
        seen, self._seen = self._seen, Counter()
        self._began = time.monotonic()
        for (path, line, level), count in seen.items():
            if (left_out := count - _most(level)) > 0:
                text = f"{left_out} more lines like those from {Path(path).name}:{line} left out"
                told = logging.LogRecord(__name__, level, __file__, 0, text, (), None)
                _note_ids(told)
                self._sink.emit(told)


def _most(level: int) -> int:
    return MOST_WARNINGS if level >= logging.WARNING else MOST_LINES


def _note_ids(record: logging.LogRecord) -> bool:
    """Give the record the ids of the context that logs it."""
    found = _ids.get()
    record.fields = found
    record.ids = "".join(f" {name}={value}" for name, value in found.items())
    return True


class _Json(logging.Formatter):
    """One object a line: `at` (UTC), `level`, `logger`, `message`, the ids, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
