"""Statements about manual marks: those that count for submissions, another version, all versions.

Owns their SQL. Versions are only ever added; which mark counts is `carried`'s, what the points
sum to `scoring.final_score`'.
"""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import LiteralString

from grader.scoring import final_score
from grader.store import audit, carried, database, notices, rows, rubrics

CURRENT: LiteralString = (
    "WITH"
    + carried.counting_marks("s.id = ANY(%(ids)s)")
    + """
SELECT submission_id, task, version, points, items, comment, marked_by, marked_at, carried_from
  FROM counting_marks"""
)

HISTORY = """
SELECT submission_id, task, version, points, items, comment, marked_by, marked_at, reapplied_by
  FROM marks WHERE submission_id = %(id)s ORDER BY task, version DESC"""

# Two markers at once: the second waits here, and is then told that there is a newer version.
LOCK = """
SELECT assignment FROM submissions WHERE id = %(id)s FOR NO KEY UPDATE"""

# A statement of its own: one that waits for a lock still sees what was there when it began.
NEWEST = """
SELECT coalesce(max(version), 0) AS version
  FROM marks WHERE submission_id = %(id)s AND task = %(task)s"""

ADD = """
INSERT INTO marks (submission_id, task, version, points, items, comment, marked_by)
VALUES (%(id)s, %(task)s, %(version)s, %(points)s, %(items)s::jsonb, %(comment)s, %(who)s)"""


def current(
    db: database.Database, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[str, final_score.Mark]]:
    """Submission -> task -> the mark that counts, in one query; empty for those without any."""
    newest: dict[uuid.UUID, dict[str, final_score.Mark]] = {one: {} for one in ids}
    with db.transaction() as connection:
        for row in connection.execute(CURRENT, {"ids": list(ids)}):
            newest[row["submission_id"]][row["task"]] = mark(row)
    return newest


def history(db: database.Database, submission_id: uuid.UUID) -> list[final_score.Mark]:
    """Every version of every mark given to a submission itself, by task, newest first."""
    with db.transaction() as connection:
        return [mark(row) for row in connection.execute(HISTORY, {"id": submission_id})]


def put(
    db: database.Database,
    submission_id: uuid.UUID,
    new: rows.NewMark,
    who: str,
    expected: int | None = None,
    rubric: int | None = None,
) -> int | None:
    """Add a version of a mark.

    Args:
        expected: the version that the marker saw, 0 for none; None does not ask.
        rubric: the version of the rubric whose lines are ticked; None does not ask.

    Returns:
        Its number; None when somebody else has marked, or changed the rubric, meanwhile.
    """
    values = {"id": submission_id, "task": new.task, "comment": new.comment, "who": who}
    points = None if new.points is None else str(Decimal(str(float(new.points))))
    with db.transaction() as connection:
        held = connection.execute(LOCK, values).fetchone()
        seen = connection.execute(NEWEST, values).fetchone()
        assert held is not None  # the caller has found the submission
        assert seen is not None  # an aggregate always answers
        if expected is not None and seen["version"] != expected:
            return None
        held_rubric = rubrics.hold(connection, held["assignment"], new.task)
        if rubric is not None and held_rubric != rubric:
            return None
        version = int(seen["version"]) + 1
        terms = {"version": version, "points": points, "items": rubrics.json_of(new.items)}
        connection.execute(ADD, values | terms)
        notices.marked(connection, submission_id)
        said = "marked" if points is not None else "mark taken back"
        detail = {"task": new.task, "version": version, "points": points}
        where = {"assignment": held["assignment"], "subject": str(submission_id)}
        audit.note(connection, who, said, **where, detail=detail)
        return version


def mark(row: rows.Row) -> final_score.Mark:
    """A row of the marks table."""
    points = None if row["points"] is None else Fraction(str(row["points"]))
    known = {"items": rubrics.ticked(row), "points": points}
    return final_score.Mark(**{k: v for k, v in row.items() if k != "submission_id"} | known)
