"""Statements about courses: make, change and archive one, put homeworks into it, list it.

Owns their SQL, and finding the homework of something that an address names. People of a course are
`roster`'s; what a course's name may be is `grader.service.courses`'.
"""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.course import memberships
from grader.store import audit, database

LIST = """
SELECT c.slug, c.title, c.term, c.created_at, c.archived_at,
       count(*) FILTER (WHERE e.role = 'student' AND e.state = 'active')::integer AS students,
       count(*) FILTER (WHERE e.role <> 'student' AND e.state = 'active')::integer AS staff,
       ARRAY(SELECT assignment FROM course_assignments a WHERE a.course = c.slug ORDER BY 1)
       AS assignments
  FROM courses c LEFT JOIN enrolments e ON e.course = c.slug
 WHERE %(slugs)s::text[] IS NULL OR c.slug = ANY(%(slugs)s)
 GROUP BY c.slug ORDER BY c.archived_at IS NOT NULL, c.title, c.slug"""

ADD = """
INSERT INTO courses (slug, title, term) VALUES (%(slug)s, %(title)s, %(term)s)
ON CONFLICT (slug) DO NOTHING
RETURNING slug"""

OLD = """
SELECT title, term, archived_at IS NOT NULL AS archived FROM courses WHERE slug = %(slug)s
   FOR UPDATE"""

EDIT = """
UPDATE courses SET title = %(title)s, term = %(term)s,
       archived_at = CASE WHEN %(archived)s THEN coalesce(archived_at, now()) END,
       warned_at = CASE WHEN %(archived)s THEN warned_at END,
       emptied_at = CASE WHEN %(archived)s THEN emptied_at END,
       settings_version = settings_version + 1
 WHERE slug = %(slug)s"""

HOMEWORKS = """
SELECT assignment, course FROM course_assignments"""

MOVE = """
INSERT INTO course_assignments (assignment, course) VALUES (%(slug)s, %(course)s)
ON CONFLICT (assignment) DO UPDATE SET course = excluded.course"""

OF_SUBMISSION = """
SELECT assignment FROM submissions WHERE id = %(id)s"""
OF_GROUP = """
SELECT assignment FROM run_groups WHERE id = %(id)s"""
OF_REQUEST = """
SELECT s.assignment FROM regrade_requests r JOIN submissions s ON s.id = r.submission_id
 WHERE r.id = %(id)s"""

OF_ANNOTATION = """
SELECT s.assignment FROM annotations a JOIN submissions s ON s.id = a.submission_id
 WHERE a.id = %(id)s"""

# What an address names -> the statement that finds its homework.
FINDERS: Final[Mapping[str, LiteralString]] = {
    "submission_id": OF_SUBMISSION,
    "group_id": OF_GROUP,
    "request_id": OF_REQUEST,
    "annotation_id": OF_ANNOTATION,
}


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course as it is listed.

    Attributes:
        students, staff: how many are active.
        assignments: that were put into it; the default course also has all that are in none.
    """

    slug: str
    title: str
    term: str
    created_at: datetime.datetime
    archived_at: datetime.datetime | None
    students: int
    staff: int
    assignments: tuple[str, ...]


def listed(db: database.Database, slugs: Sequence[str] | None = None) -> list[CourseRow]:
    """These courses, or all; those that are archived last."""
    values = {"slugs": None if slugs is None else list(slugs)}
    with db.transaction() as connection:
        found = connection.execute(LIST, values).fetchall()
    return [CourseRow(**row | {"assignments": tuple(row["assignments"])}) for row in found]


def add(db: database.Database, slug: str, title: str, term: str, who: str) -> bool:
    """Make a course; False when there is one of this name."""
    values = {"slug": slug, "title": title, "term": term}
    with db.transaction() as connection:
        if database.fetch_one(connection, ADD, **values) is None:
            return False
        detail = {"title": title, "term": term}
        audit.note(connection, who, "course made", subject=slug, detail=detail, course=slug)
        return True


def edit(
    db: database.Database,
    slug: str,
    who: str,
    *,
    title: str | None = None,
    term: str | None = None,
    archived: bool | None = None,
) -> bool:
    """Change what is given of a course; False when there is none of this name."""
    wanted = {"title": title, "term": term, "archived": archived}
    with db.transaction() as connection:
        old = database.fetch_one(connection, OLD, slug=slug)
        if old is None:
            return False
        new = {name: old[name] if value is None else value for name, value in wanted.items()}
        changed = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
        if changed:
            connection.execute(EDIT, new | {"slug": slug})
            shown = {name: f"{before} → {after}" for name, (before, after) in changed.items()}
            audit.note(connection, who, "course changed", subject=slug, detail=shown, course=slug)
        return True


def move(db: database.Database, assignment: str, course: str, who: str) -> None:
    """Put a homework with everything of it into a course that there is."""
    with db.transaction() as connection:
        before = _homeworks(connection).get(assignment, memberships.DEFAULT)
        if before == course:
            return
        connection.execute(MOVE, {"slug": assignment, "course": course})
        detail = {"from": before, "to": course}
        action = "homework moved"
        audit.note(connection, who, action, assignment=assignment, detail=detail, course=before)


def homeworks(db: database.Database) -> dict[str, str]:
    """Homework -> its course, of those that are not in the default one by default."""
    with db.transaction() as connection:
        return _homeworks(connection)


def homework_of(db: database.Database, kind: str, number: uuid.UUID | int) -> str | None:
    """The homework of a thing.

    Args:
        kind: a key of `FINDERS`.
    """
    row = db.one(FINDERS[kind], id=number)
    return str(row["assignment"]) if row else None


def _homeworks(connection: database.Connection) -> dict[str, str]:
    return {row["assignment"]: row["course"] for row in connection.execute(HOMEWORKS)}
