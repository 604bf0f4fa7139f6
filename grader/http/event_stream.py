"""Following a submission, a batch or a regrade as it is graded, by server-sent events.

Owns when a follower is told something and how it is written. What happened comes from the
database's notifications, so it does not matter which process grades; what a reader may be told is
`service.progress_reader`'s.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pydantic
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from grader.service import bulk_operations, context, progress_reader, submissions
from grader.store import rows

# Without news: looks again, as the place in the queue changes by what others do, and shows
# proxies that the connection lives.
REFRESH_S = 5.0
RECONNECT_MS = 1000
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
NOTHING_NEW = format_sse_event(comment="nothing new")

StatusShape = Callable[[submissions.SubmissionStatus], pydantic.BaseModel]
ProgressShape = Callable[[bulk_operations.BulkProgress], pydantic.BaseModel]


def of_submission(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission,
    after: int,
    shape: StatusShape,
) -> StreamingResponse:
    """The stream of a submission's events behind the one with the id `after`.

    Args:
        shape: makes the data of an event `status`.
    """
    return _response(_submission_events(services, user, submission, after, shape))


def of_bulk_operation(
    services: context.Services, operation: rows.BulkOperation, shape: ProgressShape
) -> StreamingResponse:
    """The stream of a batch's or regrade's events `progress`, whose data `shape` makes."""
    return _response(_bulk_events(services, operation, shape))


def _response(stream: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=HEADERS)


async def _submission_events(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission,
    after: int,
    shape: StatusShape,
) -> AsyncIterator[bytes]:
    last: pydantic.BaseModel | None = None
    yield format_sse_event(retry=RECONNECT_MS)
    with services.notices.follow(submission.run_id) as bell:
        while not services.notices.closed:
            bell.clear()
            # Read before the events: they may then be ahead of a status, never behind the last.
            status = await run_in_threadpool(_status, services, user, submission)
            news = await run_in_threadpool(progress_reader.since, services, user, submission, after)
            for event in news:
                after = event.id
                if event.data is not None:
                    yield _encoded(event.kind, event.data, event.id)
            if (shown := shape(status)) != last:
                last = shown
                yield _encoded("status", shown.model_dump(mode="json"))
            all_read = len(news) < progress_reader.MOST_AT_ONCE
            if status.submission.finished_at and all_read:
                return
            if all_read and not await _rung(bell):
                yield NOTHING_NEW


def _status(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> submissions.SubmissionStatus:
    now = submissions.find(services, user, str(submission.id))
    return submissions.status(services, user, now)


async def _bulk_events(
    services: context.Services, operation: rows.BulkOperation, shape: ProgressShape
) -> AsyncIterator[bytes]:
    last: pydantic.BaseModel | None = None
    with services.notices.follow(operation.id) as bell:
        while not services.notices.closed:
            bell.clear()
            progress = await run_in_threadpool(_progress, services, operation)
            if (shown := shape(progress)) != last:
                last = shown
                yield _encoded("progress", shown.model_dump(mode="json"))
            if progress.operation.ended:
                return
            if not await _rung(bell):
                yield NOTHING_NEW


def _progress(
    services: context.Services, operation: rows.BulkOperation
) -> bulk_operations.BulkProgress:
    now = bulk_operations.find(services, operation.kind, str(operation.id))
    return bulk_operations.progress(services, now)


async def _rung(bell: asyncio.Event) -> bool:
    """Wait for a bell for `REFRESH_S` at most; whether it rang."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), REFRESH_S)
    return bell.is_set()


def _encoded(kind: str, data: Mapping[str, Any], event_id: int | None = None) -> bytes:
    """One server-sent event with JSON data."""
    text = json.dumps(data, separators=(",", ":"))
    return format_sse_event(
        data_str=text, event=kind, id=None if event_id is None else str(event_id)
    )
