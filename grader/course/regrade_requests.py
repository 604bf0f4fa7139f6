"""When a student may ask about the points of a task, and what states such a request has. Pure.

Owns the rule and the values. Who reads and answers is `grader.service.regrade_requests`'s.
"""

import datetime
import enum
import uuid
from dataclasses import dataclass

from grader import models
from grader.assignment import schedule

NOT_YET = "Requests about points are taken once the grades of this homework are published."
TOO_LATE = "Requests about the points of this homework were taken until {}."


class RequestState(enum.StrEnum):
    """Whose turn it is: staff's, the student's, nobody's any more."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """One message of a request; `author` is a login, staff's with the role before it."""

    at: datetime.datetime
    author: str
    by_staff: bool
    text: str


@dataclass(frozen=True, slots=True)
class RegradeRequest:
    """What a student asked about one task of a submission, and every message since, oldest first.

    Attributes:
        student: login of whose submission it is, or its label.
    """

    id: int
    submission_id: uuid.UUID
    assignment: str
    student: str
    task: str
    state: RequestState
    asked_at: datetime.datetime
    messages: tuple[RequestMessage, ...]


def refusal(rules: schedule.Schedule, release: models.Release, now: datetime.datetime) -> str:
    """Why a student may not ask now, in words; empty when they may."""
    if not release.is_published(now):
        return NOT_YET
    if rules.requests_until and now > rules.requests_until:
        return TOO_LATE.format(schedule.in_words(rules.requests_until.astimezone(rules.zone)))
    return ""
