"""Statements about what waits for the staff: failed gradings, marks to give, regrades to decide.

Owns counting only; how long the numbers are kept is `grader.service.waiting`'s.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.store import database

FAILED = """
SELECT s.assignment, count(*)::integer AS n
  FROM runs r JOIN submissions s ON s.current_run_id = r.id
 WHERE r.state = 'failed' GROUP BY s.assignment"""

# Each student's latest graded submission; one mark that is missing is enough.
UNMARKED = """
SELECT w.assignment, count(*)::integer AS n
  FROM (SELECT DISTINCT ON (s.assignment, s.user_id, s.label) s.id, s.assignment
          FROM submissions s JOIN runs r ON r.id = s.current_run_id AND r.state = 'done'
          JOIN users u ON u.id = s.user_id
         WHERE s.assignment = ANY(%(assignments)s) AND (u.role = 'student' OR s.label <> '')
         ORDER BY s.assignment, s.user_id, s.label, s.created_at DESC) w
 WHERE EXISTS (
       SELECT FROM unnest(%(assignments)s::text[], %(tasks)s::text[]) AS t (assignment, task)
        WHERE t.assignment = w.assignment
          AND (SELECT m.points FROM marks m WHERE m.submission_id = w.id AND m.task = t.task
                ORDER BY m.version DESC LIMIT 1) IS NULL)
 GROUP BY w.assignment"""

# The newest submission shows file and line of the mistake.
FAULTY = """
SELECT DISTINCT ON (s.assignment) s.assignment, s.id
  FROM results x JOIN submissions s ON s.current_run_id = x.run_id
 WHERE x.has_test_faults ORDER BY s.assignment, s.created_at DESC"""

UNDECIDED = """
SELECT g.assignment, count(*)::integer AS n FROM run_groups g
 WHERE g.kind = 'regrade' AND g.state = 'open'
   AND NOT EXISTS (SELECT FROM runs r
                    WHERE r.group_id = g.id AND r.state IN ('queued', 'held', 'running'))
   AND EXISTS (SELECT FROM regrade_items i WHERE i.group_id = g.id AND NOT i.taken)
 GROUP BY g.assignment"""


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """What waits, by homework.

    Attributes:
        failed: gradings that failed for good.
        faulty: a submission in whose report a test has a mistake of ours.
        unmarked: submissions that lack a mark.
        undecided: regrades that have ended and are neither applied nor cancelled.
    """

    failed: Mapping[str, int]
    faulty: Mapping[str, uuid.UUID]
    unmarked: Mapping[str, int]
    undecided: Mapping[str, int]


def work(db: database.Database, manual_tasks: Sequence[tuple[str, str]]) -> WaitingWork:
    """What waits for the staff.

    Args:
        manual_tasks: homework and task, of all that are marked by hand.
    """
    values = {
        "assignments": [slug for slug, _ in manual_tasks],
        "tasks": [task for _, task in manual_tasks],
    }
    with db.transaction() as connection:
        found = {
            query: connection.execute(query, values).fetchall()
            for query in (FAILED, UNMARKED, UNDECIDED)
        }
        faulty = connection.execute(FAULTY).fetchall()
    failed, unmarked, undecided = (
        {row["assignment"]: row["n"] for row in lines} for lines in found.values()
    )
    return WaitingWork(failed, {r["assignment"]: r["id"] for r in faulty}, unmarked, undecided)
