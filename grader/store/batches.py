"""Statements about batches: many submissions made at once, and what became of each upload.

Owns their items. What batches and regrades share (state, pause, cancel) is `bulk_operations`'s.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from grader import models
from grader.store import (
    attribution,
    bulk_operations,
    codec,
    database,
    people,
    rows,
    submissions,
)

BY_KEY = """
SELECT id, content_sha256 FROM run_groups
 WHERE user_id = %(user_id)s AND idempotency_key = %(idempotency_key)s"""

ADD_ITEM = """
INSERT INTO batch_items (group_id, name, submission_id, reasons)
VALUES (%(group_id)s, %(name)s, %(submission_id)s, %(reasons)s)"""

ITEMS = """
SELECT i.name, i.submission_id, coalesce(r.state, 'refused') AS state,
       CASE WHEN i.submission_id IS NULL THEN i.reasons ELSE r.reasons END AS reasons,
       x.report::text AS report
  FROM batch_items i
  LEFT JOIN submissions s ON s.id = i.submission_id
  LEFT JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE i.group_id = %(id)s ORDER BY i.name"""

LINES = """
SELECT i.name, i.submission_id, coalesce(r.state, 'refused') AS state,
       CASE WHEN i.submission_id IS NULL THEN i.reasons ELSE r.reasons END AS reasons,
       x.points, coalesce(x.report ->> 'max_score', '0/1') AS maximum
  FROM batch_items i
  LEFT JOIN submissions s ON s.id = i.submission_id
  LEFT JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE i.group_id = %(group_id)s ORDER BY i.name"""

# Of a course that has a roster.
UNKNOWN: LiteralString = (
    "WITH "  # literals, no input
    + attribution.KNOWN
    + """
SELECT DISTINCT part
  FROM batch_items i
  JOIN submissions s ON s.id = i.submission_id AND s.label <> ''
 CROSS JOIN unnest(string_to_array(s.label, ' + ')) part
  JOIN known ON known.label = part
 WHERE i.group_id = %(group_id)s AND known.id IS NULL
   AND EXISTS (SELECT FROM enrolments en WHERE en.role = 'student' AND en.course ="""
    + people.HOME
    + """)
 ORDER BY part"""
)


@dataclass(frozen=True, slots=True)
class NewItem:
    """One upload of a new batch: a submission, or the reasons against it."""

    name: str
    submission: rows.NewSubmission | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One upload of a batch; without a submission, intake refused it for `reasons`."""

    name: str
    submission_id: uuid.UUID | None
    state: models.SubmissionState
    reasons: tuple[str, ...]
    points: float | None
    maximum: float


def add(
    db: database.Database,
    batch: rows.NewBulkOperation,
    who: str,
    items: Sequence[NewItem],
    enqueue: bulk_operations.Enqueue,
) -> tuple[uuid.UUID, str]:
    """Insert a batch with all its submissions, runs and jobs in one transaction.

    Returns:
        Its id and the hash of its content; of an older batch when the key was used before.
    """
    with db.transaction() as connection:
        if not bulk_operations.add(connection, batch, who):
            values = {"user_id": batch.user_id, "idempotency_key": batch.idempotency_key}
            older = database.fetch_one(connection, BY_KEY, **values)
            assert older is not None  # the conflict was with a committed row
            return older["id"], older["content_sha256"]
        run_ids = [
            submissions.add_to_batch(connection, item.submission, batch.id)
            for item in items
            if item.submission
        ]
        for item in items:
            submission_id = item.submission.id if item.submission else None
            terms = {"group_id": batch.id, "name": item.name, "submission_id": submission_id}
            connection.execute(ADD_ITEM, terms | {"reasons": list(item.reasons)})
        enqueue(connection, run_ids)
        return batch.id, batch.content_sha256 or ""


def items(db: database.Database, batch_id: uuid.UUID) -> list[rows.BatchItem]:
    """A batch's uploads and what became of them, by name."""
    with db.transaction() as connection:
        items = connection.execute(ITEMS, {"id": batch_id}).fetchall()
    return [rows.batch_item(row, codec.report_or_none(row["report"])) for row in items]


def lines(db: database.Database, batch_id: uuid.UUID) -> Sequence[BatchLine]:
    """The same without reading whole reports."""
    with db.transaction() as connection:
        items = connection.execute(LINES, {"group_id": batch_id}).fetchall()
    return [_batch_line(row) for row in items]


def unknown(db: database.Database, batch_id: uuid.UUID, assignment: str) -> list[str]:
    """Names in a batch that are no student's of the course; none where it has no students."""
    values = {"group_id": batch_id, "assignment": assignment}
    with db.transaction() as connection:
        return [row["part"] for row in connection.execute(UNKNOWN, values)]


def _batch_line(row: rows.Row) -> BatchLine:
    numerator, denominator = row["maximum"].split("/")
    known = {"state": models.SubmissionState(row["state"]), "reasons": tuple(row["reasons"])}
    return BatchLine(**row | known | {"maximum": int(numerator) / int(denominator)})
