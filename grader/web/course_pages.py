"""The course for its staff: roster, extensions, gradebook, the log of what people did.

Owns these pages' routes; all is done by the API's functions of the same names.
"""

import datetime
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors, models
from grader.api import assignments as api_assignments
from grader.api import course, dependencies, problems, uploads
from grader.api import roster as api_roster
from grader.api.schemas import course_schemas, staff_schemas
from grader.assignment import manifest as assignments
from grader.course import roster
from grader.exchange import gradebook_csv as exchange_gradebook_csv
from grader.store import audit
from grader.store import roster as stored
from grader.web import rendering, view_models

router = APIRouter(
    include_in_schema=False, route_class=rendering.Route, dependencies=[Depends(rendering.staff)]
)

PEOPLE = 200  # of one page
MOST_OFFERED = 1000  # students whose logins a form offers
DEEDS = 50
TOKEN_DAYS = 180.0  # what the API gives, too
WRONG_DATE = "That is no date and time that can be meant; check day, year and hour."
MAX_REASON = 1000
SYSTEM_WORDS = {
    exchange_gradebook_csv.System.PLAIN: "Everything, for a spreadsheet",
    exchange_gradebook_csv.System.CANVAS: "Canvas",
    exchange_gradebook_csv.System.GRADESCOPE: "Gradescope",
    exchange_gradebook_csv.System.MOODLE: "Moodle",
}


# ---- people -------------------------------------------------------------------------------


@router.get("/roster")
def roster_page(
    request: Request, here: dependencies.Here, after: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Everybody of the course, and the form for a list of them."""
    return _roster(request, here, after)


def _roster(
    request: Request,
    here: dependencies.Services,
    after: str = "",
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    done: stored.Imported | None = None,
    issued: tuple[str, staff_schemas.Issued] | None = None,
) -> HTMLResponse:
    found = stored.page(here.store, after.replace("\0", ""), PEOPLE)
    more = found[-1].person.login if len(found) == PEOPLE else ""
    return rendering.render(
        request,
        "roster.html",
        status_code,
        found=found,
        more=more,
        reasons=reasons,
        done=done,
        issued=issued,
    )


@router.post("/roster")
async def import_roster(
    request: Request, here: dependencies.Here, user: rendering.Staff
) -> Response:
    """Take a list of people; all of it or, with a mistake in it, nothing."""
    room = request.app.state.upload_room
    try:
        async with uploads.received(request, roster.MAX_BYTES, room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            done = await run_in_threadpool(api_roster.take, here, user, form.files[0][1])
    except errors.UploadRefused as exc:
        return await run_in_threadpool(_roster, request, here, "", 422, tuple(exc.reasons))
    except problems.Problem as exc:
        if exc.status not in (413, 422):
            raise
        return await run_in_threadpool(_roster, request, here, "", exc.status, (exc.detail,))
    return await run_in_threadpool(_roster, request, here, done=done)


@router.post("/roster/token", dependencies=[rendering.OwnForm])
def issue_token(
    request: Request,
    here: dependencies.Here,
    user: rendering.Staff,
    login: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Make a token for somebody and show it, this once."""
    wanted = staff_schemas.NewToken(days=TOKEN_DAYS, label="given on the page of the roster")
    try:
        made = api_roster.issue_token(login, wanted, here, user)
    except problems.Problem as exc:
        return _roster(request, here, "", exc.status, (exc.detail,))
    return _roster(request, here, issued=(login, made))


# ---- an assignment's terms ----------------------------------------------------------------


@router.get("/assignments/{slug}/extensions")
def extensions_page(slug: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """Who has another due date, and the form for one."""
    return _extensions(slug, request, here)


def _extensions(
    slug: str,
    request: Request,
    here: dependencies.Services,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it was not possible."""
    manifest = assignments.load(here.course_dir, slug).manifest
    return rendering.render(
        request,
        "extensions.html",
        status_code,
        here="extensions",
        assignment=manifest,
        students=[
            one.person
            for one in stored.page(here.store, "", MOST_OFFERED)
            if one.role is models.Role.STUDENT
        ],
        given=given or {"student": "", "due": "", "reason": ""},
        found=api_assignments.extensions(slug, here).extensions,
        reasons=reasons,
    )


@router.post("/assignments/{slug}/extensions", dependencies=[rendering.OwnForm])
def extend(
    slug: str,
    request: Request,
    here: dependencies.Here,
    user: rendering.Staff,
    student: Annotated[str, Form(max_length=200)] = "",
    due: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=MAX_REASON)] = "",
) -> Response:
    """Give a student another due date; a time without a zone is the course's."""
    zone = assignments.load(here.course_dir, slug).manifest.schedule.zone
    given = {"student": student, "due": due, "reason": reason}
    try:
        moment = datetime.datetime.fromisoformat(due)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        wanted = course_schemas.NewExtension(due=moment, reason=reason)
        api_assignments.extend(slug, student.strip(), wanted, here, user)
    except ValueError:
        return _extensions(slug, request, here, 422, (WRONG_DATE,), given)
    except errors.UploadRefused as exc:
        return _extensions(slug, request, here, 422, tuple(exc.reasons), given)
    except problems.Problem as exc:
        return _extensions(slug, request, here, exc.status, (exc.detail,), given)
    return rendering.to(f"/assignments/{slug}/extensions")


@router.post("/assignments/{slug}/extensions/withdraw", dependencies=[rendering.OwnForm])
def withdraw(
    slug: str,
    here: dependencies.Here,
    user: rendering.Staff,
    student: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Take an extension away."""
    api_assignments.withdraw(slug, student, here, user)
    return rendering.to(f"/assignments/{slug}/extensions")


@router.get("/assignments/{slug}/gradebook")
def gradebook_page(slug: str, request: Request, here: dependencies.Here) -> HTMLResponse:
    """The forms of the gradebook that can be saved."""
    manifest = assignments.load(here.course_dir, slug).manifest
    return rendering.render(
        request, "gradebook.html", here="gradebook", assignment=manifest, systems=SYSTEM_WORDS
    )


@router.get("/assignments/{slug}/gradebook.csv", response_model=None)
def gradebook_csv(
    slug: str,
    here: dependencies.Here,
    system: Annotated[
        exchange_gradebook_csv.System, Query(alias="for")
    ] = exchange_gradebook_csv.System.PLAIN,
    column: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The gradebook itself, as the API's route of this name."""
    answer = course.gradebook_csv(slug, here, system, column)
    answer.headers.update(rendering.SECURITY_HEADERS)
    return answer


@router.get("/audit")
def audit_page(
    request: Request,
    here: dependencies.Here,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    assignment: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """What people did, newest first."""
    only = assignment.replace("\0", "")
    found = audit.page(here.store, before, DEEDS, only)
    return rendering.render(
        request,
        "audit.html",
        found=found,
        link=view_models.about,
        chosen=only,
        slugs=assignments.slugs(here.course_dir),
        more=found[-1].id if len(found) == DEEDS else None,
    )
