"""The statement behind the gradebook: everybody on the roster with all their graded submissions.

Owns its SQL and the streaming: rows come by a cursor of the server's, so that a course of any size
needs the memory of one student. Which submission counts is `grader.course.gradebook`'s.
"""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import LiteralString

from grader import models
from grader.assignment import lateness, schedule
from grader.course import gradebook
from grader.scoring import final_score
from grader.store import attribution, carried, codec, database, people, rows

FETCHED_AT_ONCE = 200

# A student's work is also their team-mates'. Work that staff submitted under a label belongs to
# each student whose name, address or number is in it; without a label it is a trial. Nobody of that
# label on the roster: a line of its own.
BOOK: LiteralString = (
    "WITH"  # noqa: S608  # literals, no input
    + carried.counting_marks("s.assignment = %(assignment)s")
    + """,
graded AS (
    SELECT s.id, s.created_at, s.label, s.received, x.tasks, e.due AS extension,"""
    + attribution.CAN_BE_LATE
    + """ AS can_be_late,
           l.id AS owner_id
      FROM submissions s
      JOIN runs r ON r.id = s.current_run_id AND r.state = 'done'
      JOIN results x ON x.run_id = r.id
      LEFT JOIN LATERAL ("""
    + attribution.SENDERS
    + " UNION ALL ("
    + attribution.OWNERS
    + """)) l ON true
      LEFT JOIN extensions e ON e.assignment = s.assignment AND e.user_id = l.id
     WHERE s.assignment = %(assignment)s)
SELECT coalesce(p.name, g.label) AS login, coalesce(p.full_name, '') AS full_name,
       coalesce(p.email, '') AS email, coalesce(p.section, '') AS section,
       coalesce(p.sid, '') AS sid, coalesce(p.lms_id, '') AS lms_id,
       g.id, g.created_at, g.tasks, g.extension, g.can_be_late, g.received,
       c.submission_id AS chosen, c.by_staff, m.marks, q.user_id IS NOT NULL AS excused
  FROM (SELECT u.*, en.section, en.state FROM users u
          JOIN enrolments en ON en.user_id = u.id AND en.role = 'student'
         WHERE en.course ="""
    + people.HOME
    + """) p
  FULL JOIN graded g ON g.owner_id = p.id
  LEFT JOIN active_choices c ON c.assignment = %(assignment)s AND c.user_id = p.id
  LEFT JOIN excusals q ON q.assignment = %(assignment)s AND q.user_id = p.id
  LEFT JOIN (
       SELECT submission_id, jsonb_agg(jsonb_build_object(
                  'task', task, 'version', version, 'points', points::text,
                  'comment', comment)) AS marks
         FROM counting_marks GROUP BY submission_id) m ON m.submission_id = g.id
 WHERE CASE WHEN p.id IS NULL THEN g.label <> '' ELSE p.state = 'active' OR %(dropped)s END
 ORDER BY p.id IS NULL, login, g.created_at, g.id"""
)


# The reports that count; of a submission that vanished meanwhile there is none.
REPORTS = """
SELECT s.id, x.report::text AS report
  FROM submissions s JOIN results x ON x.run_id = s.current_run_id
 WHERE s.id = ANY(%(ids)s)"""


def reports_of(
    db: database.Database, ids: Sequence[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, models.Report]]:
    """Whole reports of graded submissions; one query, held open while it is read."""
    with db.transaction() as connection, connection.cursor(name="reports") as cursor:
        cursor.itersize = FETCHED_AT_ONCE
        cursor.execute(REPORTS, {"ids": list(ids)})
        for row in cursor:
            yield row["id"], codec.report(row["report"])


def rows_of(
    db: database.Database, assignment: str, *, dropped: bool = False
) -> Iterator[gradebook.Row]:
    """Everybody's graded submissions, sorted by person; one query, held open while it is read.

    Args:
        dropped: with those who have dropped the course.
    """
    with db.transaction() as connection, connection.cursor(name="gradebook") as cursor:
        cursor.itersize = FETCHED_AT_ONCE
        cursor.execute(BOOK, {"assignment": assignment, "dropped": dropped})
        for row in cursor:
            yield _row(row)


def _row(row: rows.Row) -> gradebook.Row:
    person = gradebook.Person(**{name: row[name] for name in gradebook.Person.__slots__})
    chosen = row["chosen"]
    choice = schedule.Choice(chosen, row["by_staff"]) if chosen else None
    return gradebook.Row(person, _graded(row) if row["id"] else None, choice, row["excused"])


def _graded(row: rows.Row) -> gradebook.Graded:
    return gradebook.Graded(
        id=row["id"],
        handed_in=row["created_at"],
        tasks=tuple(_task(task) for task in row["tasks"]),
        marks={mark["task"]: _mark(mark) for mark in row["marks"] or ()},
        extension=row["extension"],
        can_be_late=row["can_be_late"],
        received=lateness.Received(row["received"]),
    )


def _task(task: rows.Row) -> models.TaskScore:
    """A task as a report is stored: fractions are texts."""
    score = None if task["score"] is None else Fraction(task["score"])
    kind = models.TaskKind(task["kind"])
    return models.TaskScore(task["id"], task["title"], kind, score, Fraction(task["max_score"]))


def _mark(mark: rows.Row) -> final_score.Mark:
    points = None if mark["points"] is None else Fraction(mark["points"])
    long_ago = datetime.datetime.min  # a gradebook says neither who nor when
    return final_score.Mark(
        mark["task"], mark["version"], points, (), mark["comment"], "", long_ago
    )
