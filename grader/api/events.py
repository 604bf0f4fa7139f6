"""Following a submission as it is graded, by server-sent events; and calling it off.

Owns what a follower is told and when. What happened comes from the database's notifications, so it
does not matter which process grades; what may be told is decided by the report's own rule.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from grader import models
from grader.api import dependencies, problems
from grader.api.schemas import submission_schemas
from grader.service import jobs
from grader.store import codec, rows, run_events

# Without news: looks again, as the place in the queue changes by what others do, and shows
# proxies that the connection lives.
REFRESH_S = 5.0
RECONNECT_MS = 1000
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

NOTHING_NEW = format_sse_event(comment="nothing new")

router = APIRouter()


@router.get(
    "/api/submissions/{submission_id}/events",
    response_class=StreamingResponse,
    responses=problems.described(**dependencies.UNAUTHORISED, s404="no such submission of yours")
    | {200: {"content": {MEDIA_TYPE: {}}, "description": "the events"}},
)
def events(
    submission_id: str,
    here: dependencies.Here,
    user: dependencies.Caller,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """What happens to a submission, as it happens; ends with its grading.

    Server-sent events. `status` is what `GET /api/submissions/{id}` says and comes when it changes
    (place in the queue, estimate, tests done, state). `state` is a step of the run, `phase` the end
    of its public, hidden or slow tests. `test` is one outcome: students get those that the report
    will show them, without points. After a lost connection send the last `id` as `Last-Event-ID`,
    as browsers do, and nothing comes twice.

        curl -N -H "Authorization: Bearer $TOKEN" $URL/api/submissions/$ID/events
    """
    return follow(here, user, dependencies.find(here, user, submission_id), last_event_id)


@router.post(
    "/api/submissions/{submission_id}/cancel",
    responses=problems.described(
        **dependencies.UNAUTHORISED,
        s404="no such submission of yours",
        s409="its grading has ended; `state` says how",
    ),
)
def cancel(
    submission_id: str, here: dependencies.Here, user: dependencies.Caller
) -> submission_schemas.Submission:
    """Call off the grading of a submission that waits or runs. There will be no report."""
    found = dependencies.find(here, user, submission_id)
    if not jobs.cancel(here.store, [found.run_id], user.title, "cancelled by request"):
        found = dependencies.find(here, user, submission_id)
        raise problems.Problem(409, "It is not being graded any more.", state=found.state)
    return dependencies.shape(here, user, dependencies.find(here, user, submission_id))


def so_far(
    here: dependencies.Services, user: rows.User, found: rows.Submission
) -> submission_schemas.SubmissionSoFar:
    """A submission and, while it runs, what this attempt's tests have said to this reader."""
    shown: dict[str, list[dict[str, Any]]] = {"test": [], "phase": []}
    for event, data in _read(here, user, found, list(_of_attempt(here, found))):
        if data is not None and event.kind in shown:
            shown[event.kind].append(data)
    return submission_schemas.SubmissionSoFar(
        **dependencies.shape(here, user, found).model_dump(),
        phases=[data["phase"] for data in shown["phase"]],
        tests=[submission_schemas.Tested(**data) for data in shown["test"]],
    )


def _of_attempt(here: dependencies.Services, found: rows.Submission) -> Iterator[rows.Event]:
    after, more = 0, found.state is models.SubmissionState.RUNNING
    while more:
        news = run_events.since(here.store, found.run_id, after)
        yield from (event for event in news if event.attempt == found.attempt)
        more = len(news) == run_events.AT_ONCE
        after = news[-1].id if news else after


def follow(
    here: dependencies.Services, user: rows.User, found: rows.Submission, after: int
) -> StreamingResponse:
    """The stream of a submission's events behind the one with the id `after`."""
    stream = _stream(here, user, found, after)
    return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=HEADERS)


async def _stream(
    here: dependencies.Services, user: rows.User, found: rows.Submission, after: int
) -> AsyncIterator[bytes]:
    last: submission_schemas.Submission | None = None
    yield format_sse_event(retry=RECONNECT_MS)
    with here.notices.follow(found.run_id) as bell:
        while not here.notices.closed:
            bell.clear()
            # Read before the events: they may then be ahead of a status, never behind the last.
            status = await run_in_threadpool(_status, here, user, found)
            news = await run_in_threadpool(_news, here, user, found, after)
            for event, data in news:
                after = event.id
                if data is not None:
                    yield encoded(event.kind, data, event.id)
            if status != last:
                last = status
                yield encoded("status", status.model_dump(mode="json"))
            if status.finished_at and len(news) < run_events.AT_ONCE:
                return
            if len(news) < run_events.AT_ONCE and not await rung(bell):
                yield NOTHING_NEW


def _status(
    here: dependencies.Services, user: rows.User, found: rows.Submission
) -> submission_schemas.Submission:
    return dependencies.shape(here, user, dependencies.find(here, user, str(found.id)))


async def rung(bell: asyncio.Event) -> bool:
    """Wait for a bell for `REFRESH_S` at most; whether it rang."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), REFRESH_S)
    return bell.is_set()


def encoded(kind: str, data: dict[str, Any], event_id: int | None = None) -> bytes:
    """One server-sent event with JSON data."""
    text = json.dumps(data, separators=(",", ":"))
    return format_sse_event(
        data_str=text, event=kind, id=None if event_id is None else str(event_id)
    )


def _news(
    here: dependencies.Services, user: rows.User, found: rows.Submission, after: int
) -> list[tuple[rows.Event, dict[str, Any] | None]]:
    """The next events, each with what this reader is told of it."""
    return _read(here, user, found, run_events.since(here.store, found.run_id, after))


def _read(
    here: dependencies.Services, user: rows.User, found: rows.Submission, news: list[rows.Event]
) -> list[tuple[rows.Event, dict[str, Any] | None]]:
    if not news:
        return []
    # Without an assignment nobody knows what is released: only what was always visible is.
    rules = dependencies.release(here, found.assignment) or models.Release()
    return [(event, _told(here, user, rules, event)) for event in news]


def _told(
    here: dependencies.Services, user: rows.User, rules: models.Release, event: rows.Event
) -> dict[str, Any] | None:
    """What this reader is told of an event; None for nothing."""
    if event.kind != "test":
        return {"attempt": event.attempt, **json.loads(event.data)}
    tested = codec.tested(event.data)
    result = here.views.redact_test(tested, rules, dependencies.audience(user), datetime.now(UTC))
    if result is None:
        return None
    return {
        "attempt": event.attempt,
        "name": result.name,
        "task": result.task,
        "verdict": result.verdict,
        "message": result.message,
        "output": result.output,
        "hint": result.hint,
    }
