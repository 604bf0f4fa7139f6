"""Statements behind the lists that staff look through: submissions, batches, regrades, one upload.

Owns sorting, filtering and paging of lists. Whether somebody may look is decided by the caller.
"""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from grader import models
from grader.store import database, rows

PAGE = 50  # lines of one page

# What a list may be sorted by; literals of ours, as a statement's order cannot be a parameter.
ORDERS: Mapping[str, LiteralString] = {
    "when": "s.created_at",
    "student": "student",
    "state": "r.state",
    "points": "x.points",
    "time": "run_s",
}

_LIST: LiteralString = """
SELECT s.id, coalesce(nullif(s.label, ''), u.name) AS student, u.role, s.label, s.created_at,
       r.state, r.number AS runs, x.points, coalesce(x.report ->> 'max_score', '0/1') AS maximum,
       extract(epoch FROM r.finished_at - r.started_at)::double precision AS run_s,
       count(*) OVER () AS total
  FROM submissions s
  JOIN users u ON u.id = s.user_id
  JOIN runs r ON r.id = s.current_run_id
  LEFT JOIN results x ON x.run_id = r.id
 WHERE s.assignment = %(assignment)s
   AND (%(state)s = '' OR r.state = %(state)s)
   AND (%(student)s = '' OR coalesce(nullif(s.label, ''), u.name) ILIKE %(like)s)
 ORDER BY """

GROUPS = """
SELECT g.id, g.kind, g.assignment, g.which, g.reason, g.state, g.created_at, u.name AS who,
       (SELECT count(*) FROM runs r WHERE r.group_id = g.id) AS runs,
       (SELECT count(*) FROM runs r WHERE r.group_id = g.id
           AND r.state IN ('queued', 'held', 'running')) AS open_runs
  FROM run_groups g JOIN users u ON u.id = g.user_id
 WHERE (%(assignment)s = '' OR g.assignment = %(assignment)s)
   AND (%(kind)s = '' OR g.kind = %(kind)s)
   AND (NOT %(open)s OR g.state IN ('open', 'paused'))
 ORDER BY g.created_at DESC LIMIT %(most)s"""

MOVES = """
SELECT to_state, moved_by, moved_why, at FROM group_moves
 WHERE group_id = %(group_id)s ORDER BY id"""

UPLOAD = """
SELECT s.upload_sha256, s.assignment, coalesce(nullif(s.label, ''), u.name) AS student,
       s.created_at
  FROM submissions s JOIN users u ON u.id = s.user_id
 WHERE s.id = %(id)s AND (s.user_id = %(user_id)s OR %(sees_all)s)"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is asked for.

    Attributes:
        order: a key of `ORDERS`; anything else means the default.
        student: part of a name; empty for all.
        page: from 1.
    """

    order: str = "when"
    descending: bool = True
    state: str = ""
    student: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
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
class Lines:
    """One page of a list, and how many lines there are on all pages."""

    lines: tuple[Line, ...]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A batch or regrade as a line of a list."""

    id: uuid.UUID
    kind: str
    assignment: str
    which: str
    reason: str
    state: models.GroupState
    created_at: datetime.datetime
    who: str
    runs: int
    open_runs: int


@dataclass(frozen=True, slots=True)
class Move:
    """An entry of the audit log of a batch or regrade."""

    to_state: models.GroupState
    moved_by: str
    moved_why: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a submission's upload lies, and what to call it."""

    upload_sha256: str
    assignment: str
    student: str
    created_at: datetime.datetime


def submissions(db: database.Database, assignment: str, wanted: Wanted) -> Lines:
    """A page of an assignment's submissions; one query."""
    like = "%" + wanted.student.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    values = {
        "assignment": assignment,
        "state": wanted.state,
        "student": wanted.student,
        "like": like,
        "offset": (max(wanted.page, 1) - 1) * PAGE,
        "limit": PAGE,
    }
    with db.transaction() as connection:
        found = connection.execute(_sorted(wanted), values).fetchall()
    total = found[0]["total"] if found else 0
    return Lines(tuple(_line(row) for row in found), total)


def groups(
    db: database.Database, assignment: str = "", kind: str = "", *, open_only: bool = False
) -> Sequence[GroupLine]:
    """The newest batches and regrades, of all assignments unless one is named."""
    values = {"assignment": assignment, "kind": kind, "open": open_only, "most": PAGE}
    with db.transaction() as connection:
        found = connection.execute(GROUPS, values).fetchall()
    return [GroupLine(**row | {"state": models.GroupState(row["state"])}) for row in found]


def moves(db: database.Database, group_id: uuid.UUID) -> Sequence[Move]:
    """Who did what to a batch or regrade, and why, in order."""
    with db.transaction() as connection:
        found = connection.execute(MOVES, {"group_id": group_id}).fetchall()
    return [Move(**row | {"to_state": models.GroupState(row["to_state"])}) for row in found]


def upload(db: database.Database, submission_id: uuid.UUID, viewer: rows.User) -> Upload | None:
    """A submission's upload, if the viewer may have it."""
    values = {"user_id": viewer.id, "sees_all": viewer.sees_all}
    row = db.one(UPLOAD, id=submission_id, **values)
    return Upload(**row) if row else None


def _sorted(wanted: Wanted) -> LiteralString:
    by = ORDERS.get(wanted.order, ORDERS["when"])
    way: LiteralString = " DESC" if wanted.descending else " ASC"
    return _LIST + by + way + " NULLS LAST, s.id LIMIT %(limit)s OFFSET %(offset)s"


def _line(row: rows.Row) -> Line:
    numerator, denominator = row["maximum"].split("/")
    known = {name: row[name] for name in Line.__slots__}
    kinds = {"role": models.Role(row["role"]), "state": models.SubmissionState(row["state"])}
    return Line(**known | kinds | {"maximum": int(numerator) / int(denominator)})
