"""Statements that keep the database and the blobs from growing for ever.

Each may be called by several processes at once, and again after a break.
"""

from collections.abc import Sequence
from typing import LiteralString

from grader.store import audit, database, version_bundles

# A lock for the length of the transaction: of several processes one tidies up at a time.
LOCK_KEY = 0x74696479  # "tidy"

TURN = """
SELECT pg_try_advisory_xact_lock(%(key)s) AS mine"""

# The last word of a run stays: its followers end by it.
FORGET_EVENTS = """
DELETE FROM run_events e USING runs r
 WHERE r.id = e.run_id AND e.kind <> 'state'
   AND r.finished_at < now() - make_interval(days => %(days)s)"""

# With their runs, results, events and audit entries.
FORGET_SUBMISSIONS = """
DELETE FROM submissions s
 WHERE s.created_at < now() - make_interval(days => %(days)s)
   AND NOT EXISTS (SELECT FROM runs r WHERE r.submission_id = s.id
                      AND r.state IN ('queued', 'held', 'running'))"""

# Names of students that would outlive their work: of what was refused in batches, and of who is
# like whom.
FORGET_REFUSED = """
DELETE FROM batch_items i USING run_groups g
 WHERE g.id = i.group_id AND i.submission_id IS NULL
   AND g.created_at < now() - make_interval(days => %(days)s)"""
FORGET_LIKENESSES = """
DELETE FROM similarity s
 WHERE s.made_at < now() - make_interval(days => %(days)s)
    OR EXISTS (SELECT FROM jsonb_array_elements(s.report -> 'pairs') pair,
                           jsonb_array_elements_text(pair -> 'names') name
                WHERE NOT EXISTS (SELECT FROM submissions WHERE id::text = name))"""

# What was superseded before it was graded is never graded.
NAMED = """
SELECT s.upload_sha256 FROM submissions s JOIN runs r ON r.id = s.current_run_id
 WHERE s.upload_sha256 = ANY(%(names)s) AND r.state <> 'superseded'"""


def forget_events(db: database.Database, days: int) -> int:
    """Delete the progress of runs that ended longer ago; how many events. The report has it all."""
    return _delete(db, FORGET_EVENTS, days)


def forget_submissions(db: database.Database, days: int) -> int:
    """Delete submissions older than this that are not being graded; how many.

    With them goes what else names their students: who is like whom, and what batches refused.
    """
    deed = "submissions deleted for their age"
    count = _delete(db, FORGET_SUBMISSIONS, days, deed)
    for query in (FORGET_REFUSED, FORGET_LIKENESSES):
        _delete(db, query, days)
    return count


def unnamed(db: database.Database, names: Sequence[str]) -> list[str]:
    """Those of the blobs that no version of a homework names, and only superseded submissions."""
    with db.transaction() as connection:
        matches = connection.execute(NAMED, {"names": list(names)})
        named = {row["upload_sha256"] for row in matches}
    named |= version_bundles.named(db, names)
    return [name for name in names if name not in named]


def _delete(db: database.Database, query: LiteralString, days: int, deed: str = "") -> int:
    with db.transaction() as connection:
        turn = database.fetch_one(connection, TURN, key=LOCK_KEY)
        if not turn or not turn["mine"]:
            return 0
        count = connection.execute(query, {"days": days}).rowcount
        if deed and count:
            audit.note(connection, audit.SERVICE, deed, detail={"count": count, "days": days})
        return count
