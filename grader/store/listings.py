"""Statements behind the list of submissions that staff look through, and of one upload.

Owns sorting, filtering and paging of lists. Whether somebody may look is decided by the caller.
"""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from grader import models
from grader.course import permissions
from grader.store import attribution, database, people, rows

PAGE = 50  # lines of one page

# What a list may be sorted by; literals of ours, as a statement's order cannot be a parameter.
ORDERS: Mapping[str, LiteralString] = {
    "when": "s.created_at",
    "student": "student",
    "state": "r.state",
    "points": "x.points",
    "time": "run_s",
}

_LIST: LiteralString = (
    "WITH "  # literals, no input
    + attribution.KNOWN
    + """
SELECT s.id, coalesce(known.login,"""
    + attribution.SHOWN
    + """) AS student, s.label,
       CASE WHEN u.admin THEN 'admin' ELSE coalesce(en.role, 'student') END AS role, s.created_at,
       r.state, r.number AS runs, x.points, coalesce(x.report ->> 'max_score', '0/1') AS maximum,
       extract(epoch FROM r.finished_at - r.started_at)::double precision AS run_s,
       count(*) OVER () AS total
  FROM submissions s
  JOIN users u ON u.id = s.user_id
  JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id"""
    + attribution.JOINED
    + """
 WHERE s.assignment = %(assignment)s
   AND (%(state)s = '' OR r.state = %(state)s)
   AND (%(student)s = '' OR s.label ILIKE %(like)s
        OR coalesce(known.login,"""
    + attribution.SHOWN
    + """) ILIKE %(like)s)
   AND (%(dropped)s OR coalesce(known.active, s.label <> '' OR en.role <> 'student'
                                              OR en.state = 'active', true) OR"""
    + attribution.HAS_ACTIVE_MATE
    + """)
 ORDER BY """
)


UPLOAD: LiteralString = (
    """
SELECT s.upload_sha256, s.assignment, """
    + attribution.SHOWN
    + """ AS student,
       s.created_at, r.state <> 'superseded' AS kept
  FROM submissions s JOIN users u ON u.id = s.user_id JOIN runs r ON r.id = s.current_run_id
 WHERE s.id = %(id)s AND (%(sees_all)s OR"""  # literals, no input
    + attribution.IS_OWN
    + """)
   AND (%(course)s = '' OR %(course)s ="""  # literals, no input
    + people.COURSE
    + ")"
)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of a list is asked for.

    Attributes:
        order: a key of `ORDERS`; anything else means the default.
        student: part of a name; empty for all.
        page: from 1.
        dropped: also work of those who have dropped the course.
    """

    order: str = "when"
    descending: bool = True
    state: str = ""
    student: str = ""
    page: int = 1
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class SubmissionLine:
    """A submission as staff see it in a list.

    Attributes:
        student: whose work it is; in a batch by its label.
        runs: number of the run that counts; more than 1 after a regrade.
        run_s: seconds of its grading, None where it has not ended or was answered at once.
    """

    id: uuid.UUID
    student: str
    role: models.Role
    label: str
    created_at: datetime.datetime
    state: models.SubmissionState
    runs: int
    points: float | None
    maximum: float
    run_s: float | None


@dataclass(frozen=True, slots=True)
class SubmissionList:
    """One page of a list, and how many lines there are on all pages."""

    lines: tuple[SubmissionLine, ...]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a submission's upload lies, and what to call it.

    Attributes:
        kept: the bytes are there; they go when a newer upload took the place of this one.
    """

    upload_sha256: str
    assignment: str
    student: str
    created_at: datetime.datetime
    kept: bool = True


def submissions(db: database.Database, assignment: str, query: ListQuery) -> SubmissionList:
    """A page of an assignment's submissions; one query."""
    like = "%" + query.student.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    values = {
        "assignment": assignment,
        "state": query.state,
        "student": query.student,
        "like": like,
        "dropped": query.dropped,
        "offset": (max(query.page, 1) - 1) * PAGE,
        "limit": PAGE,
    }
    with db.transaction() as connection:
        lines = connection.execute(_sorted(query), values).fetchall()
    total = lines[0]["total"] if lines else 0
    return SubmissionList(tuple(_line(row) for row in lines), total)


def upload(db: database.Database, submission_id: uuid.UUID, viewer: rows.User) -> Upload | None:
    """A submission's upload, if the viewer may have it."""
    sees_all = permissions.is_staff(viewer.role)
    values = {"user_id": viewer.id, "sees_all": sees_all, "course": viewer.course}
    row = db.one(UPLOAD, id=submission_id, **values)
    return Upload(**row) if row else None


def _sorted(query: ListQuery) -> LiteralString:
    by = ORDERS.get(query.order, ORDERS["when"])
    way: LiteralString = " DESC" if query.descending else " ASC"
    return _LIST + by + way + " NULLS LAST, s.id LIMIT %(limit)s OFFSET %(offset)s"


def _line(row: rows.Row) -> SubmissionLine:
    numerator, denominator = row["maximum"].split("/")
    known = {name: row[name] for name in SubmissionLine.__slots__}
    kinds = {"role": models.Role(row["role"]), "state": models.SubmissionState(row["state"])}
    return SubmissionLine(**known | kinds | {"maximum": int(numerator) / int(denominator)})
