"""Batches and regrades as wholes: hand in a batch, follow either, pause, resume, call off.

Owns the routes both have and a batch's own; a regrade's own are in `regrades`. For staff only.
"""

import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from grader import errors, wording
from grader.api import dependencies, problems, uploads
from grader.api import events as api_events
from grader.api.schemas import submission_schemas
from grader.assignment import manifest as assignments
from grader.exchange import csv_table
from grader.intake import uploads as intake_uploads
from grader.service import batches, jobs
from grader.store import groups, rows, submissions

router = APIRouter()

FOR_STAFF = [Depends(dependencies.staff)]
STAFF = {**dependencies.UNAUTHORISED, "s403": "for the course staff"}
ABSENT = problems.described(**STAFF, s404="no such batch or regrade")
STREAM: dict[str, Any] = {
    "response_class": StreamingResponse,
    "dependencies": FOR_STAFF,
    "responses": ABSENT
    | {200: {"content": {api_events.MEDIA_TYPE: {}}, "description": "the events"}},
}
CSV_TYPE = "text/csv; charset=utf-8"


def _kind(request: Request) -> str:
    return "batch" if request.url.path.startswith("/api/batches/") else "regrade"


Kind = Annotated[str, Depends(_kind)]


@router.post(
    "/api/assignments/{slug}/batches",
    status_code=202,
    responses=problems.described(
        **STAFF,
        s404="no such assignment",
        s409="the Idempotency-Key was used for another batch",
        s413="larger than the service's limit",
        s415="not multipart/form-data",
        s422="not an archive of many students' work; `reasons` says why",
    ),
    openapi_extra=uploads.body("one zip with a folder, zip or notebook for each student"),
)
async def submit_batch(
    slug: str,
    request: Request,
    response: Response,
    here: dependencies.Here,
    user: dependencies.Staff,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> submission_schemas.Group:
    """Hand in many students' work at once: one zip with a folder, zip or notebook for each.

    Answers 202 with the batch, which is graded behind what students hand in themselves. Uploads
    that intake refuses are counted and stand in `report.csv` with their reasons; the others go on.

        curl -F file=@all.zip -H "Authorization: Bearer $TOKEN" \\
             $URL/api/assignments/eecs545_hw4/batches
    """
    await run_in_threadpool(assignments.load, here.course_dir, slug)
    limit = int(here.max_batch_mb * wording.MB)
    async with uploads.received(request, limit, request.app.state.upload_room) as form:
        found = await run_in_threadpool(accept, here, user, slug, form.files, idempotency_key)
    shape = await run_in_threadpool(_shape, here, found)
    response.headers["Location"] = shape.links.self
    return shape


@router.get("/api/batches/{group_id}", dependencies=FOR_STAFF, responses=ABSENT)
@router.get("/api/regrades/{group_id}", dependencies=FOR_STAFF, responses=ABSENT)
def progress(group_id: str, kind: Kind, here: dependencies.Here) -> submission_schemas.Group:
    """How far a batch or regrade is: its runs in each state, and the time that is left."""
    return _shape(here, find(here, kind, group_id))


@router.get("/api/batches/{group_id}/events", **STREAM)
@router.get("/api/regrades/{group_id}/events", **STREAM)
def events(group_id: str, kind: Kind, here: dependencies.Here) -> Response:
    """Its progress as server-sent events `progress`, each the whole as `GET` tells it.

    The last one has `ended`. There is nothing to resume: the next event tells all.
    """
    found = find(here, kind, group_id)
    stream = _stream(here, found)
    return StreamingResponse(stream, media_type=api_events.MEDIA_TYPE, headers=api_events.HEADERS)


@router.get(
    "/api/batches/{group_id}/report.csv",
    response_class=Response,
    dependencies=FOR_STAFF,
    responses=ABSENT | {200: {"content": {CSV_TYPE: {}}, "description": "the table"}},
)
def report(group_id: str, here: dependencies.Here) -> Response:
    """A table with a line for each upload: state, points in all and of each task, reasons."""
    found = find(here, "batch", group_id)
    items = groups.items(here.store, found.id)
    lines = [csv_table.Line(i.name, i.state.value, i.reasons, i.report) for i in items]
    return Response(csv_table.to_csv(lines), media_type=CSV_TYPE)


_CONFLICT = problems.described(
    **STAFF, s404="no such batch or regrade", s409="not possible in its state"
)


@router.post("/api/batches/{group_id}/pause", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/pause", responses=_CONFLICT)
def pause(
    group_id: str, kind: Kind, here: dependencies.Here, user: dependencies.Staff
) -> submission_schemas.Group:
    """Hold what has not begun. What is being graded goes on."""
    found = find(here, kind, group_id)
    return _moved(here, found, groups.pause(here.store, found.id, user.title))


@router.post("/api/batches/{group_id}/resume", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/resume", responses=_CONFLICT)
def resume(
    group_id: str, kind: Kind, here: dependencies.Here, user: dependencies.Staff
) -> submission_schemas.Group:
    """Queue again what was held."""
    found = find(here, kind, group_id)
    done = groups.resume(here.store, found.id, user.title, jobs.enqueue_all)
    return _moved(here, found, done)


@router.post("/api/batches/{group_id}/cancel", responses=_CONFLICT)
@router.post("/api/regrades/{group_id}/cancel", responses=_CONFLICT)
def cancel(
    group_id: str, kind: Kind, here: dependencies.Here, user: dependencies.Staff
) -> submission_schemas.Group:
    """Call off what has not ended. Results that are there stay."""
    found = find(here, kind, group_id)
    return _moved(here, found, groups.cancel(here.store, found.id, user.title))


def find(here: dependencies.Services, kind: str, group_id: str) -> rows.Group:
    """The batch or regrade of that id.

    Raises:
        Problem: 404, there is none.
    """
    try:
        found = groups.get(here.store, uuid.UUID(group_id), kind)
    except ValueError:
        found = None
    if found is None:
        raise problems.Problem(404, f"There is no such {kind}; check the id.")
    return found


def accept(
    here: dependencies.Services, user: rows.User, slug: str, files: uploads.Files, key: str | None
) -> rows.Group:
    """Store a batch and queue its grading.

    Raises:
        UploadRefused: not one archive of many students' work.
        Problem: 409, the key was used for another batch.
    """
    if len(files) != 1:
        raise errors.UploadRefused("Send one zip with all the work in it, not several files.")
    group = rows.NewGroup(
        id=uuid.uuid4(),
        kind="batch",
        assignment=slug,
        user_id=user.id,
        reason=files[0][0][:200],
        idempotency_key=key,
        content_sha256=intake_uploads.digest(slug, files),
    )
    parts = batches.split(files[0][1])
    made, content = batches.accept(here.store, here.uploads, here.intake, group, user.title, parts)
    if content != group.content_sha256:
        raise problems.Problem(
            409, "This Idempotency-Key was used for another batch; take a new key for a new one."
        )
    return find(here, "batch", str(made))


def _shape(here: dependencies.Services, found: rows.Group) -> submission_schemas.Group:
    if found.ended:
        return submission_schemas.group(found, None, 1)
    mean_s = submissions.mean_run_s(here.store, found.assignment)
    return submission_schemas.group(found, mean_s, dependencies.at_once(here))


def _moved(here: dependencies.Services, found: rows.Group, done: bool) -> submission_schemas.Group:
    now = find(here, found.kind, str(found.id))
    if not done:
        raise problems.Problem(409, f"It is {now.state}; that is not possible.", state=now.state)
    return _shape(here, now)


async def _stream(here: dependencies.Services, found: rows.Group) -> AsyncIterator[bytes]:
    told: submission_schemas.Group | None = None
    with here.notices.follow(found.id) as bell:
        while not here.notices.closed:
            bell.clear()
            now = await run_in_threadpool(_now, here, found)
            if now != told:
                told = now
                yield api_events.encoded("progress", now.model_dump(mode="json"))
            if now.ended:
                return
            if not await api_events.rung(bell):
                yield api_events.NOTHING_NEW


def _now(here: dependencies.Services, found: rows.Group) -> submission_schemas.Group:
    return _shape(here, find(here, found.kind, str(found.id)))
