"""Statements about the marks of a regrade's submissions: which count with which result.

Owns their SQL. Which marks count in a report is `scoring.final_score`'s, said here once more for
all submissions of a regrade in one query.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from grader import models
from grader.scoring import marks_in_words
from grader.store import carried, database

# A task that a report lacks is as the rubric has it now.
COUNTS: LiteralString = (
    "WITH"  # noqa: S608  # literals, no input
    + carried.counting_marks(
        "s.id IN (SELECT submission_id FROM regrade_items WHERE group_id = %(group_id)s)"
    )
    + """,
kinds AS (
    SELECT m.task = ANY(%(tasks)s) AS known, m.task = ANY(%(manual)s) AS by_hand,
           (SELECT t.kind FROM jsonb_to_recordset(o.tasks) AS t (id text, kind text)
             WHERE t.id = m.task) AS old,
           (SELECT t.kind FROM jsonb_to_recordset(x.tasks) AS t (id text, kind text)
             WHERE t.id = m.task) AS new
      FROM counting_marks m
      JOIN regrade_items i ON i.submission_id = m.submission_id AND i.group_id = %(group_id)s
      JOIN results x ON x.run_id = i.new_run_id
      LEFT JOIN results o ON o.run_id = i.old_run_id
     WHERE m.points IS NOT NULL),
marks AS (
    SELECT known, known AND coalesce(old = 'manual', by_hand) AS before,
           known AND coalesce(new = 'manual', by_hand) AS after FROM kinds)
SELECT count(*) FILTER (WHERE before AND after) AS kept,
       count(*) FILTER (WHERE before AND NOT after) AS lost,
       count(*) FILTER (WHERE after AND NOT before) AS gained,
       count(*) FILTER (WHERE NOT known) AS gone
  FROM marks"""
)


@dataclass(frozen=True, slots=True)
class RegradedMarks:
    """How many marks of a regrade's submissions count.

    Attributes:
        kept: with the old result and with the new one.
        lost, gained: only with the old one, only with the new one.
        gone: with neither, because the homework has their task no longer.
    """

    kept: int
    lost: int
    gained: int
    gone: int

    @property
    def in_words(self) -> tuple[str, ...]:
        """What becomes of them; nothing where there are none."""
        return marks_in_words.sentences(self.kept, self.lost, self.gained, self.gone)


def count(
    db: database.Database, regrade_id: uuid.UUID, rubric: Sequence[models.TaskScore]
) -> RegradedMarks:
    """How many marks count with the old results, and with the new ones.

    Args:
        rubric: the homework's tasks as they are now.
    """
    manual = [task.id for task in rubric if task.kind is models.TaskKind.MANUAL]
    values = {"tasks": [task.id for task in rubric], "manual": manual}
    row = db.one(COUNTS, group_id=regrade_id, **values)
    assert row is not None  # an aggregate always answers
    return RegradedMarks(**row)
