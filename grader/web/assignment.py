"""One assignment: what it asks for, the upload form, the viewer's submissions.

Owns this page's routes. Uploads are accepted by `grader.service.submissions`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors, models, wording
from grader.course import permissions
from grader.http import dependencies, multipart, problems
from grader.service import (
    as_student,
    assignments,
    context,
    counting,
    reports,
    submissions,
    teams,
    template_zip,
    versions,
)
from grader.store import rows
from grader.store import submissions as stored
from grader.web import (
    hosted_notebook,
    readme,
    rendering,
    student,
    view_models,
    what_to_submit,
)

SHOWN_SUBMISSIONS = 50
RECENT_WITH_SCORE = 20

# What is told on the page itself, next to the form.
REFUSALS = (errors.UploadRefused, errors.NotTaken, errors.TooManyAttempts, problems.Problem)

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/assignments/{slug}")
def assignment_page(
    slug: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """One assignment: what it asks for, the upload form, earlier submissions.

    Of one that is not live yet, its instructors see the versions.
    """
    if versions.is_waiting(services, user, slug):
        return rendering.to(f"/assignments/{slug}/versions")
    return _page(request, services, user, slug)


@router.get("/assignments/{slug}/as-student")
def assignment_as_student(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    student: Annotated[str, Query(max_length=200)],
) -> HTMLResponse:
    """The page as a student sees it, for staff, who can only read it."""
    try:
        viewer = as_student.of_course(services, user, student)
    except errors.Refusal as exc:
        return rendering.problem(request, rendering.of(exc))
    rendering.view_as(request, viewer, f"/assignments/{slug}/submissions")
    return _page(request, services, viewer, slug)


@router.get("/assignments/{slug}/template.zip")
def begin_with(
    slug: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> Response:
    """The files that students begin with."""
    try:
        zipped = template_zip.of_assignment(services, user, slug)
    except (errors.Refusal, errors.SuiteError) as exc:
        return rendering.problem(request, rendering.of(exc))
    return rendering.download(zipped, f"{slug}.zip", "application/zip")


@router.post("/assignments/{slug}")
async def upload(
    slug: str,
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Viewer,
) -> Response:
    """Submit the files of the form and go to the submission's page."""
    try:
        submission = await _accepted(slug, request, services, room, user)
    except errors.SuiteError:
        return rendering.problem(request, problems.Problem(404, f"There is no assignment {slug}."))
    except REFUSALS as exc:
        return await run_in_threadpool(_page, request, services, user, slug, exc)
    return rendering.to(f"/submissions/{submission.id}")


async def _accepted(
    slug: str,
    request: Request,
    services: context.Services,
    room: dependencies.UploadRoom,
    user: rows.User,
) -> rows.Submission:
    assignment = await run_in_threadpool(services.course.load, slug)
    limit = int(assignment.manifest.submission.max_upload_mb * wording.MB)
    async with multipart.received(request, limit, room) as form:
        rendering.check_form(request, form.fields.get("form_token", ""))
        return await run_in_threadpool(
            submissions.accept, services, user, slug, form.files, started=form.started
        )


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    slug: str,
    refused: Exception | None = None,
) -> HTMLResponse:
    try:
        standing = assignments.find(services, user, slug)
    except errors.SuiteError:
        return rendering.problem(request, problems.Problem(404, f"There is no assignment {slug}."))
    listed = stored.recent(services.store, slug, user, SHOWN_SUBMISSIONS)
    everybody = permissions.is_staff(user.role)
    return rendering.render(
        request,
        "assignment.html",
        refused=refused,
        assignment=standing.manifest,
        rules=what_to_submit.lines(standing.manifest),
        readme=readme.markup(template_zip.readme(services.course.load(slug))),
        hosted=hosted_notebook.links(request, services, slug),
        host_name=hosted_notebook.host_name(request),
        terms=view_models.terms(standing.terms, standing.extension_reason, _late_days(standing)),
        excused=view_models.excused(standing.excused),
        place=teams.shown(services, user, slug),
        closed=standing.terms.window is models.Window.CLOSED,
        archived=user.member.is_archived(user.member.course_of(slug)),
        submissions=listed,
        scores=_scores(services, user, listed[:RECENT_WITH_SCORE], slug),
        active=None if everybody else counting.submission_of(services, user, slug),
        words=view_models.STATE_WORDS,
        fault=assignments.faults(services, user, slug).get(slug, ""),
        begin=template_zip.exists(services.course.load(slug)),
        at_home=student.at_home(request),
        slug=slug,
        example=standing.manifest.task[0].id,
    )


def _late_days(standing: assignments.AssignmentStanding) -> str:
    own = standing.late_days
    return view_models.late_days(own, standing.manifest.slug) if own else ""


def _scores(
    services: context.Services, user: rows.User, listed: list[rows.SubmissionRow], slug: str
) -> dict[int, str]:
    """Run -> its points for this viewer, in two queries."""
    graded = reports.of_list(services, user, listed, slug)
    return {run_id: view_models.points(one.totals) for run_id, one in graded.items()}
