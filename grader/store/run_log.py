"""Statements that read all that is known of a submission's runs, for staff who look for a fault.

Owns their SQL; how it is written down is `service.run_log`'s.
"""

import datetime
import uuid
from dataclasses import dataclass

from grader.store import database

LINES = """
SELECT at, number, attempt, kind, said FROM (
    SELECT m.at, r.number, m.attempt, m.to_state AS kind, m.moved_by || ': ' || m.moved_why AS said,
           m.id AS place, 0 AS part
      FROM run_moves m JOIN runs r ON r.id = m.run_id WHERE r.submission_id = %(id)s
    UNION ALL
    SELECT e.at, r.number, e.attempt, e.kind, e.data::text, e.id, 1
      FROM run_events e JOIN runs r ON r.id = e.run_id
     WHERE r.submission_id = %(id)s AND e.kind <> 'state') line
 ORDER BY number, at, part, place"""

REPORTS = """
SELECT r.id AS run_id, r.number, r.version, r.reasons, x.report::text AS report
  FROM runs r LEFT JOIN results x ON x.run_id = r.id
 WHERE r.submission_id = %(id)s ORDER BY r.number"""


@dataclass(frozen=True, slots=True)
class RunLogLine:
    """Something that happened to a run; `said` is JSON for events."""

    at: datetime.datetime
    number: int
    attempt: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: reasons without a report, or the report as it is stored."""

    run_id: int
    number: int
    version: int | None
    reasons: tuple[str, ...]
    report: str | None


def lines(db: database.Database, submission_id: uuid.UUID) -> list[RunLogLine]:
    """What happened to the runs of a submission, in order."""
    with db.transaction() as connection:
        return [RunLogLine(**row) for row in connection.execute(LINES, {"id": submission_id})]


def outcomes(db: database.Database, submission_id: uuid.UUID) -> list[RunOutcome]:
    """How each run of a submission ended."""
    with db.transaction() as connection:
        found = connection.execute(REPORTS, {"id": submission_id})
        return [RunOutcome(**row | {"reasons": tuple(row["reasons"])}) for row in found]
