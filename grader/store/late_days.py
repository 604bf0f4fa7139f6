"""Statements about late days: what staff changed, and the submissions that may spend some.

Owns their SQL. Where the days go is `grader.course.late_days`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, LiteralString

from grader.assignment import schedule
from grader.course import late_days
from grader.store import attribution, audit, carried, database

# Students' own uploads and their team-mates', of everybody or of some.
_ASKED: Final[LiteralString] = """
s.label = '' AND s.assignment = ANY(%(assignments)s)
   AND (%(user_ids)s::bigint[] IS NULL OR s.id IN (
        SELECT id FROM submissions WHERE user_id = ANY(%(user_ids)s) UNION ALL
        SELECT submission_id FROM submission_mates WHERE user_id = ANY(%(user_ids)s)))"""

# A team's work is each member's; what somebody is excused from spends nothing. Marks count as well
# where the best submission does.
WORKS: Final[LiteralString] = (
    "WITH"  # noqa: S608  # literals, no input
    + carried.counting_marks(_ASKED)
    + """
SELECT own.id AS user_id, s.assignment, s.id, s.created_at, e.due AS extension, x.score,
       coalesce(m.points, 0)::text AS marked, c.submission_id AS chosen, c.by_staff
  FROM submissions s
 CROSS JOIN LATERAL ("""
    + attribution.SENDERS
    + """) own
  JOIN enrolments en ON en.user_id = own.id AND en.role = 'student' AND en.state = 'active'
                    AND en.course = %(course)s
  JOIN runs r ON r.id = s.current_run_id AND r.state = 'done'
  JOIN results x ON x.run_id = r.id
  LEFT JOIN extensions e ON e.assignment = s.assignment AND e.user_id = own.id
  LEFT JOIN active_choices c ON c.assignment = s.assignment AND c.user_id = own.id
  LEFT JOIN (
       SELECT submission_id, sum(points) AS points FROM counting_marks
        GROUP BY submission_id) m ON m.submission_id = s.id
 WHERE (%(user_ids)s::bigint[] IS NULL OR own.id = ANY(%(user_ids)s))
   AND NOT EXISTS (SELECT FROM excusals q
                    WHERE q.assignment = s.assignment AND q.user_id = own.id) AND"""
    + _ASKED
)

STUDENTS = """
SELECT u.id, u.name, coalesce(sum(d.days), 0)::integer AS changed
  FROM users u
  JOIN enrolments en ON en.user_id = u.id AND en.role = 'student' AND en.state = 'active'
                    AND en.course = %(course)s
  LEFT JOIN late_day_changes d ON d.user_id = u.id AND d.course = %(course)s
 WHERE (%(user_ids)s::bigint[] IS NULL OR u.id = ANY(%(user_ids)s))
 GROUP BY u.id ORDER BY u.name"""

CHANGE = """
INSERT INTO late_day_changes (user_id, days, reason, changed_by, course)
SELECT u.id, %(days)s, %(reason)s, %(who)s, en.course
  FROM users u JOIN enrolments en ON en.user_id = u.id
 WHERE u.name = %(student)s AND en.course = %(course)s
   AND en.role = 'student' AND en.state = 'active'
RETURNING user_id"""


@dataclass(slots=True)
class TermWork:
    """A student's term: what staff changed, and by homework the works and the choice.

    Attributes:
        name: the login.
        changed: days given, or taken where it is negative.
    """

    name: str
    changed: int
    works: dict[str, list[late_days.TimedWork]] = field(default_factory=dict)
    choices: dict[str, schedule.Choice] = field(default_factory=dict)


def terms(
    db: database.Database,
    course: str,
    assignments: Sequence[str],
    user_ids: Sequence[int] | None = None,
) -> dict[int, TermWork]:
    """User -> their term in a course, by login; of everybody or of some; two queries."""
    values = {"user_ids": None if user_ids is None else list(user_ids), "course": course}
    with db.transaction() as connection:
        students = connection.execute(STUDENTS, values).fetchall()
        found = {row["id"]: TermWork(row["name"], row["changed"]) for row in students}
        for row in connection.execute(WORKS, values | {"assignments": list(assignments)}):
            term, slug = found[row["user_id"]], row["assignment"]
            points = Fraction(row["score"] or 0) + Fraction(row["marked"])
            work = late_days.TimedWork(row["id"], row["created_at"], row["extension"], points)
            term.works.setdefault(slug, []).append(work)
            if row["chosen"]:
                term.choices[slug] = schedule.Choice(row["chosen"], row["by_staff"])
    return found


def change(
    db: database.Database, course: str, student: str, days: int, reason: str, who: str
) -> int | None:
    """Give a student late days, or take some; the user's number, None when there is no such one."""
    with db.transaction() as connection:
        values = {"student": student, "days": days, "reason": reason, "who": who, "course": course}
        row = database.fetch_one(connection, CHANGE, **values)
        if row is None:
            return None
        detail = {"days": days, "reason": reason}
        audit.note(
            connection, who, "late days changed", subject=student, detail=detail, course=course
        )
        return int(row["user_id"])
