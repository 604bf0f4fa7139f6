"""The course for its staff: roster, extensions, gradebook, the log of what people did.

Owns these pages' routes; all is done by the API's functions of the same names.
"""

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import assignment as assignments
from grader import errors, roster
from grader.api import context, course, course_shapes, people, problems, standing, uploads
from grader.exchange import lms
from grader.store import audit
from grader.store import roster as stored
from grader.web import page

router = APIRouter(
    include_in_schema=False, route_class=page.Route, dependencies=[Depends(page.staff)]
)

PEOPLE = 200  # of one page
DEEDS = 50
MAX_REASON = 1000
SYSTEM_WORDS = {
    lms.System.PLAIN: "Everything, for a spreadsheet",
    lms.System.CANVAS: "Canvas",
    lms.System.GRADESCOPE: "Gradescope",
    lms.System.MOODLE: "Moodle",
}


# ---- people -------------------------------------------------------------------------------


@router.get("/roster")
def roster_page(
    request: Request, here: context.Here, after: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Everybody of the course, and the form for a list of them."""
    return _roster(request, here, after)


def _roster(
    request: Request,
    here: context.Services,
    after: str = "",
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    done: stored.Imported | None = None,
) -> HTMLResponse:
    found = stored.page(here.store, after.replace("\0", ""), PEOPLE)
    more = found[-1].person.login if len(found) == PEOPLE else ""
    return page.render(
        request, "roster.html", status_code, found=found, more=more, reasons=reasons, done=done
    )


@router.post("/roster")
async def import_roster(request: Request, here: context.Here, user: page.Staff) -> Response:
    """Take a list of people; all of it or, with a mistake in it, nothing."""
    room = request.app.state.upload_room
    try:
        async with uploads.received(request, roster.MAX_BYTES, room) as form:
            page.check_form(request, form.fields.get("form_token", ""))
            done = await run_in_threadpool(people.take, here, user, form.files[0][1])
    except errors.UploadRefused as exc:
        return await run_in_threadpool(_roster, request, here, "", 422, tuple(exc.reasons))
    except problems.Problem as exc:
        if exc.status not in (413, 422):
            raise
        return await run_in_threadpool(_roster, request, here, "", exc.status, (exc.detail,))
    return await run_in_threadpool(_roster, request, here, done=done)


# ---- an assignment's terms ----------------------------------------------------------------


@router.get("/assignments/{slug}/extensions")
def extensions_page(slug: str, request: Request, here: context.Here) -> HTMLResponse:
    """Who has another due date, and the form for one."""
    return _extensions(slug, request, here)


def _extensions(
    slug: str,
    request: Request,
    here: context.Services,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
) -> HTMLResponse:
    manifest = assignments.load(here.course_dir, slug).manifest
    return page.render(
        request,
        "extensions.html",
        status_code,
        here="extensions",
        assignment=manifest,
        zone=manifest.schedule.zone,
        found=standing.extensions(slug, here).extensions,
        reasons=reasons,
    )


@router.post("/assignments/{slug}/extensions", dependencies=[page.OwnForm])
def extend(
    slug: str,
    request: Request,
    here: context.Here,
    user: page.Staff,
    student: Annotated[str, Form(min_length=1, max_length=200)],
    due: Annotated[datetime.datetime, Form()],
    reason: Annotated[str, Form(max_length=MAX_REASON)] = "",
) -> Response:
    """Give a student another due date; a time without a zone is the course's."""
    zone = assignments.load(here.course_dir, slug).manifest.schedule.zone
    moment = due if due.tzinfo else due.replace(tzinfo=zone)
    try:
        wanted = course_shapes.NewExtension(due=moment, reason=reason)
        standing.extend(slug, student, wanted, here, user)
    except ValueError:
        return _extensions(slug, request, here, 422, ("The year cannot be meant; check the date.",))
    except errors.UploadRefused as exc:
        return _extensions(slug, request, here, 422, tuple(exc.reasons))
    except problems.Problem as exc:
        return _extensions(slug, request, here, exc.status, (exc.detail,))
    return page.to(f"/assignments/{slug}/extensions")


@router.post("/assignments/{slug}/extensions/withdraw", dependencies=[page.OwnForm])
def withdraw(
    slug: str,
    here: context.Here,
    user: page.Staff,
    student: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Take an extension away."""
    standing.withdraw(slug, student, here, user)
    return page.to(f"/assignments/{slug}/extensions")


@router.get("/assignments/{slug}/gradebook")
def gradebook_page(slug: str, request: Request, here: context.Here) -> HTMLResponse:
    """The forms of the gradebook that can be saved."""
    manifest = assignments.load(here.course_dir, slug).manifest
    return page.render(
        request, "gradebook.html", here="gradebook", assignment=manifest, systems=SYSTEM_WORDS
    )


@router.get("/assignments/{slug}/gradebook.csv", response_model=None)
def gradebook_csv(
    slug: str,
    here: context.Here,
    system: Annotated[lms.System, Query(alias="for")] = lms.System.PLAIN,
    column: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The gradebook itself, as the API's route of this name."""
    answer = course.gradebook_csv(slug, here, system, column)
    answer.headers.update(page.SECURITY_HEADERS)
    return answer


@router.get("/audit")
def audit_page(
    request: Request,
    here: context.Here,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    assignment: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """What people did, newest first."""
    only = assignment.replace("\0", "")
    found = audit.page(here.store, before, DEEDS, only)
    return page.render(
        request,
        "audit.html",
        found=found,
        assignment=only,
        slugs=assignments.slugs(here.course_dir),
        more=found[-1].id if len(found) == DEEDS else None,
    )
