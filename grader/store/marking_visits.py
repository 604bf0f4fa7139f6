"""Statements about who has a submission open to mark it.

Owns the table `marking_visits`, which forgets after a day.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import LiteralString

from grader.store import database

OTHERS: LiteralString = """
SELECT u.name, u.full_name, v.seen_at
  FROM marking_visits v JOIN users u ON u.id = v.user_id
 WHERE v.submission_id = %(submission_id)s AND v.user_id <> %(user_id)s
   AND v.seen_at > now() - make_interval(secs => %(within_s)s)
 ORDER BY v.seen_at DESC, u.name"""

# The visitor's own row is not deleted by the statement that writes it.
OPENED: LiteralString = (
    """
WITH mine AS (
    INSERT INTO marking_visits (submission_id, user_id)
    SELECT id, %(user_id)s FROM submissions WHERE id = %(submission_id)s
    ON CONFLICT (submission_id, user_id) DO UPDATE SET seen_at = now()),
forgotten AS (
    DELETE FROM marking_visits
     WHERE seen_at < now() - interval '1 day'
       AND (submission_id, user_id) <> (%(submission_id)s, %(user_id)s))"""  # noqa: S608  # literals, no input
    + OTHERS
)


@dataclass(frozen=True, slots=True)
class MarkingVisit:
    """Somebody of staff who opened a submission to mark it, and when last."""

    name: str
    full_name: str
    seen_at: datetime.datetime


def others(
    db: database.Database,
    submission_id: uuid.UUID,
    user_id: int,
    within_s: float,
    *,
    opens: bool = False,
) -> list[MarkingVisit]:
    """Who else opened a submission in the last so many seconds, the latest first.

    Args:
        opens: whoever asks opens it now.
    """
    values = {"submission_id": submission_id, "user_id": user_id, "within_s": within_s}
    with db.transaction() as connection:
        found = connection.execute(OPENED if opens else OTHERS, values)
        return [MarkingVisit(**row) for row in found]
