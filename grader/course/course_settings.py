"""What instructors set for their course, above what the file `course.toml` says. Pure.

Owns which fields there are, and what holds after a change. Storing them is
`store.course_settings`'s; a homework's own dates are `assignment.schedule_edits`'s.

    late days, messages:  course.toml <- the course's settings
    time zone:            the homework's files <- the course's settings <- the homework's schedule

Title and term stand in no file: they are the course's own.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from grader import errors
from grader.assignment import field_changes, schedule
from grader.course import late_days
from grader.notify import kinds

NOTIFY: Final = "notify."


class SettingKind(enum.Enum):
    """What a field holds."""

    TEXT = "text"
    ZONE = "time zone"
    COUNT = "whole number"
    KINDS = "list of messages"
    ADDRESS = "mail address"


FIELDS: Final[Mapping[str, SettingKind]] = {
    "title": SettingKind.TEXT,
    "term": SettingKind.TEXT,
    "time_zone": SettingKind.ZONE,
    "late_days": SettingKind.COUNT,
    "most_per_homework": SettingKind.COUNT,
    "notify.students": SettingKind.KINDS,
    "notify.staff": SettingKind.KINDS,
    "notify.reply_to": SettingKind.ADDRESS,
}
OWN: Final = ("title", "term")  # of the course itself: nothing to go back to
OFFERED: Final[Mapping[str, Sequence[str]]] = {
    "notify.students": tuple(kinds.StudentKind),
    "notify.staff": tuple(kinds.StaffKind),
}
MOST_DIGITS: Final = 9  # of a number that somebody types
LEAST: Final[Mapping[str, int]] = {"late_days": 0, "most_per_homework": 1}


@dataclass(frozen=True, slots=True)
class CourseSettings:
    """What was set of one course; `version` counts the changes, 0 is none."""

    changes: Mapping[str, field_changes.FieldChange] = field(default_factory=dict)
    version: int = 0

    @property
    def time_zone(self) -> str:
        """The zone of all homeworks that say nothing else; empty where none is set."""
        change = self.changes.get("time_zone")
        return change.value if change else ""

    def applied(self, written: late_days.CourseFile) -> late_days.CourseFile:
        """What holds in the course."""
        budget, notify = dict[str, Any](), dict[str, Any]()
        for name, change in self.changes.items():
            if name == "late_days":
                budget[name] = change.value
            elif name == "most_per_homework":
                budget[name] = change.value or late_days.MOST
            elif name.startswith(NOTIFY):
                value = change.value
                is_list = isinstance(value, list)
                notify[name.removeprefix(NOTIFY)] = _kinds_of(value) if is_list else value
        if not budget and not notify:
            return written
        return msgspec.structs.replace(
            written,
            course=msgspec.structs.replace(written.course, **budget),
            notify=msgspec.structs.replace(written.notify, **notify),
        )


def _kinds_of(names: Sequence[str]) -> tuple[kinds.Kind, ...]:
    return tuple(map(kinds.named, names))


def value_of(rules: late_days.CourseFile, name: str) -> Any:
    """A field's value, plain as in JSON; None where it is not set."""
    if name.startswith(NOTIFY):
        value = getattr(rules.notify, name.removeprefix(NOTIFY))
        return (value or None) if isinstance(value, str) else [kind.value for kind in value]
    if name == "late_days":
        return rules.course.late_days
    most = rules.course.most_per_homework
    return most if name == "most_per_homework" and most != late_days.MOST else None


def parsed(name: str, text: str) -> Any:
    """A field's value from what somebody typed.

    Raises:
        NotValid: it is none, or there is no such field.
    """
    text = text.strip()
    match FIELDS.get(name):
        case None:
            raise errors.NotValid(f"There is no setting {name!r}; choose {', '.join(FIELDS)}.")
        case SettingKind.TEXT:
            return text
        case SettingKind.ZONE:
            return _zone(text)
        case SettingKind.COUNT:
            return _count(name, text)
        case SettingKind.KINDS:
            return _kinds(name, text)
        case SettingKind.ADDRESS:
            return _address(text)


def _zone(text: str) -> str:
    if text in schedule.zone_names():
        return text
    raise errors.NotValid(f"There is no time zone {text!r}; write one like America/Chicago.")


def _address(text: str) -> str:
    try:
        return msgspec.convert({"reply_to": text}, kinds.NotifyRules).reply_to
    except msgspec.ValidationError:
        raise errors.NotValid(f"{text!r} is no mail address.") from None


def _count(name: str, text: str) -> int | None:
    if name == "most_per_homework" and not text:
        return None  # all of them
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        number = int(text)
        if LEAST[name] <= number <= late_days.MOST:
            return number
    raise errors.NotValid(
        f"`{name}`: {text!r} is no whole number from {LEAST[name]} to {late_days.MOST}."
    )


def _kinds(name: str, text: str) -> list[str]:
    """The named kinds, in the order of the page."""
    given = {one.strip() for one in text.split(",")} - {""}
    offered = OFFERED[name]
    if strange := sorted(given.difference(offered)):
        raise errors.NotValid(
            f"`{name}`: there is no message {', '.join(strange)}; choose {', '.join(offered)}."
        )
    return [str(kind) for kind in offered if kind in given]
