"""Statements about what waits for the staff: failed gradings, requests, regrades to decide on.

Owns counting only; how long the numbers are kept is `grader.service.waiting`'s.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from grader.store import database

FAILED = """
SELECT s.assignment, count(*)::integer AS n
  FROM runs r JOIN submissions s ON s.current_run_id = r.id
 WHERE r.state = 'failed' GROUP BY s.assignment"""

REQUESTS = """
SELECT s.assignment, count(*)::integer AS n
  FROM regrade_requests r JOIN submissions s ON s.id = r.submission_id
 WHERE r.state = 'open' GROUP BY s.assignment"""

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
        requests: requests for a regrade that nobody has answered.
        undecided: regrades that have ended and are neither applied nor cancelled.
    """

    failed: Mapping[str, int]
    faulty: Mapping[str, uuid.UUID]
    requests: Mapping[str, int]
    undecided: Mapping[str, int]


def work(db: database.Database) -> WaitingWork:
    """What waits for the staff."""
    with db.transaction() as connection:
        failed, requests, undecided = (
            {row["assignment"]: row["n"] for row in connection.execute(query)}
            for query in (FAILED, REQUESTS, UNDECIDED)
        )
        faulty = {row["assignment"]: row["id"] for row in connection.execute(FAULTY)}
    return WaitingWork(failed, faulty, requests, undecided)
