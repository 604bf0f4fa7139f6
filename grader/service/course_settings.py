"""The settings of a course: late days, time zone, messages, title and term.

Owns the use case: what holds, where it comes from, and what a change may be. Which fields there are
is `grader.course.course_settings`'; archiving a course is `service.courses`'.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader import errors
from grader.assignment import field_changes
from grader.course import course_settings
from grader.service import context, courses
from grader.store import course_settings as stored
from grader.store import courses as stored_courses
from grader.store import rows

OVERTAKEN: Final = (
    "Somebody else changed this course after you opened the page. What holds now is shown; what "
    "you typed is kept. Save again to put it in its place."
)


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting of a course.

    Attributes:
        written: what holds without a change: of late days and messages what `course.toml` says.
        value: what holds.
        change: who changed it; None where nobody did, and for title and term.
    """

    name: str
    written: Any
    value: Any
    change: field_changes.FieldChange | None


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """What holds in a course, field by field; `version` names this state of it."""

    course: stored_courses.CourseRow
    version: int
    fields: tuple[SettingInForce, ...]


def in_force(services: context.Services, course: str) -> SettingsInForce:
    """What holds in a course.

    Raises:
        NotFound: there is no such course.
    """
    row = courses.find(services.store, course)
    own = {"title": row.title, "term": row.term}
    settings = services.course.settings(course)
    written, now = services.course.rules(), services.course.rules(course)
    fields = []
    for name in course_settings.FIELDS:
        change = settings.changes.get(name)
        if name in own:
            fields.append(SettingInForce(name, None, own[name], None))
        elif name == "time_zone":
            fields.append(SettingInForce(name, None, settings.time_zone or None, change))
        else:
            old, new = (course_settings.value_of(one, name) for one in (written, now))
            fields.append(SettingInForce(name, old, new, change))
    return SettingsInForce(row, settings.version, tuple(fields))


def change(
    services: context.Services,
    user: rows.User,
    course: str,
    typed: Mapping[str, str],
    taken_back: Collection[str] = (),
    version: int | None = None,
) -> SettingsInForce:
    """Change settings, or take changes back so that the file's values hold again.

    Args:
        typed: setting -> text; messages by name, with commas between.
        version: that the change was made on; None changes whatever holds.

    Raises:
        NotFound: there is no such course.
        NotValid: a value is none.
        Conflict: somebody else changed the course since that version.
    """
    values = {name: course_settings.parsed(name, text) for name, text in typed.items()}
    _check(values, taken_back)
    otherwise = {one.name: one.written for one in in_force(services, course).fields}
    wanted = stored.WantedSettings(values, taken_back, version, otherwise)
    try:
        if not stored.change(services.store, course, wanted, user.title):
            raise errors.NotFound(f"There is no course {course!r}; check its name.")
    except stored.CourseOvertaken:
        services.course.read_again()
        raise errors.Conflict(OVERTAKEN) from None
    services.course.read_again()
    return in_force(services, course)


def _check(values: Mapping[str, Any], taken_back: Collection[str]) -> None:
    for name in taken_back:
        if name not in course_settings.FIELDS or name in course_settings.OWN:
            known = [one for one in course_settings.FIELDS if one not in course_settings.OWN]
            raise errors.NotValid(f"There is no setting {name!r} to reset: {', '.join(known)}.")
    courses.require_title(values.get("title", "-"), values.get("term", ""))


def fields(typed: Mapping[str, str], shown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Of a form's fields those that differ from what it showed: nobody meant the others."""
    for name in course_settings.FIELDS:
        if name in typed and typed[name].strip() != shown.get(name, "").strip():
            yield name, typed[name]
