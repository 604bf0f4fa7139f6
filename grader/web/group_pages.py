"""Batches and regrades for staff: hand in many at once, follow it, see what a regrade changed.

Owns these pages' routes. What is done is done by the API's functions of the same names, so the
pages and the API cannot differ; `live` parts are fetched by the page's script.
"""

import contextlib
import uuid
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors, models, wording
from grader.api import batches, dependencies, problems, regrades, uploads
from grader.api.schemas import submission_schemas
from grader.assignment import manifest as assignments
from grader.scoring import regrade_diff
from grader.store import group_lines, listings, rows, submissions
from grader.web import rendering, view_models

router = APIRouter(
    include_in_schema=False, route_class=rendering.Route, dependencies=[Depends(rendering.staff)]
)

Verb = Literal["pause", "resume", "cancel"]
VERBS: Final = {"pause": batches.pause, "resume": batches.resume, "cancel": batches.cancel}
MAX_REASON: Final = 1000


# ---- lists and new ones -------------------------------------------------------------------


@router.get("/assignments/{slug}/batches")
def batches_page(slug: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """The batches of an assignment, and the form for another."""
    return _batches(slug, request, here)


def _batches(
    slug: str,
    request: Request,
    here: dependencies.Services,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
) -> HTMLResponse:
    return rendering.render(
        request,
        "batches.html",
        status_code,
        here="batches",
        assignment=assignments.load(here.course_dir, slug).manifest,
        found=listings.groups(here.store, slug, "batch"),
        max_mb=here.max_batch_mb,
        reasons=reasons,
    )


@router.post("/assignments/{slug}/batches")
async def submit_batch(
    slug: str, request: Request, here: dependencies.Here, user: rendering.Staff
) -> Response:
    """Take a batch and go to its page."""
    await run_in_threadpool(assignments.load, here.course_dir, slug)
    limit = int(here.max_batch_mb * wording.MB)
    try:
        async with uploads.received(request, limit, request.app.state.upload_room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            found = await run_in_threadpool(batches.accept, here, user, slug, form.files, None)
    except errors.UploadRefused as exc:
        return await run_in_threadpool(_batches, slug, request, here, 422, tuple(exc.reasons))
    except problems.Problem as exc:
        if exc.status not in (413, 422):
            raise
        return await run_in_threadpool(_batches, slug, request, here, exc.status, (exc.detail,))
    return rendering.to(f"/batches/{found.id}")


@router.get("/assignments/{slug}/regrades")
def regrades_page(slug: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """The regrades of an assignment, and the form for another."""
    return rendering.render(
        request,
        "regrades.html",
        here="regrades",
        assignment=assignments.load(here.course_dir, slug).manifest,
        found=listings.groups(here.store, slug, "regrade"),
    )


@router.post("/assignments/{slug}/regrades", dependencies=[rendering.OwnForm])
def start_regrade(
    slug: str,
    here: dependencies.Here,
    user: rendering.Staff,
    which: Annotated[models.Which, Form()],
    reason: Annotated[str, Form(min_length=1, max_length=MAX_REASON)],
    chosen: Annotated[list[uuid.UUID] | None, Form()] = None,
) -> Response:
    """Begin a regrade and go to its page."""
    wanted = submission_schemas.NewRegrade(which=which, reason=reason, submissions=chosen or [])
    if which is models.Which.CHOSEN and not chosen:
        raise problems.Problem(422, "Nothing was chosen: tick the submissions to grade again.")
    made = regrades.start(slug, wanted, Response(), here, user)
    return rendering.to(f"/regrades/{made.id}")


# ---- one batch ----------------------------------------------------------------------------


@router.get("/batches/{group_id}")
def batch_page(group_id: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """A batch: how far it is, and what became of each upload."""
    return _batch(group_id, request, here, "group.html")


@router.get("/batches/{group_id}/live")
def batch_part(group_id: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """The part of a batch's page that changes."""
    return _batch(group_id, request, here, "_batch.html")


def _batch(
    group_id: str, request: Request, here: dependencies.Services, template: str
) -> HTMLResponse:
    found = batches.find(here, "batch", group_id)
    lines = group_lines.of_batch(here.store, found.id)
    return _shown(request, here, found, template, part="_batch.html", lines=lines)


@router.get("/batches/{group_id}/report.csv")
def batch_report(group_id: str, here: dependencies.Here) -> Response:
    """The table of a batch for a spreadsheet."""
    answer = batches.report(group_id, here)
    kept = {"Content-Disposition": f'attachment; filename="batch-{group_id[:8]}.csv"'}
    answer.headers.update(rendering.SECURITY_HEADERS | kept)
    return answer


# ---- one regrade --------------------------------------------------------------------------


@router.get("/regrades/{group_id}")
def regrade_page(
    group_id: str,
    request: Request,
    here: dependencies.Here,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """A regrade: how far it is, what it changed, and whether the new results count."""
    return _regrade(group_id, request, here, "group.html", number)


@router.get("/regrades/{group_id}/live")
def regrade_part(
    group_id: str,
    request: Request,
    here: dependencies.Here,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """The part of a regrade's page that changes."""
    return _regrade(group_id, request, here, "_regrade.html", number)


def _regrade(
    group_id: str, request: Request, here: dependencies.Services, template: str, number: int
) -> HTMLResponse:
    found = batches.find(here, "regrade", group_id)
    lines, total = group_lines.of_regrade(here.store, found.id, number)
    return _shown(
        request,
        here,
        found,
        template,
        part="_regrade.html",
        lines=lines,
        number=number,
        pages=max(1, -(-total // group_lines.PAGE)),
        sums=group_lines.sums(here.store, found.id),
        tests=group_lines.changed_tests(here.store, found.id) if found.ended else (),
    )


@router.get("/regrades/{group_id}/submissions/{submission_id}")
def regraded_page(
    group_id: str, submission_id: uuid.UUID, request: Request, here: dependencies.Here
) -> HTMLResponse:
    """One submission of a regrade: the old and the new result side by side."""
    found = batches.find(here, "regrade", group_id)
    runs = group_lines.pair(here.store, found.id, submission_id)
    if runs is None:
        raise problems.Problem(404, "This regrade has no such submission; check the address.")
    reports = submissions.reports(here.store, [runs.old_run_id, runs.new_run_id])
    old, new = reports.get(runs.old_run_id), reports.get(runs.new_run_id)
    return rendering.render(
        request,
        "regraded.html",
        group=found,
        runs=runs,
        submission_id=submission_id,
        old=old,
        new=new,
        changes=regrade_diff.between(old, new) if new else (),
    )


@router.post("/regrades/{group_id}/apply", dependencies=[rendering.OwnForm])
def apply(
    group_id: str,
    here: dependencies.Here,
    user: rendering.Staff,
    take: Annotated[models.Take, Form()],
) -> Response:
    """Let the new results count."""
    regrades.apply(group_id, submission_schemas.Apply(take=take), here, user)
    return rendering.to(f"/regrades/{group_id}")


@router.post("/regrades/{group_id}/revert", dependencies=[rendering.OwnForm])
def revert(group_id: str, here: dependencies.Here, user: rendering.Staff) -> Response:
    """Let the old results count again."""
    regrades.revert(group_id, here, user)
    return rendering.to(f"/regrades/{group_id}")


# ---- both ---------------------------------------------------------------------------------


@router.get("/batches/{group_id}/events", response_model=None)
@router.get("/regrades/{group_id}/events", response_model=None)
def events(group_id: str, request: Request, here: dependencies.Here) -> Response:
    """The progress as events, for the page's script."""
    return batches.events(group_id, _kind(request), here)


@router.post("/batches/{group_id}/{verb}", dependencies=[rendering.OwnForm])
@router.post("/regrades/{group_id}/{verb}", dependencies=[rendering.OwnForm])
def move(
    group_id: str, verb: Verb, request: Request, here: dependencies.Here, user: rendering.Staff
) -> Response:
    """Pause, resume or call off; if that is not possible any more, the page shows why."""
    kind = _kind(request)
    try:
        VERBS[verb](group_id, kind, here, user)
    except problems.Problem as exc:
        if exc.status != 409:
            raise
    return rendering.to(f"/{submission_schemas.PLURALS[kind]}/{group_id}")


def _kind(request: Request) -> str:
    return "batch" if request.url.path.startswith("/batches/") else "regrade"


def _shown(
    request: Request, here: dependencies.Services, found: rows.Group, template: str, **values: Any
) -> HTMLResponse:
    mean_s = submissions.mean_run_s(here.store, found.assignment)
    manifest = None
    with contextlib.suppress(errors.SuiteError):  # its folder may be gone since
        manifest = assignments.load(here.course_dir, found.assignment).manifest
    shape = submission_schemas.group(found, mean_s, dependencies.at_once(here))
    return rendering.render(
        request,
        template,
        group=found,
        manifest=manifest,
        address=f"/{submission_schemas.PLURALS[found.kind]}/{found.id}",
        wait=view_models.duration(shape.eta_s) if shape.eta_s else "",
        done=sum(found.runs.values()) - found.open_runs,
        total=sum(found.runs.values()),
        words=view_models.STATE_WORDS,
        group_words=view_models.GROUP_WORDS,
        moves=listings.moves(here.store, found.id),
        **values,
    )
