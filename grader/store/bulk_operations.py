"""Statements about batches and regrades as wholes: make, find, list, pause, resume, cancel.

Owns what both have: a state, runs, who moved it and why. What is particular to one kind is in
`batches` and `regrades`. Their tables are called groups (`run_groups`, `group_moves`); in code that
word is left to groups of people. Moves of the runs are kept in run_moves.
"""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader import models
from grader.store import database, queue, rows

ADD = """
INSERT INTO run_groups (id, kind, assignment, user_id, idempotency_key, content_sha256, which,
                        reason, every_test, version)
VALUES (%(id)s, %(kind)s, %(assignment)s, %(user_id)s, %(idempotency_key)s, %(content_sha256)s,
        %(which)s, %(reason)s, %(every_test)s, %(version)s)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING id"""


STAMP = """
INSERT INTO group_moves (group_id, to_state, moved_by, moved_why)
VALUES (%(id)s, %(to)s, %(who)s, %(why)s)"""


GET = """
SELECT g.id, g.kind, g.assignment, g.which, g.reason, g.state, g.created_at, g.version,
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


LIST = """
SELECT g.id, g.kind, g.assignment, g.which, g.reason, g.state, g.created_at, u.name AS who,
       (SELECT count(*) FROM runs r WHERE r.group_id = g.id) AS runs,
       (SELECT count(*) FROM runs r WHERE r.group_id = g.id
           AND r.state IN ('queued', 'held', 'running')) AS open_runs
  FROM run_groups g JOIN users u ON u.id = g.user_id
 WHERE (%(assignment)s = '' OR g.assignment = %(assignment)s)
   AND (%(kind)s = '' OR g.kind = %(kind)s)
   AND (NOT %(open)s OR g.state IN ('open', 'paused'))
 ORDER BY g.created_at DESC LIMIT %(most)s"""

MOVES = """
SELECT to_state, moved_by, moved_why, at FROM group_moves
 WHERE group_id = %(group_id)s ORDER BY id"""

Enqueue = Callable[[database.Connection, Sequence[int]], None]
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class BulkOperationRow:
    """A batch or regrade as a line of a list."""

    id: uuid.UUID
    kind: str
    assignment: str
    which: str
    reason: str
    state: models.BulkState
    created_at: datetime.datetime
    who: str
    runs: int
    open_runs: int


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a batch's or regrade's state."""

    to_state: models.BulkState
    moved_by: str
    moved_why: str
    at: datetime.datetime


def add(connection: database.Connection, new: rows.NewBulkOperation, who: str) -> bool:
    """Insert it alone in the caller's transaction; False when its key was used before."""
    values = {name: getattr(new, name) for name in new.__slots__}
    if database.fetch_one(connection, ADD, **values) is None:
        return False
    stamp(connection, new.id, models.BulkState.OPEN, who, new.reason or "asked for")
    return True


def stamp(
    connection: database.Connection,
    operation_id: uuid.UUID,
    to: models.BulkState,
    who: str,
    why: str,
) -> None:
    """Write down who moved it and why."""
    values = {"id": operation_id, "to": to.value, "who": who, "why": why}
    connection.execute(STAMP, values)


def get(db: database.Database, operation_id: uuid.UUID, kind: str) -> rows.BulkOperation | None:
    """A batch or regrade with its progress."""
    row = db.one(GET, id=operation_id, kind=kind)
    return rows.bulk_operation(row) if row else None


def pause(db: database.Database, operation_id: uuid.UUID, who: str) -> bool:
    """Hold what has not started; False when it is not open."""
    with db.transaction() as connection:
        if not move(
            connection, operation_id, (models.BulkState.OPEN,), models.BulkState.PAUSED, who
        ):
            return False
        held = connection.execute(HOLD, {"id": operation_id, "who": who}).fetchall()
        queue.drop(connection, [row["job_id"] for row in held])
        return True


def resume(db: database.Database, operation_id: uuid.UUID, who: str, enqueue: Enqueue) -> bool:
    """Queue again what was held; False when it is not paused."""
    with db.transaction() as connection:
        if not move(
            connection, operation_id, (models.BulkState.PAUSED,), models.BulkState.OPEN, who
        ):
            return False
        freed = connection.execute(RELEASE, {"id": operation_id, "who": who}).fetchall()
        enqueue(connection, [row["id"] for row in freed])
        return True


def cancel(db: database.Database, operation_id: uuid.UUID, who: str) -> bool:
    """Cancel all that has not ended; False when it was cancelled or applied before."""
    origins = (models.BulkState.OPEN, models.BulkState.PAUSED)
    with db.transaction() as connection:
        if not move(connection, operation_id, origins, models.BulkState.CANCELLED, who):
            return False
        ended = connection.execute(CANCEL, {"id": operation_id, "who": who}).fetchall()
        queue.drop(connection, [row["job_id"] for row in ended])
        return True


def move(
    connection: database.Connection,
    operation_id: uuid.UUID,
    origins: Sequence[models.BulkState],
    to: models.BulkState,
    who: str,
    why: str = "asked for",
) -> bool:
    """Move it in the caller's transaction, if it is in one of the states of origin."""
    values = {"id": operation_id, "to": to.value, "origins": [o.value for o in origins]}
    if database.fetch_one(connection, MOVE, **values) is None:
        return False
    stamp(connection, operation_id, to, who, why)
    return True


def listed(
    db: database.Database, assignment: str = "", kind: str = "", *, open_only: bool = False
) -> Sequence[BulkOperationRow]:
    """The newest batches and regrades, of all assignments unless one is named."""
    values = {"assignment": assignment, "kind": kind, "open": open_only, "most": MOST_LISTED}
    with db.transaction() as connection:
        operations = connection.execute(LIST, values).fetchall()
    return [
        BulkOperationRow(**row | {"state": models.BulkState(row["state"])}) for row in operations
    ]


def moves(db: database.Database, operation_id: uuid.UUID) -> Sequence[Move]:
    """Who did what to a batch or regrade, and why, in order."""
    with db.transaction() as connection:
        moved = connection.execute(MOVES, {"group_id": operation_id}).fetchall()
    return [Move(**row | {"to_state": models.BulkState(row["to_state"])}) for row in moved]
