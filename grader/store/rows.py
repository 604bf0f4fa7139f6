"""The frozen values that rows become: the one place that knows columns by name.

Owns no SQL and no rule; times are aware datetimes, durations seconds.
"""

import datetime
import uuid
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from grader import models
from grader.assignment import lateness
from grader.course import memberships
from grader.store import run_states

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """A person or a machine that may call the service.

    Attributes:
        role: in `course`; an administrator's everywhere.
        scope: of the token that they call with.
        expires_at: when that token ends; None is never.
        course: what they do and see is in this one; empty where no course is asked about.
        member: of which courses, and as what.
    """

    id: int
    name: str
    role: models.Role
    scope: models.Scope = models.Scope.ALL
    expires_at: datetime.datetime | None = None
    course: str = field(default="", compare=False)
    member: memberships.Memberships = field(default=memberships.NOWHERE, compare=False)

    @property
    def title(self) -> str:
        """Who did something, for the audit log."""
        return f"{self.role} {self.name}"

    def within(self, course: str) -> "User | None":
        """The same person with their role in a course; None where they have none."""
        role = self.member.role_in(course)
        return replace(self, role=role, course=course) if role else None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token about to be issued.

    Attributes:
        days: until it expires, 0 for never.
        course: it opens this one alone; None opens all of its owner's.
    """

    sha256: bytes
    scope: models.Scope = models.Scope.ALL
    days: float = 0
    label: str = ""
    course: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is stored: without itself."""

    id: int
    scope: models.Scope
    label: str
    course: str | None
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A student's own due date and why, attempts since a time, why they are excused if they are."""

    extension: datetime.datetime | None
    reason: str
    attempts: int
    excused: str | None


@dataclass(frozen=True, slots=True)
class Extension:
    """One student's own due date."""

    student: str
    due: datetime.datetime
    reason: str
    granted_by: str
    granted_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class NewMark:
    """A mark for a manual task; see `final_score.Mark`."""

    task: str
    points: Fraction | None
    items: tuple[models.TickedItem, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit log: who did what, about whom or what."""

    id: int
    at: datetime.datetime
    actor: str
    action: str
    assignment: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many uploads are taken between two times, from one day to the next."""

    most: int
    since: datetime.datetime
    until: datetime.datetime


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """An upload about to be accepted.

    Attributes:
        upload_sha256: name of its blob.
        content_sha256: hash of what was sent, before packing; repeats are compared by it.
        one_at_a_time: it takes the place of what the same user has waiting for this assignment,
            and waits for what is running.
        label: whose work it is, when staff hand it in for others.
        allowance: refuse it when more were submitted; None takes any number.
        submitted_at: the moment that counts; None is that of storing it.
        received: where it came in.
        writeup_sha256: hash of what a person reads and marks; everything that was sent, if empty.
        in_team: it is also the work of those who are in the sender's team now.
        notes: what intake has to say of its files.
    """

    id: uuid.UUID
    user_id: int
    assignment: str
    upload_sha256: str
    upload_bytes: int
    content_sha256: str
    idempotency_key: str | None = None
    one_at_a_time: bool = False
    label: str = ""
    allowance: Allowance | None = None
    submitted_at: datetime.datetime | None = None
    received: lateness.Received = lateness.Received.HERE
    writeup_sha256: str = ""
    in_team: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission with its newest run.

    Attributes:
        position: 1 is the next to start; 0 once it has started.
        tests_total: None until the suite is collected.
        reasons: why it was refused (for the student) or failed (for staff).
        extension: its student's own due date.
        can_be_late: its time is known: a student submitted it, here or in another system.
        version: of the homework, by which its newest run was graded; None where none is kept.
        owners: whose work it is: its sender's and their team's, or that of the students whom a
            batch names. A student who reads it comes first.
        mates: those of them who were in the sender's team.
        team: the team's logins; empty of somebody who submitted alone.
        notes: on its files, as far as its newest run knows them; the report has all.
    """

    id: uuid.UUID
    user_id: int
    assignment: str
    content_sha256: str
    created_at: datetime.datetime
    run_id: int
    state: models.SubmissionState
    attempt: int
    position: int
    tests_done: int
    tests_total: int | None
    reasons: tuple[str, ...]
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    extension: datetime.datetime | None
    can_be_late: bool
    owners: tuple[int, ...] = ()
    mates: tuple[int, ...] = ()
    team: str = ""
    version: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def student_id(self) -> int:
        """Whose rules hold for it: a team's reader's, else its sender's; of nobody's, too."""
        return self.owners[0] if self.owners else self.user_id


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A submission as a line of a list; some as in `Submission`.

    Attributes:
        user_id: who sent it.
        student_id: of a student's list the student, else who sent it.
        user_name: whose work it is, in words.
        by_staff: staff submitted it for its students.
        sender: the login of who sent it.
    """

    id: uuid.UUID
    created_at: datetime.datetime
    user_id: int
    student_id: int
    user_name: str
    run_id: int
    state: models.SubmissionState
    extension: datetime.datetime | None
    can_be_late: bool
    by_staff: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that a worker has started; (run_id, attempt) is its fencing token.

    Attributes:
        failures: starts of this run that the machine broke off.
        queued_s: seconds from acceptance to this start.
        worker: who grades it.
        asked_version: of the homework, that its regrade names; None for the one in force.
    """

    run_id: int
    attempt: int
    failures: int
    assignment: str
    upload_sha256: str
    queued_s: float
    worker: str
    submission_id: uuid.UUID | None = None
    asked_version: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run; `data` is JSON text as it is stored."""

    id: int
    attempt: int
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class NewBulkOperation:
    """A batch or regrade about to be made; see `BulkOperation`.

    Attributes:
        every_test: a regrade keeps no result of the runs before.
        version: of the homework, that a regrade grades by; None for the one in force.
    """

    id: uuid.UUID
    kind: str
    assignment: str
    user_id: int
    reason: str
    which: str = ""
    idempotency_key: str | None = None
    content_sha256: str | None = None
    every_test: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """A batch or a regrade with the progress of its runs.

    Attributes:
        which, version: of a regrade, what it was asked to take, and to grade by.
        runs: how many of its runs are in each state.
        refused: uploads of a batch that are no submissions.
    """

    id: uuid.UUID
    kind: str
    assignment: str
    which: str
    reason: str
    state: models.BulkState
    created_at: datetime.datetime
    runs: dict[models.SubmissionState, int]
    refused: int
    version: int | None = None

    @property
    def open_runs(self) -> int:
        """Runs that have not ended."""
        return sum(count for state, count in self.runs.items() if state in run_states.WAYS)

    @property
    def ended(self) -> bool:
        """Whether nothing of it is left to grade."""
        return self.open_runs == 0


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One upload of a batch; without a submission, `reasons` say why intake refused it."""

    name: str
    submission_id: uuid.UUID | None
    state: models.SubmissionState
    reasons: tuple[str, ...]
    report: models.Report | None


@dataclass(frozen=True, slots=True)
class RegradeItem:
    """One submission of a regrade: its run before and its run now."""

    submission_id: uuid.UUID
    student: str
    old_run_id: int
    new_run_id: int
    state: models.SubmissionState
    taken: bool
    old: models.Report | None
    new: models.Report | None


def user(row: Row) -> User:
    """A row of the users table, with scope and end of the token where there is one."""
    scope = models.Scope(row.get("scope", models.Scope.ALL))
    member = _memberships(row)
    role = member.role_in(member.home) or models.Role.STUDENT
    until = row.get("expires_at")
    return User(row["id"], row["name"], role, scope, until, member.home, member)


def _memberships(row: Row) -> memberships.Memberships:
    """Of a row of the users table; a token of one course opens no other."""
    only = row.get("token_course")
    roles = {c: models.Role(r) for c, r in row["roles"].items() if only in (None, c)}
    courses = {c["slug"]: memberships.CourseName(**c) for c in row["courses"]}
    is_admin = row["admin"] and only is None
    return memberships.Memberships(roles, row["homeworks"], courses, is_admin, only)


def submission(row: Row) -> Submission:
    """A row of the submissions query."""
    several = {name: tuple(row[name]) for name in ("reasons", "owners", "mates", "notes")}
    return Submission(**row | several | {"state": models.SubmissionState(row["state"])})


def submission_row(row: Row) -> SubmissionRow:
    """A row of the recent query."""
    return SubmissionRow(**row | {"state": models.SubmissionState(row["state"])})


def claimed_run(row: Row) -> ClaimedRun:
    """A row of the begin statement."""
    return ClaimedRun(**row | {"queued_s": float(row["queued_s"])})


def bulk_operation(row: Row) -> BulkOperation:
    """A row of the query of batches and regrades."""
    states = {models.SubmissionState(name): count for name, count in row["runs"].items()}
    return BulkOperation(**row | {"state": models.BulkState(row["state"]), "runs": states})


def batch_item(row: Row, report: models.Report | None) -> BatchItem:
    """A row of a batch's items."""
    known = {"state": models.SubmissionState(row["state"]), "reasons": tuple(row["reasons"])}
    return BatchItem(**row | known | {"report": report})


def regrade_item(row: Row, old: models.Report | None, new: models.Report | None) -> RegradeItem:
    """A row of a regrade's items."""
    state = models.SubmissionState(row["state"])
    return RegradeItem(**row | {"state": state, "old": old, "new": new})
