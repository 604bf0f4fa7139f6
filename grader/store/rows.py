"""The frozen values that rows become: the one place that knows columns by name.

Owns no SQL and no rule; times are aware datetimes, durations seconds.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from grader import models

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """A person or a machine that may call the service."""

    id: int
    name: str
    role: models.Role

    @property
    def sees_all(self) -> bool:
        """Whether everybody's submissions and whole reports are theirs to read."""
        return self.role is not models.Role.STUDENT

    @property
    def title(self) -> str:
        """Who did something, for the audit log."""
        return f"{self.role} {self.name}"


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """An upload about to be accepted.

    Attributes:
        upload_sha256: name of its blob.
        content_sha256: hash of what was sent, before packing; repeats are compared by it.
        one_at_a_time: it takes the place of what the same user has waiting for this assignment,
            and waits for what is running.
    """

    id: uuid.UUID
    user_id: int
    assignment: str
    upload_sha256: str
    upload_bytes: int
    content_sha256: str
    idempotency_key: str | None = None
    one_at_a_time: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission with its newest run.

    Attributes:
        position: 1 is the next to start; 0 once it has started.
        tests_total: None until the suite is collected.
        reasons: why it was refused (for the student) or failed (for staff).
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


@dataclass(frozen=True, slots=True)
class Work:
    """A run that a worker has begun; (run_id, attempt) is its fencing token.

    Attributes:
        failures: starts of this run that the machine broke off.
        queued_s: seconds from acceptance to this start.
        worker: who grades it.
    """

    run_id: int
    attempt: int
    failures: int
    assignment: str
    upload_sha256: str
    queued_s: float
    worker: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run; `data` is JSON text as it is stored."""

    id: int
    attempt: int
    kind: str
    data: str


def user(row: Row) -> User:
    """A row of the users table."""
    return User(row["id"], row["name"], models.Role(row["role"]))


def submission(row: Row) -> Submission:
    """A row of the submissions query."""
    return Submission(
        **row | {"state": models.SubmissionState(row["state"]), "reasons": tuple(row["reasons"])}
    )


def work(row: Row) -> Work:
    """A row of the begin statement."""
    return Work(**row | {"queued_s": float(row["queued_s"])})
