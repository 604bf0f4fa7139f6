"""Statements about courses of an LMS: which are accepted, what their links open, their columns.

Owns the tables `lti_contexts`, `lti_links` and `lti_columns`. Whatever makes scores due marks them
so in its own transaction.
"""

import datetime
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.lti import launch
from grader.store import audit, database, rows

# Only what a launch says is taken over: without the service's claim the address stays as it was.
SEEN = """
INSERT INTO lti_contexts (platform_id, deployment, context, title, memberships_url,
                          line_items_url, may_make_items)
VALUES (%(platform_id)s, %(deployment)s, %(context)s, %(title)s, %(memberships_url)s,
        %(line_items_url)s, %(may_make_items)s)
ON CONFLICT (platform_id, deployment, context) DO UPDATE
   SET title = coalesce(nullif(excluded.title, ''), lti_contexts.title),
       memberships_url = coalesce(nullif(excluded.memberships_url, ''),
                                  lti_contexts.memberships_url),
       line_items_url = coalesce(nullif(excluded.line_items_url, ''),
                                 lti_contexts.line_items_url),
       may_make_items = excluded.may_make_items OR lti_contexts.may_make_items
                        AND excluded.line_items_url = '',
       seen_at = now()
RETURNING id, course"""

_COURSES: Final[LiteralString] = """
SELECT c.id, c.platform_id, c.deployment, c.context, c.title, c.memberships_url, c.line_items_url,
       c.may_make_items, c.seen_at, c.course, c.accepted_at,
       coalesce(nullif(p.name, ''), p.issuer) AS platform,
       (SELECT count(*) FROM lti_members m WHERE m.context_id = c.id AND m.is_active)::integer
           AS people,
       ARRAY(SELECT DISTINCT assignment FROM lti_links l WHERE l.context_id = c.id ORDER BY 1)
           AS homeworks
  FROM lti_contexts c JOIN lti_platforms p ON p.id = c.platform_id"""

ALL = (
    _COURSES
    + """ WHERE c.course IN ('', %(course)s)
 ORDER BY c.accepted_at IS NOT NULL, c.seen_at DESC LIMIT %(most)s"""
)
ONE = _COURSES + """ WHERE c.id = %(id)s"""

ACCEPT = """
UPDATE lti_contexts SET accepted_at = now(), course = %(course)s
 WHERE id = %(id)s AND accepted_at IS NULL
RETURNING title, context"""

REMOVE = """
DELETE FROM lti_contexts WHERE id = %(id)s RETURNING title, context, course"""

LINK = """
INSERT INTO lti_links (context_id, link, title, assignment)
VALUES (%(context_id)s, %(link)s, %(title)s, %(assignment)s)
ON CONFLICT (context_id, link) DO UPDATE
   SET assignment = excluded.assignment, title = excluded.title
 WHERE lti_links.assignment <> excluded.assignment OR lti_links.title <> excluded.title
RETURNING assignment"""

LINKED = """
SELECT assignment FROM lti_links WHERE context_id = %(context_id)s AND link = %(link)s"""

COLUMN = """
INSERT INTO lti_columns (context_id, assignment, url)
VALUES (%(context_id)s, %(assignment)s, %(url)s)
ON CONFLICT DO NOTHING
RETURNING id"""

DUE = """
INSERT INTO lti_due (assignment) VALUES (%(assignment)s)"""

DUE_IN_COURSE = """
INSERT INTO lti_due (assignment)
SELECT DISTINCT assignment FROM lti_links WHERE context_id = %(id)s"""

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class LmsCourse:
    """A course of an LMS.

    Attributes:
        platform: its name, for people.
        course: of ours, that it was accepted for; empty before.
        accepted_at: since when people enter by it and scores go there; None: they do not.
        people: how many are members now.
        homeworks: that its links open.
    """

    id: int
    platform_id: int
    deployment: str
    context: str
    title: str
    memberships_url: str
    line_items_url: str
    may_make_items: bool
    seen_at: datetime.datetime
    course: str
    accepted_at: datetime.datetime | None
    platform: str
    people: int
    homeworks: tuple[str, ...]

    @property
    def shown_title(self) -> str:
        """The title, or the platform's own number."""
        return self.title or f"course {self.context}"


def seen(
    db: database.Database, platform_id: int, known: launch.Launch, *, may_make_items: bool
) -> tuple[int, str]:
    """Note a course that a launch comes from: its number, and the course of ours; empty: none."""
    values = {
        "platform_id": platform_id,
        "deployment": known.deployment,
        "context": known.context_id,
        "title": known.context_title,
        "memberships_url": known.services.memberships_url,
        "line_items_url": known.services.line_items_url,
        "may_make_items": may_make_items,
    }
    row = db.one(SEEN, **values)
    assert row is not None  # an insert answers
    return int(row["id"]), str(row["course"])


def all_of(db: database.Database, course: str) -> list[LmsCourse]:
    """Courses of an LMS that wait to be accepted, then those that are accepted for this one."""
    with db.transaction() as connection:
        found = connection.execute(ALL, {"most": MOST, "course": course})
        return [_course(row) for row in found]


def one(db: database.Database, course_id: int) -> LmsCourse | None:
    """A course; None when there is none."""
    row = db.one(ONE, id=course_id)
    return _course(row) if row else None


def accept(db: database.Database, course_id: int, course: str, who: str) -> bool:
    """Let people enter a course of ours by one; False when they enter one already."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, ACCEPT, id=course_id, course=course)
        if row is None:
            return False
        connection.execute(DUE_IN_COURSE, {"id": course_id})
        subject = row["title"] or row["context"]
        audit.note(connection, who, "LMS course accepted", subject=subject, course=course)
        return True


def remove(db: database.Database, course_id: int, who: str) -> bool:
    """Forget a course with its links, members and scores; False when there is none."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, REMOVE, id=course_id)
        if row is None:
            return False
        subject = row["title"] or row["context"]
        course = row["course"]
        audit.note(connection, who, "LMS course removed", subject=subject, course=course)
        return True


def link(
    db: database.Database, course_id: int, link_id: str, title: str, assignment: str, who: str
) -> None:
    """Let a link open a homework; nothing happens where it does already."""
    values = {"context_id": course_id, "link": link_id, "title": title, "assignment": assignment}
    with db.transaction() as connection:
        if database.fetch_one(connection, LINK, **values) is None:
            return
        connection.execute(DUE, {"assignment": assignment})
        audit.note(connection, who, "LMS link set", assignment=assignment, subject=title)


def linked(db: database.Database, course_id: int, link_id: str) -> str:
    """The homework that a link opens; empty where nobody has said."""
    row = db.one(LINKED, context_id=course_id, link=link_id)
    return str(row["assignment"]) if row else ""


def add_column(db: database.Database, course_id: int, assignment: str, url: str) -> None:
    """Note a column of the LMS's gradebook for a homework."""
    values = {"context_id": course_id, "assignment": assignment, "url": url}
    with db.transaction() as connection:
        if database.fetch_one(connection, COLUMN, **values) is not None:
            connection.execute(DUE, {"assignment": assignment})


def _course(row: rows.Row) -> LmsCourse:
    return LmsCourse(**{**row, "homeworks": tuple(row["homeworks"])})
