"""The JSON that only staff read: statistics, the audit log, the roster, tokens.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import statistics as arithmetic
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pydantic

from grader import models
from grader.http import request_faults
from grader.store import roster, rows
from grader.store import statistics as figures

BINS = 10


class Bin(pydantic.BaseModel):
    """How many submissions have a share of the points from `low` to `high`."""

    low: float
    high: float
    count: int


class Scores(pydantic.BaseModel):
    """The distribution of the tests' points; null where nothing is graded."""

    count: int
    mean: float | None
    median: float | None
    standard_deviation: float | None
    lowest: float | None
    highest: float | None
    maximum: float | None = pydantic.Field(description="points that can be had by tests")
    bins: list[Bin]


class TestFigures(pydantic.BaseModel):
    """One test over all counted submissions."""

    name: str
    task: str
    visibility: models.Visibility
    ran: int
    passed: int
    pass_rate: float
    wall_s: float | None = pydantic.Field(description="median")
    wall_p95_s: float | None
    cpu_s: float | None = pydantic.Field(description="median")
    memory_bytes: float | None = pydantic.Field(description="median of the most a sandbox held")
    memory_max_bytes: float | None

    __test__ = False


class Failure(pydantic.BaseModel):
    """One way in which submissions fail a test, numbers left out."""

    task: str
    test: str
    verdict: models.Verdict
    message: str
    count: int


class Statistics(pydantic.BaseModel):
    """All figures of an assignment."""

    submissions: int
    students: int
    states: dict[models.SubmissionState, int]
    scores: Scores
    tests: list[TestFigures]
    failures: list[Failure] = pydantic.Field(description="the most common first")


class AuditEntry(pydantic.BaseModel):
    """Who did what, about whom or what."""

    id: int
    at: datetime.datetime
    actor: str
    action: str
    assignment: str
    subject: str
    detail: dict[str, Any]


class AuditPage(pydantic.BaseModel):
    """A page of the audit log, newest first."""

    entries: list[AuditEntry]
    next: str | None = pydantic.Field(description="address of the next page; null on the last")


class Person(pydantic.BaseModel):
    """Somebody on the roster."""

    login: str
    role: models.Role
    full_name: str
    email: str
    section: str
    sid: str = pydantic.Field(description="the school's number")
    lms_id: str = pydantic.Field(description="the learning platform's number")
    dropped: bool = pydantic.Field(description="has left the course")
    has_token: bool = pydantic.Field(description="can sign in with a token")


class Roster(pydantic.BaseModel):
    """A page of the roster, by login."""

    people: list[Person]
    next: str | None = pydantic.Field(description="address of the next page; null on the last")


class Imported(pydantic.BaseModel):
    """What a roster changed."""

    added: list[str] = pydantic.Field(description="logins of new people")
    changed: list[str]
    unchanged: int
    skipped: list[str] = pydantic.Field(description="a sentence for each line that was left out")
    dropped: list[str] = pydantic.Field(
        default=[], description="logins of students who are not named, if that was asked for"
    )
    changes: list[str] = pydantic.Field(
        default=[],
        description="a line for each person: what changed, from what to what; roles first and all "
        "of them, then the first others",
    )
    unused: list[str] = pydantic.Field(default=[], description="columns that were not used")


class MailedLinks(pydantic.BaseModel):
    """To whom a sign-in link is on its way."""

    mailed: list[str] = pydantic.Field(description="logins")
    without_address: list[str] = pydantic.Field(description="logins of those who get none")


class NewToken(request_faults.SentBody):
    """What a token may be used for."""

    scope: models.Scope = models.Scope.ALL
    days: float = pydantic.Field(
        180, ge=0, le=3650, allow_inf_nan=False, description="until it expires; 0 is never"
    )
    label: str = pydantic.Field("", max_length=200, description="what it is for")


class Token(pydantic.BaseModel):
    """A token without itself."""

    id: int
    scope: models.Scope
    label: str
    course: str | None = pydantic.Field(description="it opens this one alone; null: all")
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None


class Issued(Token):
    """A new token; it is shown this once."""

    token: str


class Tokens(pydantic.BaseModel):
    """Somebody's tokens."""

    tokens: list[Token]


def statistics(stored: figures.Statistics) -> Statistics:
    """Stored figures."""
    return Statistics(
        submissions=stored.submissions,
        students=stored.students,
        states=stored.states,
        scores=_scores(stored.scores),
        tests=[TestFigures(pass_rate=test.rate, **asdict(test)) for test in stored.tests],
        failures=[Failure(**asdict(failure)) for failure in stored.failures],
    )


def audit_page(entries: Sequence[rows.AuditEntry], more: str) -> AuditPage:
    """A page of the audit log."""
    return AuditPage(entries=[AuditEntry(**asdict(entry)) for entry in entries], next=more or None)


def people(entries: Sequence[roster.RosterEntry], more: str) -> Roster:
    """A page of the roster."""
    listed = [person(entry) for entry in entries]
    return Roster(people=listed, next=more or None)


def imported(done: roster.Imported) -> Imported:
    """What a roster changed."""
    return Imported.model_validate(asdict(done))


def person(entry: roster.RosterEntry) -> Person:
    """Somebody on the roster."""
    return Person(
        role=entry.role,
        dropped=entry.dropped,
        has_token=entry.has_token,
        **asdict(entry.person),
    )


def token(stored: rows.Token) -> Token:
    """A stored token."""
    return Token(**asdict(stored))


def _scores(scores: Sequence[figures.Score]) -> Scores:
    points = [one.points for one in scores if one.points is not None]
    shares = [one.points / one.maximum for one in scores if one.points is not None and one.maximum]
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS), BINS - 1)] += 1
    return Scores(
        count=len(points),
        mean=arithmetic.fmean(points) if points else None,
        median=arithmetic.median(points) if points else None,
        standard_deviation=arithmetic.pstdev(points) if points else None,
        lowest=min(points, default=None),
        highest=max(points, default=None),
        maximum=max((one.maximum for one in scores), default=None),
        bins=[Bin(low=n / BINS, high=(n + 1) / BINS, count=c) for n, c in enumerate(counts)],
    )
