"""Statements that delete one person and keep of it what the audit needs, without the name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.course import person_names
from grader.store import attribution, audit, database, rows, team_changes

WHO = """
SELECT id, ARRAY(SELECT role || ' ' || name FROM unnest(
               ARRAY['student', 'ta', 'instructor', 'admin', 'ci']) role) AS titles
  FROM users
 WHERE name = %(name)s AND name <> 'somebody forgotten' FOR UPDATE"""

# Under which of the labels there are staff submitted this person's work, alone or in a team.
LABELS: LiteralString = (
    """
SELECT DISTINCT assignment, label
  FROM (SELECT label, assignment FROM submissions
        UNION SELECT i.name, g.assignment FROM batch_items i JOIN run_groups g ON g.id = i.group_id
       ) s
 WHERE label = %(name)s OR %(id)s IN ("""  # noqa: S608  # literals, no input
    + attribution.OWNERS
    + ")"
)

IS_OF: LiteralString = (
    """
SELECT 1 AS theirs FROM (SELECT %(label)s::text AS label, %(slug)s::text AS assignment) s
 WHERE %(id)s IN ("""  # literals, no input
    + attribution.OWNERS
    + ")"
)
RELABEL = """
UPDATE submissions SET label = %(left)s WHERE label = %(label)s AND assignment = %(slug)s"""
RENAME_ITEM = """
UPDATE batch_items i SET name = %(left)s FROM run_groups g
 WHERE name = %(label)s AND g.id = i.group_id AND g.assignment = %(slug)s
   AND NOT EXISTS (SELECT FROM batch_items o WHERE o.group_id = i.group_id AND o.name = %(left)s)"""

# What a team submitted is one of the others' from now on, under whose name it is kept.
SHARED = """
SELECT DISTINCT s.assignment FROM submissions s JOIN submission_mates m ON m.submission_id = s.id
 WHERE s.user_id = %(id)s OR m.user_id = %(id)s"""
TO_MATES = """
UPDATE submissions s
   SET user_id = (SELECT min(m.user_id) FROM submission_mates m WHERE m.submission_id = s.id),
       idempotency_key = NULL
 WHERE s.user_id = %(id)s
   AND EXISTS (SELECT FROM submission_mates m WHERE m.submission_id = s.id)"""
ARE_SENDERS = """
DELETE FROM submission_mates m USING submissions s
 WHERE s.id = m.submission_id AND s.user_id = m.user_id"""
TEAM_LIKENESSES = """
DELETE FROM similarity WHERE assignment = ANY(%(shared)s)"""

# Two people of one name, each in a course of their own, are two: a label is theirs in a homework.
THEIRS: LiteralString = """
(SELECT slug, label FROM unnest(%(slugs)s::text[], %(labels)s::text[]) theirs (slug, label))"""

# Equal uploads of two people are one blob.
BLOBS: LiteralString = (
    """
SELECT DISTINCT s.upload_sha256 FROM submissions s
 WHERE (s.user_id = %(id)s AND s.label = '' OR (s.assignment, s.label) IN"""  # literals, no input
    + THEIRS
    + """)
   AND NOT EXISTS (SELECT FROM submissions o WHERE o.upload_sha256 = s.upload_sha256
                      AND (o.user_id <> %(id)s OR o.label <> '')
                      AND (o.assignment, o.label) NOT IN"""
    + THEIRS
    + ")"
)

# Work that staff submitted under their name, address or number is theirs, too.
SUBMISSIONS: LiteralString = (
    """
DELETE FROM submissions
 WHERE user_id = %(id)s AND label = '' OR (assignment, label) IN"""  # literals, no input
    + THEIRS
)

ITEMS: LiteralString = (
    """
DELETE FROM batch_items i USING run_groups g
 WHERE g.id = i.group_id AND (g.assignment, i.name) IN"""  # literals, no input
    + THEIRS
)

# The last comparison tells names and whom they are like; another is made when it is asked for.
SIMILARITY: LiteralString = (
    """
DELETE FROM similarity s
 WHERE EXISTS (
       SELECT FROM (SELECT %(name)s::text AS label UNION ALL
                    SELECT t.label FROM"""  # noqa: S608  # literals, no input
    + THEIRS
    + """ t WHERE t.slug = s.assignment) named
        WHERE s.report -> 'unreadable' ? named.label
           OR EXISTS (SELECT FROM jsonb_array_elements(s.report -> 'pairs') pair
                       WHERE pair -> 'students' ? named.label))"""
)

# What they submitted for others, and the groups they made, belong to those others: it stays, under
# an account that nobody can sign in with.
HANDED_IN = """
SELECT EXISTS (SELECT FROM submissions WHERE user_id = %(id)s)
    OR EXISTS (SELECT FROM run_groups WHERE user_id = %(id)s) AS is_there"""
NOBODY = """
INSERT INTO users (name) VALUES ('somebody forgotten')
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING id"""
WORK = """
UPDATE submissions SET user_id = %(nobody)s, idempotency_key = NULL WHERE user_id = %(id)s"""
GROUPS = """
UPDATE run_groups SET user_id = %(nobody)s, idempotency_key = NULL WHERE user_id = %(id)s"""

# What they did to others' work stays, under no name.
SIGNED: Final[Sequence[tuple[LiteralString, LiteralString]]] = (
    ("run_moves", "moved_by"),
    ("group_moves", "moved_by"),
    ("active_choices", "chosen_by"),
    ("extensions", "granted_by"),
    ("excusals", "excused_by"),
    ("marks", "marked_by"),
    ("marks", "reapplied_by"),
    ("rubrics", "changed_by"),
    ("annotation_versions", "author"),
    ("regrade_request_messages", "author"),
)
UNSIGNED: LiteralString = """
UPDATE {table} SET {column} = 'somebody forgotten' WHERE {column} = ANY(%(titles)s)"""

# The same of JSON objects in which each value says by whom it is.
SIGNED_FIELDS: Final[Sequence[tuple[LiteralString, LiteralString]]] = (
    ("schedule_edits", "fields"),
    ("courses", "settings"),
)
UNSIGNED_FIELDS: LiteralString = """
UPDATE {table}
   SET {column} = (SELECT jsonb_object_agg(key, CASE WHEN value ->> 'by' = ANY(%(titles)s)
                              THEN value || '{{"by": "somebody forgotten"}}' ELSE value END)
                     FROM jsonb_each({column}))
 WHERE EXISTS (SELECT FROM jsonb_each({column}) WHERE value ->> 'by' = ANY(%(titles)s))"""

SHARES: LiteralString = (
    """
DELETE FROM marking_shares
 WHERE student = %(name)s OR (assignment, student) IN"""  # literals, no input
    + THEIRS
)
VERSIONS = """
UPDATE homework_versions
   SET published_by = CASE WHEN published_by = ANY(%(titles)s) THEN 'somebody forgotten'
                           ELSE published_by END,
       live_by = CASE WHEN live_by = ANY(%(titles)s) THEN 'somebody forgotten' ELSE live_by END
 WHERE published_by = ANY(%(titles)s) OR live_by = ANY(%(titles)s)"""
AUDIT = """
UPDATE audit_log
   SET actor = CASE WHEN actor = ANY(%(titles)s) THEN 'somebody forgotten'
                    ELSE actor END,
       subject = CASE WHEN subject = ANY(%(titles)s) THEN 'somebody forgotten'
                      ELSE subject END,
       detail = CASE WHEN position(%(quoted)s in detail::text) > 0 THEN '{}' ELSE detail END
 WHERE actor = ANY(%(titles)s) OR subject = ANY(%(titles)s)
    OR position(%(quoted)s in detail::text) > 0"""

USER = """
DELETE FROM users WHERE id = %(id)s"""

# What names them in what is left.
OF_OTHERS = (
    *(ITEMS, SIMILARITY, SHARES, VERSIONS, AUDIT),
    *(UNSIGNED.format(table=table, column=column) for table, column in SIGNED),
    *(UNSIGNED_FIELDS.format(table=table, column=column) for table, column in SIGNED_FIELDS),
    USER,
)

NOTE = """
INSERT INTO erasures (submissions, uploads) VALUES (%(submissions)s, %(uploads)s)"""


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted.

    Attributes:
        blobs: names of uploads that nobody names any more; still to be deleted.
        labels: under which staff submitted this person's work.
    """

    submissions: int
    blobs: tuple[str, ...]
    labels: tuple[str, ...]


def knows(db: database.Database, name: str) -> bool:
    """Whether there is a user of this name."""
    with db.transaction() as connection:
        return database.fetch_one(connection, WHO, name=name) is not None


def forget(db: database.Database, name: str) -> Gone | None:
    """Delete a user with all that belongs to them; None when there is none of that name."""
    with db.transaction() as connection:
        teamed = team_changes.lock_of(connection, name)
        who = database.fetch_one(connection, WHO, name=name)
        if who is None:
            return None
        team_changes.take_out(connection, who["id"], teamed)
        quoted = json.dumps(name, ensure_ascii=False)  # a whole string of the JSON, not a part
        values = {"id": who["id"], "name": name, "titles": [*who["titles"], name], "quoted": quoted}
        found = [(row["assignment"], row["label"]) for row in connection.execute(LABELS, values)]
        teams = [pair for pair in found if len(person_names.members(pair[1])) > 1]
        alone = [pair for pair in found if pair not in teams]
        values["slugs"] = [slug for slug, _ in alone]
        values["labels"] = [label for _, label in alone]
        _leave_to_team(connection, who["id"], teams)
        _leave_to_mates(connection, values)
        connection.execute(TEAM_LIKENESSES, {"shared": [slug for slug, _ in teams]})
        blobs = tuple(r["upload_sha256"] for r in connection.execute(BLOBS, values))
        submissions = connection.execute(SUBMISSIONS, values).rowcount
        _leave_to_nobody(connection, values)
        for statement in OF_OTHERS:
            connection.execute(statement, values)
        detail = {"submissions": submissions, "uploads": len(blobs)}
        connection.execute(NOTE, detail)
        audit.note(connection, audit.COMMAND_LINE, "person forgotten", detail=detail)
        return Gone(submissions, blobs, tuple(values["labels"]))


def _leave_to_team(
    connection: database.Connection, user_id: int, teams: Sequence[tuple[str, str]]
) -> None:
    """A team's work stays the others', without this person's name.

    Args:
        teams: homework and label.
    """
    for slug, label in teams:
        others = [
            member
            for member in person_names.members(label)
            if database.fetch_one(connection, IS_OF, label=member, slug=slug, id=user_id) is None
        ]
        values = {"label": label, "slug": slug, "left": person_names.SHARED.join(others)}
        connection.execute(RELABEL, values)
        connection.execute(RENAME_ITEM, values)


def _leave_to_mates(connection: database.Connection, values: rows.Row) -> None:
    """What a team submitted stays the others'; the last comparison may name this one in it."""
    shared = [row["assignment"] for row in connection.execute(SHARED, values)]
    connection.execute(TEAM_LIKENESSES, {"shared": shared})
    connection.execute(TO_MATES, values)
    connection.execute(ARE_SENDERS)


def _leave_to_nobody(connection: database.Connection, values: rows.Row) -> None:
    """Move what is others' to the account of those who are forgotten, made when it is needed."""
    handed_in = connection.execute(HANDED_IN, values).fetchone()
    if not (handed_in and handed_in["is_there"]):
        return
    nobody = connection.execute(NOBODY).fetchone()
    assert nobody is not None  # it is there now
    for statement in (WORK, GROUPS):
        connection.execute(statement, values | {"nobody": nobody["id"]})
