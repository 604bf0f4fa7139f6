"""Statements that delete one person and keep of it what the audit needs, without the name."""

import json
from dataclasses import dataclass

from grader.store import audit, database

WHO = """
SELECT id, role || ' ' || name AS title FROM users WHERE name = %(name)s FOR UPDATE"""

# Equal uploads of two people are one blob.
BLOBS = """
SELECT DISTINCT s.upload_sha256 FROM submissions s
 WHERE (s.user_id = %(id)s OR s.label = %(name)s)
   AND NOT EXISTS (SELECT FROM submissions o WHERE o.upload_sha256 = s.upload_sha256
                      AND o.user_id <> %(id)s AND o.label <> %(name)s)"""

# Work that staff handed in under that name is theirs, too.
SUBMISSIONS = """
DELETE FROM submissions WHERE user_id = %(id)s OR label = %(name)s"""

ITEMS = """
DELETE FROM batch_items WHERE name = %(name)s"""

# What they did to others' runs stays, under no name.
MOVES = """
UPDATE run_moves SET moved_by = 'somebody forgotten' WHERE moved_by = %(title)s"""
GROUP_MOVES = """
UPDATE group_moves SET moved_by = 'somebody forgotten' WHERE moved_by = %(title)s"""

CHOICES = """
UPDATE active_choices SET chosen_by = 'somebody forgotten'
 WHERE chosen_by IN (%(title)s, %(name)s)"""
EXTENSIONS = """
UPDATE extensions SET granted_by = 'somebody forgotten' WHERE granted_by IN (%(title)s, %(name)s)"""
MARKS = """
UPDATE marks SET marked_by = 'somebody forgotten' WHERE marked_by IN (%(title)s, %(name)s)"""
AUDIT = """
UPDATE audit_log
   SET actor = CASE WHEN actor IN (%(title)s, %(name)s) THEN 'somebody forgotten' ELSE actor END,
       subject = CASE WHEN subject IN (%(title)s, %(name)s) THEN 'somebody forgotten'
                      ELSE subject END,
       detail = CASE WHEN position(%(quoted)s in detail::text) > 0 THEN '{}' ELSE detail END
 WHERE actor IN (%(title)s, %(name)s) OR subject IN (%(title)s, %(name)s)
    OR position(%(quoted)s in detail::text) > 0"""

USER = """
DELETE FROM users WHERE id = %(id)s"""

NOTE = """
INSERT INTO erasures (submissions, uploads) VALUES (%(submissions)s, %(uploads)s)"""


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted.

    Attributes:
        blobs: names of uploads that nobody names any more; still to be deleted.
    """

    submissions: int
    blobs: tuple[str, ...]


def forget(db: database.Database, name: str) -> Gone | None:
    """Delete a user with all that belongs to them; None when there is none of that name."""
    with db.transaction() as connection:
        who = database.fetch_one(connection, WHO, name=name)
        if who is None:
            return None
        quoted = json.dumps(name, ensure_ascii=False)  # a whole string of the JSON, not a part
        values = {"id": who["id"], "name": name, "title": who["title"], "quoted": quoted}
        blobs = tuple(r["upload_sha256"] for r in connection.execute(BLOBS, values))
        submissions = connection.execute(SUBMISSIONS, values).rowcount
        for statement in (ITEMS, MOVES, GROUP_MOVES, CHOICES, EXTENSIONS, MARKS, AUDIT, USER):
            connection.execute(statement, values)
        told = {"submissions": submissions, "uploads": len(blobs)}
        connection.execute(NOTE, told)
        audit.note(connection, audit.COMMAND_LINE, "person forgotten", detail=told)
        return Gone(submissions, blobs)
