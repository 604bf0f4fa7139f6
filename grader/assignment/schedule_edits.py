"""Changes that staff make to a homework's schedule, above what its manifest says. Pure.

Owns which fields can be changed, for whom, and what holds after that. Storing the changes is
`store.schedule_edits`'s; a student's own due date is an extension, as ever.

    manifest <- everybody <- the student's section <- the student      (field by field)
"""

import datetime
import enum
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from grader import errors, models
from grader.assignment import field_changes, schedule
from grader.assignment import manifest as assignments

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200  # beyond, sums of dates would leave the calendar
LATE: Final = "late."
# What a decoder says of a value, and how people say it.
FAULTS: Final = (
    (r"Expected `\w+` >= (\S+)", r"must be \1 or more"),
    (r"Expected `\w+` <= (\S+)", r"must be at most \1"),
    (r"Expected `\w+` > (\S+)", r"must be more than \1"),
    (r"Invalid enum value ('.*')", r"cannot be \1"),
)


class FieldKind(enum.Enum):
    """What a field holds."""

    MOMENT = "date and time"
    NUMBER = "number"
    COUNT = "whole number"
    FLAG = "yes or no"
    CHOICE = "choice"
    ZONE = "time zone"


# Names are those of the manifest's [schedule]; `hidden_score` is of its [feedback].
FIELDS: Final[Mapping[str, FieldKind]] = {
    "opens": FieldKind.MOMENT,
    "due": FieldKind.MOMENT,
    "late.grace_h": FieldKind.NUMBER,
    "late.cutoff_h": FieldKind.NUMBER,
    "late.percent": FieldKind.NUMBER,
    "late.per": FieldKind.CHOICE,
    "late.most_percent": FieldKind.NUMBER,
    "attempts_per_day": FieldKind.COUNT,
    "published": FieldKind.FLAG,
    "publish_at": FieldKind.MOMENT,
    "requests_until": FieldKind.MOMENT,
    "hidden_score": FieldKind.CHOICE,
    "active": FieldKind.CHOICE,
    "reuse_results": FieldKind.FLAG,
    "time_zone": FieldKind.ZONE,
}
FOR_ALL: Final = ("active", "reuse_results", "time_zone")  # the same for every section and student
ENDS: Final = ("due", "requests_until")
OPTIONAL: Final = ("opens", "due", "late.cutoff_h", "publish_at", "requests_until")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "late.per": ("day", "hour", "once"),
    "hidden_score": tuple(models.HiddenScore),
    "active": tuple(models.Active),
}


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom a change holds: a section, a student by login, or everybody where both are empty."""

    section: str = ""
    student: str = ""

    def __str__(self) -> str:
        """As people read it."""
        if self.student:
            return self.student
        return f"section {self.section}" if self.section else "everybody"


EVERYBODY: Final = Whom()


@dataclass(frozen=True, slots=True)
class ScheduleEdit:
    """What was changed for somebody; `version` counts the changes, 0 is none."""

    changes: Mapping[str, field_changes.FieldChange] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class ScheduleEdits:
    """All changes of one homework's schedule."""

    edits: Mapping[Whom, ScheduleEdit] = field(default_factory=dict)

    def of(self, whom: Whom) -> ScheduleEdit:
        """What was changed for exactly these."""
        return self.edits.get(whom, ScheduleEdit())

    @property
    def only_for_everybody(self) -> bool:
        """Whether the same holds for all students."""
        return all(whom == EVERYBODY or not edit.changes for whom, edit in self.edits.items())

    def applied(
        self, assignment: assignments.Assignment, section: str = "", student: str = ""
    ) -> assignments.Assignment:
        """The homework as it is for a student, or for everybody."""
        values: dict[str, Any] = {}
        for whom in _layers(section, student):
            edit = self.edits.get(whom)
            if edit:
                values |= {name: change.value for name, change in edit.changes.items()}
        return with_values(assignment, values)


def _layers(section: str, student: str) -> Iterator[Whom]:
    yield EVERYBODY
    if section:
        yield Whom(section=section)
    if student:
        yield Whom(student=student)


def with_values(
    assignment: assignments.Assignment, values: Mapping[str, Any]
) -> assignments.Assignment:
    """The homework with some fields of its schedule set.

    Raises:
        NotValid: a value is none of its field.
    """
    if not values:
        return assignment
    manifest = assignment.manifest
    rules = msgspec.to_builtins(manifest.schedule)
    late = rules["late"]
    for name, value in values.items():
        if name.startswith(LATE):
            late[name.removeprefix(LATE)] = value
        elif name != "hidden_score":
            rules[name] = value
    feedback = {"hidden_score": values.get("hidden_score", manifest.feedback.hidden_score)}
    try:
        changed = msgspec.structs.replace(
            manifest,
            schedule=msgspec.convert(rules, schedule.Schedule),
            feedback=msgspec.convert(feedback, assignments.Feedback),
        )
    except msgspec.ValidationError as exc:
        raise errors.NotValid(_in_words(str(exc))) from exc
    return msgspec.structs.replace(assignment, manifest=changed)


def _in_words(fault: str) -> str:
    """A decoder's complaint: the field first, as people know it, then what it must be."""
    said, _, place = fault.partition(" - at `$.")
    for pattern, words in FAULTS:
        said = re.sub(pattern, words, said)
    return f"`{place.rstrip('`')}` {said}." if place else f"{said}."


def value_of(assignment: assignments.Assignment, name: str) -> Any:
    """A field's value, plain as in JSON."""
    if name == "hidden_score":
        return assignment.manifest.feedback.hidden_score.value
    rules = assignment.manifest.schedule
    owner: Any = rules.late if name.startswith(LATE) else rules
    value = getattr(owner, name.removeprefix(LATE))
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def parsed(name: str, text: str, zone: datetime.tzinfo) -> Any:
    """A field's value from what somebody typed; a date without a time zone is the course's.

    Raises:
        NotValid: it is none, or there is no such field.
    """
    kind = FIELDS.get(name)
    if kind is None:
        raise errors.NotValid(f"There is no field {name!r}; choose {', '.join(FIELDS)}.")
    text = text.strip()
    if not text:
        if name in OPTIONAL:
            return None
        raise errors.NotValid(f"`{name}` needs a value: a {kind.value}.")
    if name in CHOICES and text not in CHOICES[name]:
        raise errors.NotValid(
            f"`{name}` cannot be {text!r}; choose one of {', '.join(CHOICES[name])}."
        )
    whole = with_time(text, ends=name in ENDS) if kind is FieldKind.MOMENT else text
    try:
        return _PARSERS[kind](whole, zone)
    except (ValueError, KeyError):
        pass
    raise errors.NotValid(f"`{name}`: {text!r} is no {kind.value}.{_hint(kind)}")


def with_time(text: str, *, ends: bool) -> str:
    """A date and time as somebody typed it; a date alone means its first or its last minute.

    Args:
        ends: whether something ends then; "until Friday" is until its last minute.
    """
    is_date = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip())
    return f"{text.strip()}T{'23:59' if ends else '00:00'}" if is_date else text


def _hint(kind: FieldKind) -> str:
    if kind is FieldKind.ZONE:
        return " Write one like America/Chicago."
    if kind is FieldKind.MOMENT:
        return " Write it like 2026-10-09T23:59, in the course's time zone."
    return ""


def _moment(text: str, zone: datetime.tzinfo) -> str:
    moment = datetime.datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(text)
    return moment.isoformat()


def _number(text: str, _zone: datetime.tzinfo) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _count(text: str, _zone: datetime.tzinfo) -> int:
    return int(text)


def _flag(text: str, _zone: datetime.tzinfo) -> bool:
    return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]


def _choice(text: str, _zone: datetime.tzinfo) -> str:
    return text


def _zone(text: str, _zone: datetime.tzinfo) -> str:
    if text not in schedule.zone_names():
        raise ValueError(text)
    return text


_PARSERS = {
    FieldKind.MOMENT: _moment,
    FieldKind.NUMBER: _number,
    FieldKind.COUNT: _count,
    FieldKind.FLAG: _flag,
    FieldKind.CHOICE: _choice,
    FieldKind.ZONE: _zone,
}
