"""Server-sent events, as lines of text to values.

Owns the few rules of the format that the service uses: `id`, `event`, `data`, comments and the
empty line that ends an event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event; `id` is 0 where it has none, and cannot be resumed behind."""

    kind: str
    data: Any
    id: int = 0


def read(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """The events with JSON data among these lines; an unfinished last one is dropped."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and name:  # a line that begins with a colon is a comment
            value = value.removeprefix(" ")
            more = name == "data" and name in fields
            fields[name] = f"{fields[name]}\n{value}" if more else value
        elif not line:
            if "data" in fields:
                number = fields.get("id", "")
                kind, data = fields.get("event", "message"), json.loads(fields["data"])
                yield ServerEvent(kind, data, int(number) if number.isdigit() else 0)
            fields = {}
