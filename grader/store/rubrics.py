"""Statements about rubrics that staff changed, and about the marks that follow them.

Owns the table `rubrics`. What a change does to a mark is `grader.course.rubrics`'s; who may change
a rubric, and what a line may be, `grader.service.rubrics`'.

Theory of operation
    A mark ticks lines of a rubric, so the two are changed one after the other: a change holds a
    lock that each mark of the task shares (`hold`), and a mark that was made from an older version
    of the rubric is not stored.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import LiteralString

from grader import models
from grader.course import rubrics
from grader.scoring import final_score
from grader.store import attribution, audit, database, notices, rows

NEWEST = """
SELECT DISTINCT ON (task) task, version, items, own, changed_by, changed_at
  FROM rubrics WHERE assignment = %(assignment)s ORDER BY task, version DESC"""

VERSION = """
SELECT coalesce(max(version), 0) AS version
  FROM rubrics WHERE assignment = %(assignment)s AND task = %(task)s"""

ADD = """
INSERT INTO rubrics (assignment, task, version, items, own, changed_by)
VALUES (%(assignment)s, %(task)s, %(version)s, %(items)s::jsonb, %(own)s::jsonb, %(who)s)"""

LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(%(assignment)s || ' ' || %(task)s, 90))"""
SHARE = """
SELECT pg_advisory_xact_lock_shared(hashtextextended(%(assignment)s || ' ' || %(task)s, 90))"""

MARKS: LiteralString = (
    """
SELECT DISTINCT ON (m.submission_id) m.submission_id, m.task, m.version, m.points, m.items,
       m.comment, m.marked_by, m.marked_at, """
    + attribution.SHOWN
    + """ AS student
  FROM marks m
  JOIN submissions s ON s.id = m.submission_id
  JOIN users u ON u.id = s.user_id
 WHERE s.assignment = %(assignment)s AND m.task = %(task)s
 ORDER BY m.submission_id, m.version DESC"""
)

REAPPLY = """
INSERT INTO marks (submission_id, task, version, points, items, comment, marked_by, marked_at,
                   reapplied_by)
VALUES (%(submission_id)s, %(task)s, %(version)s, %(points)s, %(items)s::jsonb, %(comment)s,
        %(marked_by)s, %(marked_at)s, %(who)s)"""


@dataclass(frozen=True, slots=True)
class StoredRubric:
    """A rubric as staff changed it last.

    Attributes:
        own: the homework's at that time; None where that is not known.
    """

    task: str
    version: int
    items: tuple[models.TickedItem, ...]
    own: tuple[models.TickedItem, ...] | None
    changed_by: str
    changed_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class NewRubric:
    """A rubric that is to be.

    Attributes:
        old: the texts of the one that it replaces.
        most: the task's points.
        seen: the version that was changed, 0 for the homework's own.
        own: the homework's own.
    """

    assignment: str
    task: str
    lines: Sequence[rubrics.ChangedLine]
    old: frozenset[str]
    most: Fraction
    seen: int
    own: Sequence[models.TickedItem]


def newest(db: database.Database, assignment: str) -> dict[str, StoredRubric]:
    """Task -> its rubric as it was changed last; only where it was changed."""
    with db.transaction() as connection:
        found = connection.execute(NEWEST, {"assignment": assignment})
        return {row["task"]: _stored(row) for row in found}


def hold(connection: database.Connection, assignment: str, task: str) -> int:
    """Keep a task's rubric as it is until the transaction ends; its version."""
    where = {"assignment": assignment, "task": task}
    connection.execute(SHARE, where)
    return _version(connection, where)


def changes(db: database.Database, new: NewRubric) -> list[rubrics.MarkChange] | None:
    """What a change would do to the marks; None when somebody has changed the rubric meanwhile."""
    with db.transaction() as connection:
        where = {"assignment": new.assignment, "task": new.task}
        if _version(connection, where) != new.seen:
            return None
        return [_change(*one, new) for one in _affected(connection, where, new)]


def change(db: database.Database, new: NewRubric, who: str) -> list[rubrics.MarkChange] | None:
    """Change a rubric and every mark that ticks a line of it; what changed, None as above."""
    with db.transaction() as connection:
        where = {"assignment": new.assignment, "task": new.task}
        connection.execute(LOCK, where)
        version = _version(connection, where)
        if version != new.seen:
            return None
        items = json_of(models.TickedItem(line.text, line.points) for line in new.lines)
        terms = {"version": version + 1, "items": items, "own": json_of(new.own), "who": who}
        connection.execute(ADD, where | terms)
        done = []
        for row, before, after in _affected(connection, where, new):
            connection.execute(REAPPLY, _values(row, after, who))
            done.append(_change(row, before, after, new))
            if done[-1].before != done[-1].after:
                notices.marked(connection, row["submission_id"])
        _note(connection, new, version + 1, done, who)
        return done


def ticked(row: rows.Row) -> tuple[models.TickedItem, ...]:
    """The lines of a row of rubrics or marks."""
    return _items(row["items"])


def json_of(items: Iterable[models.TickedItem]) -> str:
    """The stored form of lines."""
    return json.dumps([{"text": item.text, "points": float(item.points)} for item in items])


def _stored(row: rows.Row) -> StoredRubric:
    own = None if row["own"] is None else _items(row["own"])
    return StoredRubric(**row | {"items": ticked(row), "own": own})


def _items(stored: Sequence[rows.Row]) -> tuple[models.TickedItem, ...]:
    return tuple(models.TickedItem(i["text"], Fraction(str(i["points"]))) for i in stored)


def _version(connection: database.Connection, where: rows.Row) -> int:
    row = database.fetch_one(connection, VERSION, **where)
    assert row is not None  # an aggregate always answers
    return int(row["version"])


def _affected(
    connection: database.Connection, where: rows.Row, new: NewRubric
) -> Iterator[tuple[rows.Row, final_score.Mark, final_score.Mark]]:
    """Rows of the marks that change, each before and after."""
    for row in connection.execute(MARKS, where).fetchall():
        known = {name: row[name] for name in ("task", "version", "comment")}
        by = {name: row[name] for name in ("marked_by", "marked_at")}
        points = None if row["points"] is None else Fraction(str(row["points"]))
        mark = final_score.Mark(**known, **by, points=points, items=ticked(row))
        after = rubrics.reapplied(mark, new.old, new.lines, new.most)
        if after != mark:
            yield row, mark, after


def _change(
    row: rows.Row, before: final_score.Mark, after: final_score.Mark, new: NewRubric
) -> rubrics.MarkChange:
    assert before.points is not None  # such a mark does not change
    assert after.points is not None
    by_hand = rubrics.is_by_hand(before, new.most)
    return rubrics.MarkChange(
        row["submission_id"], row["student"], before.points, after.points, by_hand
    )


def _values(row: rows.Row, after: final_score.Mark, who: str) -> rows.Row:
    assert after.points is not None
    return row | {
        "version": after.version + 1,
        "points": str(Decimal(str(float(after.points)))),
        "items": json_of(after.items),
        "who": who,
    }


def _note(
    connection: database.Connection,
    new: NewRubric,
    version: int,
    done: Sequence[rubrics.MarkChange],
    who: str,
) -> None:
    lines = [{"text": line.text, "points": float(line.points)} for line in new.lines]
    moved = sum(one.before != one.after for one in done)
    detail = {"version": version, "rubric": lines, "marks": len(done), "points changed": moved}
    audit.note(
        connection,
        who,
        "rubric changed",
        assignment=new.assignment,
        subject=f"task {new.task}",
        detail=detail,
    )
