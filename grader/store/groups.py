"""Statements about batches and regrades as wholes: make, find, pause, resume, cancel.

What is particular to a regrade is in `regrades`. Every move is written down in group_moves, and
those of the runs in run_moves.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader import models
from grader.store import codec, database, queue, rows, submissions

ADD = """
INSERT INTO run_groups (id, kind, assignment, user_id, idempotency_key, content_sha256, which,
                        reason)
VALUES (%(id)s, %(kind)s, %(assignment)s, %(user_id)s, %(idempotency_key)s, %(content_sha256)s,
        %(which)s, %(reason)s)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING id"""

BY_KEY = """
SELECT id, content_sha256 FROM run_groups
 WHERE user_id = %(user_id)s AND idempotency_key = %(idempotency_key)s"""

STAMP = """
INSERT INTO group_moves (group_id, to_state, moved_by, moved_why)
VALUES (%(id)s, %(to)s, %(who)s, %(why)s)"""

ADD_ITEM = """
INSERT INTO batch_items (group_id, name, submission_id, reasons)
VALUES (%(group_id)s, %(name)s, %(submission_id)s, %(reasons)s)"""

GET = """
SELECT g.id, g.kind, g.assignment, g.which, g.reason, g.state, g.created_at,
       (SELECT coalesce(jsonb_object_agg(state, n), '{}')
          FROM (SELECT state, count(*) AS n FROM runs WHERE group_id = g.id GROUP BY state) c
       ) AS runs,
       (SELECT count(*) FROM batch_items WHERE group_id = g.id AND submission_id IS NULL) AS refused
  FROM run_groups g WHERE g.id = %(id)s AND g.kind = %(kind)s"""

MOVE = """
UPDATE run_groups SET state = %(to)s WHERE id = %(id)s AND state = ANY(%(origins)s)
RETURNING id"""

HOLD = """
UPDATE runs SET state = 'held', moved_by = %(who)s, moved_why = 'its group is paused'
 WHERE group_id = %(id)s AND state = 'queued'
RETURNING id, job_id"""

RELEASE = """
UPDATE runs SET state = 'queued', moved_by = %(who)s, moved_why = 'its group is resumed'
 WHERE group_id = %(id)s AND state = 'held'
RETURNING id, job_id"""

CANCEL = """
UPDATE runs SET state = 'cancelled', finished_at = now(), moved_by = %(who)s,
                moved_why = 'its group is cancelled'
 WHERE group_id = %(id)s AND state IN ('queued', 'held', 'running')
RETURNING id, job_id"""

ITEMS = """
SELECT i.name, i.submission_id, coalesce(r.state, 'refused') AS state,
       CASE WHEN i.submission_id IS NULL THEN i.reasons ELSE r.reasons END AS reasons,
       x.report::text AS report
  FROM batch_items i
  LEFT JOIN submissions s ON s.id = i.submission_id
  LEFT JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE i.group_id = %(id)s ORDER BY i.name"""

Enqueue = Callable[[database.Connection, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class NewItem:
    """One upload of a new batch: a submission, or the reasons against it."""

    name: str
    submission: rows.NewSubmission | None
    reasons: tuple[str, ...] = ()


def add_batch(
    db: database.Database,
    group: rows.NewGroup,
    who: str,
    items: Sequence[NewItem],
    enqueue: Enqueue,
) -> tuple[uuid.UUID, str]:
    """Insert a batch with all its submissions, runs and jobs in one transaction.

    Returns:
        Its id and the hash of its content; of an older batch when the key was used before.
    """
    with db.transaction() as connection:
        if not add(connection, group, who):
            values = {"user_id": group.user_id, "idempotency_key": group.idempotency_key}
            older = database.fetch_one(connection, BY_KEY, **values)
            assert older is not None  # the conflict was with a committed row
            return older["id"], older["content_sha256"]
        run_ids = [
            submissions.add_to_group(connection, item.submission, group.id)
            for item in items
            if item.submission
        ]
        for item in items:
            found = item.submission.id if item.submission else None
            terms = {"group_id": group.id, "name": item.name, "submission_id": found}
            connection.execute(ADD_ITEM, terms | {"reasons": list(item.reasons)})
        enqueue(connection, run_ids)
        return group.id, group.content_sha256 or ""


def add(connection: database.Connection, group: rows.NewGroup, who: str) -> bool:
    """Insert the group itself in the caller's transaction; False when its key was used before."""
    values = {name: getattr(group, name) for name in group.__slots__}
    if database.fetch_one(connection, ADD, **values) is None:
        return False
    stamp(connection, group.id, models.GroupState.OPEN, who, group.reason or "asked for")
    return True


def stamp(
    connection: database.Connection, group_id: uuid.UUID, to: models.GroupState, who: str, why: str
) -> None:
    """Write down who moved a group and why."""
    values = {"id": group_id, "to": to.value, "who": who, "why": why}
    connection.execute(STAMP, values)


def get(db: database.Database, group_id: uuid.UUID, kind: str) -> rows.Group | None:
    """A batch or regrade with its progress."""
    row = db.one(GET, id=group_id, kind=kind)
    return rows.group(row) if row else None


def pause(db: database.Database, group_id: uuid.UUID, who: str) -> bool:
    """Hold what has not begun; False when the group is not open."""
    with db.transaction() as connection:
        if not move(connection, group_id, (models.GroupState.OPEN,), models.GroupState.PAUSED, who):
            return False
        held = connection.execute(HOLD, {"id": group_id, "who": who}).fetchall()
        queue.drop(connection, [row["job_id"] for row in held])
        return True


def resume(db: database.Database, group_id: uuid.UUID, who: str, enqueue: Enqueue) -> bool:
    """Queue again what was held; False when the group is not paused."""
    with db.transaction() as connection:
        if not move(connection, group_id, (models.GroupState.PAUSED,), models.GroupState.OPEN, who):
            return False
        freed = connection.execute(RELEASE, {"id": group_id, "who": who}).fetchall()
        enqueue(connection, [row["id"] for row in freed])
        return True


def cancel(db: database.Database, group_id: uuid.UUID, who: str) -> bool:
    """Call off all that has not ended; False when the group was cancelled or applied before."""
    origins = (models.GroupState.OPEN, models.GroupState.PAUSED)
    with db.transaction() as connection:
        if not move(connection, group_id, origins, models.GroupState.CANCELLED, who):
            return False
        ended = connection.execute(CANCEL, {"id": group_id, "who": who}).fetchall()
        queue.drop(connection, [row["job_id"] for row in ended])
        return True


def move(
    connection: database.Connection,
    group_id: uuid.UUID,
    origins: Sequence[models.GroupState],
    to: models.GroupState,
    who: str,
    why: str = "asked for",
) -> bool:
    """Move a group in the caller's transaction, if it is in one of the states of origin."""
    values = {"id": group_id, "to": to.value, "origins": [o.value for o in origins]}
    if database.fetch_one(connection, MOVE, **values) is None:
        return False
    stamp(connection, group_id, to, who, why)
    return True


def items(db: database.Database, group_id: uuid.UUID) -> list[rows.BatchItem]:
    """A batch's uploads and what became of them, by name."""
    with db.transaction() as connection:
        found = connection.execute(ITEMS, {"id": group_id}).fetchall()
    return [rows.batch_item(row, codec.report_or_none(row["report"])) for row in found]
