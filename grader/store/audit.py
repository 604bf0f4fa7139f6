"""Statements about the log of what people did.

Owns writing an entry in the transaction of the deed, and reading the log page by page. Moves of
batches and regrades come into it by a trigger (migrations/0004_course.sql).
"""

import json
from collections.abc import Mapping
from typing import Any

from grader.store import database, rows

COMMAND_LINE = "command line"  # whoever may use the machine's
SERVICE = "service"  # what its settings made it do

NOTE = """
INSERT INTO audit_log (actor, action, assignment, subject, detail)
VALUES (%(actor)s, %(action)s, %(assignment)s, %(subject)s, %(detail)s::jsonb)"""

# Ids grow, so that "older than this one" is a page's border whatever is added meanwhile.
PAGE = """
SELECT id, at, actor, action, assignment, subject, detail FROM audit_log
 WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(assignment)s = '' OR assignment = %(assignment)s)
 ORDER BY id DESC LIMIT %(most)s"""


def note(
    connection: database.Connection,
    actor: str,
    action: str,
    *,
    assignment: str = "",
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down a deed in the caller's transaction.

    Args:
        actor: `rows.User.title`, or `command line`.
        subject: whom or what it is about.
        detail: plain JSON values; never a token or a hidden input.
    """
    values = {"actor": actor, "action": action, "assignment": assignment, "subject": subject}
    connection.execute(NOTE, values | {"detail": json.dumps(detail or {})})


def page(
    db: database.Database, before: int | None, most: int, assignment: str = ""
) -> list[rows.AuditEntry]:
    """The newest entries below an id, newest first; of one assignment or of all."""
    values = {"before": before, "most": most, "assignment": assignment}
    with db.transaction() as connection:
        return [rows.AuditEntry(**row) for row in connection.execute(PAGE, values)]
