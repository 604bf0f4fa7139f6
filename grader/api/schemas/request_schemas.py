"""The JSON of regrade requests.

Owns field names, examples and descriptions; decides nothing.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Iterable

import pydantic

from grader.course import regrade_requests
from grader.http import request_faults
from grader.service import regrade_requests as service

MAX_SENT = 4 * service.MAX_TEXT  # blanks around it count here


class NewRequest(request_faults.SentBody):
    """A question about the points of one task."""

    task: str = pydantic.Field(max_length=200, examples=["1a"])
    text: str = pydantic.Field(
        max_length=MAX_SENT, examples=["My dx is right for D = 1; the report says otherwise."]
    )


class NewMessage(request_faults.SentBody):
    """Another message; `close` ends the conversation."""

    text: str = pydantic.Field("", max_length=MAX_SENT)
    close: bool = False


class RequestMessage(pydantic.BaseModel):
    """One message of a request."""

    at: datetime.datetime
    author: str = pydantic.Field(description="a login; students read `course staff` for staff")
    by_staff: bool
    text: str


class RegradeRequest(pydantic.BaseModel):
    """What a student asked about one task, and every message since, oldest first."""

    id: int
    submission: uuid.UUID
    assignment: str
    student: str
    task: str
    state: regrade_requests.RequestState = pydantic.Field(
        description="`open` waits for staff, `answered` for the student"
    )
    asked_at: datetime.datetime
    messages: list[RequestMessage]


class RegradeRequests(pydantic.BaseModel):
    """Several of them."""

    requests: list[RegradeRequest]


def request(found: regrade_requests.RegradeRequest) -> RegradeRequest:
    """A request as JSON."""
    values = dataclasses.asdict(found)
    return RegradeRequest(submission=values.pop("submission_id"), **values)


def requests(found: Iterable[regrade_requests.RegradeRequest]) -> RegradeRequests:
    """Several of them as JSON."""
    return RegradeRequests(requests=[request(one) for one in found])
