"""Statements about the log of what people did.

Owns writing an entry in the transaction of the deed, and reading the log page by page. Moves of
batches and regrades come into it by a trigger (migrations/0004_course.sql).
"""

import json
from collections.abc import Mapping
from typing import Any, LiteralString

from grader.store import database, people, rows

COMMAND_LINE = "command line"  # whoever may use the machine's
SERVICE = "service"  # what its settings made it do

NOTE = """
INSERT INTO audit_log (actor, action, assignment, subject, detail, course)
VALUES (%(actor)s, %(action)s, %(assignment)s, %(subject)s, %(detail)s::jsonb, %(course)s)"""

# Ids grow, so that "older than this one" is a page's border whatever is added meanwhile. A course's
# entries are those about its homeworks, about itself, and about its people where no course is said.
# A homework's move names the course that it left, and stands in the log of both.
PAGE: LiteralString = (
    """
SELECT id, at, actor, action, assignment, subject, detail FROM audit_log s
 WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(assignment)s = '' OR assignment = %(assignment)s)
   AND (%(in_course)s = ''
        OR assignment <> '' AND %(in_course)s ="""  # literals, no input
    + people.COURSE
    + """
        OR assignment <> '' AND course <> '' AND %(in_course)s IN (course, detail ->> 'to')
        OR assignment = '' AND course = %(in_course)s
        OR assignment = '' AND course = ''
           AND EXISTS (SELECT FROM users u JOIN enrolments en ON en.user_id = u.id
                        WHERE u.name = s.subject AND en.course = %(in_course)s))
 ORDER BY id DESC LIMIT %(most)s"""
)


def note(
    connection: database.Connection,
    actor: str,
    action: str,
    *,
    assignment: str = "",
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    course: str = "",
) -> None:
    """Write down a deed in the caller's transaction.

    Args:
        actor: `rows.User.title`, or `command line`.
        subject: whom or what it is about.
        detail: plain JSON values; never a token or a hidden input.
        course: in which it was done. With an assignment only where that leaves it, as an entry
            about a homework is its course's.
    """
    values = {"actor": actor, "action": action, "assignment": assignment, "subject": subject}
    detail_text = json.dumps(detail or {})
    connection.execute(NOTE, values | {"detail": detail_text, "course": course})


def page(
    db: database.Database, before: int | None, most: int, assignment: str = "", course: str = ""
) -> list[rows.AuditEntry]:
    """The newest entries below an id, newest first.

    Args:
        assignment, course: only about this one; empty for all.
    """
    values = {"before": before, "most": most, "assignment": assignment, "in_course": course}
    with db.transaction() as connection:
        return [rows.AuditEntry(**row) for row in connection.execute(PAGE, values)]
