"""Statements about how long a course's work is kept, its deletion, and the archives of grades.

Owns their SQL. When a course is warned and emptied is `grader.course.retention`'s to say, what an
archive holds `grader.service.course_retention`'s.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.course import retention
from grader.notify import kinds
from grader.store import audit, database, notices

KEEPING = """
SELECT archived_at, keep_days, warned_at, emptied_at FROM courses WHERE slug = %(course)s"""

LIMITED = """
SELECT slug FROM courses
 WHERE keep_days IS NOT NULL AND archived_at IS NOT NULL AND emptied_at IS NULL ORDER BY slug"""

OF_TERM = """
SELECT slug FROM courses WHERE term = %(term)s ORDER BY slug"""

# Another length is another promise: who was warned of the old one is warned again.
KEEP = """
UPDATE courses c SET keep_days = %(days)s, warned_at = NULL
  FROM courses old WHERE old.slug = c.slug AND c.slug = %(course)s
   AND c.keep_days IS DISTINCT FROM %(days)s
RETURNING old.keep_days AS before"""

WARN = """
UPDATE courses SET warned_at = now() WHERE slug = %(course)s AND warned_at IS NULL
RETURNING slug"""

HOLDINGS = """
SELECT count(*)::integer AS submissions,
       count(DISTINCT (user_id, label))::integer AS people,
       coalesce(sum(upload_bytes), 0)::bigint AS upload_bytes,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM runs r WHERE r.submission_id = s.id
              AND r.state IN ('queued', 'held', 'running')))::integer AS busy
  FROM submissions s WHERE assignment = ANY(%(slugs)s)"""

# With their runs, reports, marks, requests and annotations.
SUBMISSIONS = """
DELETE FROM submissions WHERE assignment = ANY(%(slugs)s)"""
GROUPS = """
DELETE FROM run_groups WHERE assignment = ANY(%(slugs)s)"""
LIKENESSES = """
DELETE FROM similarity WHERE assignment = ANY(%(slugs)s)"""
SHARES = """
DELETE FROM marking_shares WHERE assignment = ANY(%(slugs)s)"""
TEAMS = """
DELETE FROM teams WHERE assignment = ANY(%(slugs)s)"""
INVITATIONS = """
DELETE FROM team_invitations WHERE assignment = ANY(%(slugs)s)"""
EMPTIED = """
UPDATE courses SET emptied_at = now() WHERE slug = %(course)s"""

ADD_ARCHIVE = """
INSERT INTO grade_archives (course, made_by, content)
VALUES (%(course)s, %(who)s, %(content)s) RETURNING id"""
ARCHIVES = """
SELECT id, made_at, made_by, length(content) AS size_bytes FROM grade_archives
 WHERE course = %(course)s ORDER BY id DESC"""
ARCHIVE = """
SELECT content FROM grade_archives WHERE course = %(course)s AND id = %(id)s"""
EVERY_ARCHIVE = """
SELECT id FROM grade_archives ORDER BY id"""
ONE_ARCHIVE = """
SELECT content FROM grade_archives WHERE id = %(id)s FOR UPDATE"""
REWRITE = """
UPDATE grade_archives SET content = %(content)s WHERE id = %(id)s"""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is there of a course's work.

    Attributes:
        people: who submitted something, or in whose name staff did.
        busy: submissions that are being graded or wait for it.
    """

    submissions: int
    people: int
    upload_bytes: int
    busy: int


@dataclass(frozen=True, slots=True)
class GradeArchive:
    """An archive of grades as it is listed."""

    id: int
    made_at: datetime.datetime
    made_by: str
    size_bytes: int


def keeping(db: database.Database, course: str) -> retention.Keeping:
    """What is decided for a course that there is."""
    return retention.Keeping(**(db.one(KEEPING, course=course) or {}))


def limited(db: database.Database) -> list[str]:
    """Archived courses whose work is not kept for ever and is still there."""
    with db.transaction() as connection:
        return [row["slug"] for row in connection.execute(LIMITED)]


def of_term(db: database.Database, term: str) -> list[str]:
    """Names of the courses of a term."""
    with db.transaction() as connection:
        return [row["slug"] for row in connection.execute(OF_TERM, {"term": term})]


def keep(db: database.Database, course: str, days: int | None, who: str) -> None:
    """Keep a course's work for so many days after it is archived; None: for ever."""
    with db.transaction() as connection:
        changed = database.fetch_one(connection, KEEP, course=course, days=days)
        if changed:
            detail = {"days": f"{changed['before'] or 'no limit'} → {days or 'no limit'}"}
            audit.note(connection, who, "course kept", subject=course, detail=detail, course=course)


def warn(db: database.Database, course: str) -> None:
    """Tell the course's instructors, once."""
    with db.transaction() as connection:
        if database.fetch_one(connection, WARN, course=course):
            notices.for_staff(connection, kinds.StaffKind.RETENTION, course)


def holdings(db: database.Database, slugs: Sequence[str]) -> Holdings:
    """What there is of the work for these homeworks."""
    return Holdings(**(db.one(HOLDINGS, slugs=list(slugs)) or {}))


def empty(db: database.Database, course: str, slugs: Sequence[str], who: str, archive: int) -> int:
    """Delete all work for these homeworks, which are the course's; how many submissions."""
    values = {"slugs": list(slugs), "course": course}
    with db.transaction() as connection:
        count = connection.execute(SUBMISSIONS, values).rowcount
        for query in (GROUPS, LIKENESSES, SHARES, TEAMS, INVITATIONS, EMPTIED):
            connection.execute(query, values)
        detail = {"count": count, "archive of grades": archive}
        audit.note(connection, who, "work deleted", subject=course, detail=detail, course=course)
    return count


def add_archive(db: database.Database, course: str, content: bytes, who: str) -> int:
    """Keep an archive of grades; its number."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, ADD_ARCHIVE, course=course, content=content, who=who)
        audit.note(connection, who, "grades archived", subject=course, course=course)
        assert row is not None
        return int(row["id"])


def archives(db: database.Database, course: str) -> list[GradeArchive]:
    """The course's archives of grades, newest first."""
    with db.transaction() as connection:
        return [GradeArchive(**row) for row in connection.execute(ARCHIVES, {"course": course})]


def archive(db: database.Database, course: str, number: int) -> bytes | None:
    """An archive's zip; None if the course has none of this number."""
    row = db.one(ARCHIVE, course=course, id=number)
    return bytes(row["content"]) if row else None


def rewrite_archives(db: database.Database, rewritten: Callable[[bytes], bytes | None]) -> None:
    """Replace every archive by what a function makes of it; None leaves one as it is."""
    with db.transaction() as connection:
        numbers = [row["id"] for row in connection.execute(EVERY_ARCHIVE)]
    for number in numbers:  # one at a time: an archive of a large course is some megabytes
        with db.transaction() as connection:
            row = database.fetch_one(connection, ONE_ARCHIVE, id=number)
            content = rewritten(bytes(row["content"])) if row else None
            if content is not None:
                connection.execute(REWRITE, {"id": number, "content": content})
