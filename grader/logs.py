"""How the service logs: lines for people, or one JSON object a line, each with the ids in play.

Owns the two formats and the ids (`request`, `submission`, `run`) of what a thread or task is doing.
Owns no log call: every module has a logger of its own.
"""

import contextlib
import contextvars
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TextIO

from grader import errors

FORMATS = ("text", "json")
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(ids)s"

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
    # Of each request `api.access_log` logs a line with its ids.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


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
    made.setFormatter(_Json() if kind == "json" else logging.Formatter(TEXT))
    return made


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
