"""The pages: sign-in, assignments, upload, a submission and its report.

Owns the routes that answer with HTML and their headers. Data comes from the same functions as the
JSON routes'; what a template shows is made in `views`.
"""

import contextlib
import re
import uuid
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from grader import errors, wording
from grader.api import assignments as api_assignments
from grader.api import dependencies, events, problems, scores, template_zip, uploads
from grader.api import submissions as api_submissions
from grader.assignment import manifest as assignments
from grader.service import accounts
from grader.store import listings, rows, submissions
from grader.web import (
    chart_cache,
    course_pages,
    dashboard,
    group_pages,
    marking,
    oidc,
    queue_page,
    rendering,
    sessions,
    similarity,
    view_models,
)

SHOWN_SUBMISSIONS = 50
RECENT_WITH_SCORE = 20

router = APIRouter(include_in_schema=False)
STAFF_ROUTERS = (
    dashboard.router,
    group_pages.router,
    queue_page.router,
    course_pages.router,
    similarity.router,
    marking.router,
)


def install(app: FastAPI, session_key: bytes, provider: oidc.Provider | None = None) -> None:
    """Add the pages to the application.

    Args:
        provider: that people may sign in with, beside tokens.
    """
    app.state.sessions = sessions.Sessions(session_key)
    rendering.install(app)
    oidc.install(app, session_key, provider)
    app.mount("/static", StaticFiles(directory=rendering.HERE / "static"), name="static")
    app.state.figures = chart_cache.Remembered()
    for part in (router, *STAFF_ROUTERS):
        app.include_router(part)


# ---- sign-in ------------------------------------------------------------------------------


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002  # in the URL
    """The form that asks for a token."""
    return _sign_in_page(request, next)


def _sign_in_page(request: Request, path: str, status_code: int = 200) -> HTMLResponse:
    return rendering.render(
        request,
        "sign_in.html",
        status_code,
        next=rendering.local(path),
        wrong=status_code != 200,
        oidc=oidc.name(request),
    )


@router.post("/sign-in")
def sign_in(
    request: Request,
    here: dependencies.Here,
    token: Annotated[str, Form(max_length=rendering.FORM_BYTES)],
    next: Annotated[str, Form(max_length=rendering.FORM_BYTES)] = "/",  # noqa: A002  # a form's field
) -> Response:
    """Check the token and set the cookie."""
    state: sessions.Sessions = request.app.state.sessions
    if accounts.find(here.store, token.strip()) is None:
        return _sign_in_page(request, next, 401)
    answer = RedirectResponse(
        rendering.local(next), status_code=303, headers=rendering.SECURITY_HEADERS
    )
    state.sign_in(request, answer, token.strip())
    return answer


@router.post("/sign-out")
def sign_out(
    request: Request, form_token: Annotated[str, Form(max_length=rendering.FORM_BYTES)]
) -> Response:
    """End the session."""
    state: sessions.Sessions = request.app.state.sessions
    answer = RedirectResponse("/sign-in", status_code=303, headers=rendering.SECURITY_HEADERS)
    if state.is_own_form(request, form_token):
        state.sign_out(answer)
    return answer


# ---- assignments --------------------------------------------------------------------------


@router.get("/")
def home(request: Request, here: dependencies.Here, user: rendering.Viewer) -> HTMLResponse:
    """All assignments of the course that have opened."""
    found = api_assignments.list_assignments(here, user).assignments
    lines = [(one, view_models.standing(one, staff=user.sees_all)) for one in found]
    return rendering.render(request, "assignments.html", assignments=lines)


@router.get("/assignments/{slug}")
def assignment_page(
    slug: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> HTMLResponse:
    """One assignment: what it asks for, the upload form, earlier submissions."""
    return _assignment(request, here, user, slug)


def _assignment(
    request: Request,
    here: dependencies.Services,
    user: rows.User,
    slug: str,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
) -> HTMLResponse:
    try:
        manifest, (told, reason) = api_assignments.find(here, user, slug)
    except errors.SuiteError:
        return rendering.problem(request, problems.Problem(404, f"There is no assignment {slug}."))
    listed = submissions.recent(here.store, slug, user, SHOWN_SUBMISSIONS)
    return rendering.render(
        request,
        "assignment.html",
        status_code,
        assignment=manifest,
        terms=view_models.terms(told, reason),
        submissions=listed,
        scores=_scores(here, user, listed[:RECENT_WITH_SCORE], slug),
        active=None if user.sees_all else api_assignments.counting(here, user, slug),
        words=view_models.STATE_WORDS,
        reasons=reasons,
        begin=template_zip.there(assignments.load(here.course_dir, slug)),
    )


@router.get("/assignments/{slug}/template.zip")
def begin_with(
    slug: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> Response:
    """The files that students begin with, as the API's route of this name."""
    try:
        answer = template_zip.template(slug, here, user)
    except (problems.Problem, errors.SuiteError) as exc:
        return rendering.problem(request, rendering.of(exc))
    answer.headers.update(rendering.SECURITY_HEADERS)
    return answer


def _scores(
    here: dependencies.Services, user: rows.User, listed: list[rows.Listed], slug: str
) -> dict[int, str]:
    """Run -> its points for this viewer, in two queries."""
    told = scores.of_list(here, user, listed, slug)
    return {run: view_models.points(one.totals) for run, one in told.items()}


@router.post("/assignments/{slug}")
async def upload(
    slug: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> Response:
    """Hand in the files of the form and go to the submission's page."""
    try:
        assignment = await run_in_threadpool(assignments.load, here.course_dir, slug)
        limit = int(assignment.manifest.submission.max_upload_mb * wording.MB)
        async with uploads.received(request, limit, request.app.state.upload_room) as form:
            state: sessions.Sessions = request.app.state.sessions
            if not state.is_own_form(request, form.fields.get("form_token", "")):
                raise problems.Problem(403, rendering.OLD_FORM)
            found = await run_in_threadpool(
                api_submissions.accept, here, user, slug, form.files, None
            )
    except errors.SuiteError:
        return rendering.problem(request, problems.Problem(404, f"There is no assignment {slug}."))
    except errors.UploadRefused as exc:
        return await run_in_threadpool(
            _assignment, request, here, user, slug, 422, tuple(exc.reasons)
        )
    except (errors.NotTaken, errors.TooManyAttempts) as exc:
        status = 403 if isinstance(exc, errors.NotTaken) else 429
        return await run_in_threadpool(_assignment, request, here, user, slug, status, (str(exc),))
    except problems.Problem as exc:
        return await run_in_threadpool(
            _assignment, request, here, user, slug, exc.status, (exc.detail,)
        )
    return RedirectResponse(f"/submissions/{found.id}", 303, rendering.SECURITY_HEADERS)


# ---- submissions --------------------------------------------------------------------------


@router.get("/submissions/{submission_id}")
def submission_page(
    submission_id: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> HTMLResponse:
    """Where a submission stands, and its report when there is one."""
    return _submission(submission_id, request, here, user, "submission.html")


@router.get("/submissions/{submission_id}/live")
def submission_part(
    submission_id: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> HTMLResponse:
    """The part of the page that changes, for the page's script."""
    return _submission(submission_id, request, here, user, "_submission.html")


@router.get("/submissions/{submission_id}/events", response_model=None)
def submission_events(
    submission_id: str,
    here: dependencies.Here,
    user: rendering.Viewer,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """What happens to a submission, for the page's script: as the API's route of this name."""
    return events.follow(here, user, dependencies.find(here, user, submission_id), last_event_id)


@router.get("/submissions/{submission_id}/upload.zip")
def download(
    submission_id: str, request: Request, here: dependencies.Here, user: rendering.Viewer
) -> Response:
    """What was handed in, for its student and for staff; never shown in a browser, only saved."""
    try:
        found = listings.upload(here.store, uuid.UUID(submission_id), user)
    except ValueError:
        found = None
    if found is None:
        wrong = problems.Problem(404, "There is no such submission of yours; check the address.")
        return rendering.problem(request, wrong)
    who = re.sub(r"[^A-Za-z0-9._-]+", "_", found.student)[:60]
    name = f"{found.assignment}-{who}-{found.created_at:%Y%m%d-%H%M%S}.zip"
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    data = here.uploads.get(found.upload_sha256)
    return Response(data, media_type="application/zip", headers=rendering.SECURITY_HEADERS | kept)


@router.post("/submissions/{submission_id}/active")
def choose(
    submission_id: str,
    request: Request,
    here: dependencies.Here,
    user: rendering.Viewer,
    form_token: Annotated[str, Form(max_length=rendering.FORM_BYTES)],
    take_back: Annotated[bool, Form()] = False,
) -> Response:
    """Let a submission count whatever the rule says, or leave it to the rule again."""
    try:
        rendering.check_form(request, form_token)
        act = api_assignments.unchoose if take_back else api_assignments.choose
        act(submission_id, here, user)
        slug = dependencies.find(here, user, submission_id).assignment
    except problems.Problem as exc:
        return rendering.problem(request, exc)
    return rendering.to(f"/submissions/{submission_id}" if user.teaches else f"/assignments/{slug}")


@router.post("/submissions/{submission_id}/cancel")
def cancel(
    submission_id: str,
    request: Request,
    here: dependencies.Here,
    user: rendering.Viewer,
    form_token: Annotated[str, Form(max_length=rendering.FORM_BYTES)],
) -> Response:
    """Call off a grading that waits or runs."""
    state: sessions.Sessions = request.app.state.sessions
    try:
        if state.is_own_form(request, form_token):
            events.cancel(submission_id, here, user)
    except problems.Problem as exc:
        if exc.status != 409:  # it has ended meanwhile: the page says how
            return rendering.problem(request, exc)
    return RedirectResponse(f"/submissions/{submission_id}", 303, rendering.SECURITY_HEADERS)


def _submission(
    submission_id: str,
    request: Request,
    here: dependencies.Services,
    user: rows.User,
    template: str,
) -> HTMLResponse:
    try:
        found = dependencies.find(here, user, submission_id)
    except problems.Problem as exc:
        return rendering.problem(request, exc)
    state = events.so_far(here, user, found)
    whole = submissions.report(here.store, found.run_id)
    told = scores.told(here, user, found, whole) if whole else None
    report = told.report if told else None
    manifest = None
    with contextlib.suppress(errors.SuiteError):  # its folder may be gone since
        manifest = assignments.load(here.course_dir, found.assignment).manifest
    return rendering.render(
        request,
        template,
        title=manifest.title if manifest else found.assignment,
        manifest=manifest,
        student=_whose(here, user, found),
        submission=view_models.submission(state),
        report=view_models.report(report, manifest.limits if manifest else None)
        if report
        else None,
        total=view_models.total(told.totals, told.report.max_score) if told else "",
        so_far=state.tests[::-1],
    )


def _whose(here: dependencies.Services, user: rows.User, found: rows.Submission) -> str:
    """The student's name for staff; nobody else sees another's submission."""
    upload = listings.upload(here.store, found.id, user) if user.sees_all else None
    return upload.student if upload else ""
