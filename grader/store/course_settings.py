"""Statements about what instructors set for their course.

Owns their SQL. Which fields there are, and what holds after a change, is
`course.course_settings`'s; who may is `service.course_settings`'s.
"""

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.course import course_settings
from grader.store import audit, database, field_changes, lti_due, rows

ALL = """
SELECT slug, settings, settings_version FROM courses"""

# Whoever changes a course's settings waits here for the one before.
BEFORE = """
SELECT title, term, settings, settings_version FROM courses WHERE slug = %(slug)s FOR UPDATE"""

SET = """
UPDATE courses SET title = %(title)s, term = %(term)s, settings = %(settings)s::jsonb,
       settings_version = settings_version + 1
 WHERE slug = %(slug)s"""


@dataclass(frozen=True, slots=True)
class WantedSettings:
    """A change to store: fields to set, fields to take back, and the version it was made on.

    Attributes:
        version: None changes whatever is there.
        otherwise: what holds of each field without a change, for the log.
    """

    values: Mapping[str, Any]
    taken_back: Collection[str] = ()
    version: int | None = None
    otherwise: Mapping[str, Any] = field(default_factory=dict)


class CourseOvertaken(Exception):
    """Somebody else changed the same course since `WantedSettings.version`."""


def everything(db: database.Database) -> dict[str, course_settings.CourseSettings]:
    """Course -> what was set of it."""
    with db.transaction() as connection:
        return {row["slug"]: _settings(row) for row in connection.execute(ALL)}


def change(db: database.Database, slug: str, wanted: WantedSettings, who: str) -> bool:
    """Store a change with an audit entry; False when there is no such course.

    Raises:
        CourseOvertaken: the version is not the newest any more.
    """
    with db.transaction() as connection:
        row = database.fetch_one(connection, BEFORE, slug=slug)
        if row is None:
            return False
        if wanted.version is not None and wanted.version != row["settings_version"]:
            raise CourseOvertaken
        own = {name: wanted.values.get(name, row[name]) for name in course_settings.OWN}
        before = dict(row["settings"])
        after = {name: old for name, old in before.items() if name not in wanted.taken_back}
        now = datetime.datetime.now(datetime.UTC).isoformat()
        for name, value in wanted.values.items():
            if name not in own:
                after[name] = {"value": value, "by": who, "at": now}
        detail = {n: f"{row[n]} -> {own[n]}" for n in own if row[n] != own[n]}
        detail |= field_changes.detail(before, after, course_settings.FIELDS, wanted.otherwise)
        if detail:
            values = own | {"slug": slug, "settings": json.dumps(after)}
            connection.execute(SET, values)
            lti_due.course_changed(connection, slug)
            audit.note(connection, who, "course changed", subject=slug, detail=detail, course=slug)
        return True


def _settings(row: rows.Row) -> course_settings.CourseSettings:
    changes = field_changes.read(row["settings"], course_settings.FIELDS)
    return course_settings.CourseSettings(changes, row["settings_version"])
