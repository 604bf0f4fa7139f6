"""The statement behind the download of a homework's submissions.

Owns its SQL; which of them somebody wants is `service.all_submissions`'s.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Final, LiteralString

from grader import models
from grader.store import attribution, database, people

# Of students, and what staff submitted for somebody; what staff tried out is not there.
LISTED: Final[LiteralString] = (
    """
SELECT s.id, """
    + attribution.SHOWN
    + """ AS student,
       CASE WHEN"""
    + attribution.IS_SHARED
    + """ THEN '' ELSE u.full_name END AS full_name,
       s.label <> '' AS by_staff, s.created_at, s.upload_sha256, r.state, r.version, x.score
  FROM submissions s
  JOIN users u ON u.id = s.user_id
  JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE s.assignment = %(assignment)s
   AND (s.label <> '' OR EXISTS (SELECT FROM enrolments en
                                  WHERE en.user_id = s.user_id AND en.role = 'student'
                                    AND en.course ="""  # literals, no input
    + people.HOME
    + ") OR"
    + attribution.IS_SHARED
    + """)
 ORDER BY student, s.created_at, s.id"""
)


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission and where its upload lies; `score` is of its tests, as a fraction.

    `version` is of the homework, by which it was graded.
    """

    id: uuid.UUID
    student: str
    full_name: str
    by_staff: bool
    created_at: datetime.datetime
    upload_sha256: str
    state: models.SubmissionState
    version: int | None
    score: str | None


def listed(db: database.Database, assignment: str) -> list[StoredSubmission]:
    """All submissions of a homework, by student, oldest first."""
    with db.transaction() as connection:
        return [
            StoredSubmission(**row | {"state": models.SubmissionState(row["state"])})
            for row in connection.execute(LISTED, {"assignment": assignment})
        ]
