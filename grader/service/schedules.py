"""Changing a homework's schedule: for everybody, for a section, or for a student.

Owns the use case: who is meant, what a change may not contradict, and what the page shows. Which
fields there are is `grader.assignment.schedule_edits`'s; a student's own due date stays an
extension.
"""

import datetime
import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader import errors
from grader.assignment import field_changes, schedule, schedule_edits
from grader.assignment import manifest as assignments
from grader.service import context
from grader.store import enrolments, rows
from grader.store import schedule_edits as stored

OVERTAKEN: Final = (
    "Somebody else changed these dates after you opened the page. What holds now is shown; what "
    "you typed is kept. Save again to put it in its place."
)
ZONE: Final = "time_zone"
FIELDS: Final = schedule_edits.FIELDS
AN_EXTENSION: Final = "A student's own due date is an extension; grant it on that page."


@dataclass(frozen=True, slots=True)
class FieldInForce:
    """A field of the schedule of somebody.

    Attributes:
        written: what the homework's files say.
        inherited: what holds without this change: for everybody `written`, of the time zone the
            course's; for a section or a student what holds for the others.
        value: what holds.
        change: who changed it for exactly these; None where nobody did.
    """

    name: str
    written: Any
    inherited: Any
    value: Any
    change: field_changes.FieldChange | None


@dataclass(frozen=True, slots=True)
class ScheduleInForce:
    """The schedule of somebody, field by field; `version` names this state of the changes."""

    whom: schedule_edits.Whom
    version: int
    fields: tuple[FieldInForce, ...]


def in_force(
    services: context.Services, slug: str, whom: schedule_edits.Whom = schedule_edits.EVERYBODY
) -> ScheduleInForce:
    """What holds for everybody, a section or a student.

    Raises:
        AssignmentNotFound: no such homework.
        NotFound: no such section or student.
    """
    files, written = services.course.folder.load(slug), services.course.as_written(slug)
    edits, whom = services.course.edits(slug), _meant(services, slug, whom)
    section = _section_of(services, slug, whom)
    edit = edits.of(whom)
    without = written
    if whom != schedule_edits.EVERYBODY:
        without = edits.applied(written, section if whom.student else "")
    now = edits.applied(written, section, whom.student)
    fields = tuple(
        FieldInForce(
            name,
            schedule_edits.value_of(files, name),
            schedule_edits.value_of(without, name),
            schedule_edits.value_of(now, name),
            edit.changes.get(name),
        )
        for name in FIELDS
        if not (name == "due" and whom.student)
        and (whom == schedule_edits.EVERYBODY or name not in schedule_edits.FOR_ALL)
    )
    return ScheduleInForce(whom, edit.version, fields)


def changed_for(services: context.Services, slug: str) -> list[schedule_edits.Whom]:
    """The sections and students for whom something was changed, sections first."""
    edits = services.course.edits(slug).edits
    found = [whom for whom, edit in edits.items() if edit.changes]
    return sorted(found, key=lambda whom: (whom.student, whom.section))


def change(
    services: context.Services,
    user: rows.User,
    slug: str,
    whom: schedule_edits.Whom,
    typed: Mapping[str, str],
    taken_back: Collection[str] = (),
    version: int | None = None,
) -> ScheduleInForce:
    """Change fields, or take changes back so that the homework's own values hold again.

    Args:
        typed: field -> text; an empty date is none, one without a time zone is in the homework's,
            which may be set by the same change.
        version: that the change was made on; None changes whatever holds.

    Raises:
        NotFound: no such section or student.
        NotValid: a value is none, or the schedule would contradict itself.
        Conflict: somebody else changed it since that version.
    """
    written, whom = services.course.as_written(slug), _meant(services, slug, whom)
    zone = _zone(services, slug, typed, taken_back)
    values = {name: schedule_edits.parsed(name, text, zone) for name, text in typed.items()}
    if not values and not taken_back:
        raise errors.NotValid(f"Nothing is to be changed; name a field: {', '.join(FIELDS)}.")
    _require_known([*values, *taken_back], whom)
    _check(services, written, whom, values, taken_back)
    otherwise = {one.name: one.inherited for one in in_force(services, slug, whom).fields}
    wanted = stored.Wanted(whom, values, taken_back, version, otherwise)
    try:
        if not stored.change(services.store, slug, wanted, user.title):
            raise errors.NotFound(f"There is no {whom} in this course.")
    except stored.Overtaken:
        services.course.read_again()
        raise errors.Conflict(OVERTAKEN) from None
    services.course.read_again()
    return in_force(services, slug, whom)


def _meant(services: context.Services, slug: str, whom: schedule_edits.Whom) -> schedule_edits.Whom:
    """The same, with a student's login where an address or other capital letters were typed."""
    if not whom.student:
        return whom
    home = services.course.home(slug)
    return schedule_edits.Whom(student=enrolments.login_of(services.store, home, whom.student))


def _zone(
    services: context.Services, slug: str, typed: Mapping[str, str], taken_back: Collection[str]
) -> datetime.tzinfo:
    """The time zone in which typed dates are meant."""
    if name := typed.get(ZONE):
        return zoneinfo.ZoneInfo(schedule_edits.parsed(ZONE, name, datetime.UTC))
    course = services.course
    homework = course.as_written(slug) if ZONE in taken_back else course.load(slug)
    return homework.manifest.schedule.zone


def _require_known(names: Collection[str], whom: schedule_edits.Whom) -> None:
    for name in names:
        if name not in FIELDS:
            raise errors.NotValid(f"There is no field {name!r}; choose {', '.join(FIELDS)}.")
    if whom.student and "due" in names:
        raise errors.NotValid(AN_EXTENSION)
    if whom != schedule_edits.EVERYBODY and (own := sorted({*names} & {*schedule_edits.FOR_ALL})):
        raise errors.NotValid(f"`{own[0]}` is the same for everybody; change it for all.")


def _section_of(services: context.Services, slug: str, whom: schedule_edits.Whom) -> str:
    """The section whose changes hold for them."""
    if whom.student:
        section = stored.section_of(services.store, slug, whom.student)
        if section is None:
            raise errors.NotFound(f"There is no student {whom.student!r}; check the login name.")
        return section
    if whom.section and whom.section not in stored.sections(services.store, slug):
        raise errors.NotFound(f"There is no section {whom.section!r}; the roster names sections.")
    return whom.section


def _check(
    services: context.Services,
    written: assignments.Assignment,
    whom: schedule_edits.Whom,
    values: Mapping[str, Any],
    taken_back: Collection[str],
) -> None:
    """Refuse a change after which a schedule contradicts itself, anybody's included."""
    edits = services.course.edits(written.slug)
    now = datetime.datetime.now(datetime.UTC)
    changes = {n: c for n, c in edits.of(whom).changes.items() if n not in taken_back}
    changes |= {name: field_changes.FieldChange(value, "", now) for name, value in values.items()}
    after = schedule_edits.ScheduleEdits(
        {**edits.edits, whom: schedule_edits.ScheduleEdit(changes)}
    )
    for one in after.edits:
        section = one.section
        if one.student:
            section = stored.section_of(services.store, written.slug, one.student) or ""
        rules = after.applied(written, section, one.student).manifest.schedule
        if fault := schedule.fault(rules) or schedule.fault_of_requests(rules):
            raise errors.NotValid(_where(one, whom) + fault)


def _where(one: schedule_edits.Whom, changed: schedule_edits.Whom) -> str:
    """The beginning of a refusal: whose schedule contradicts itself."""
    if one == changed:
        return "That cannot be: "
    return f"That cannot be, because it holds for {one} as well, and there "


def fields(typed: Mapping[str, str], shown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Of a form's fields those that differ from what it showed: nobody meant the others."""
    for name in FIELDS:
        if name in typed and typed[name].strip() != shown.get(name, "").strip():
            yield name, typed[name]
