"""What all pages share: who looks at them, how a template is rendered, how an error is shown.

Owns the headers of pages, the viewer, the check of forms and `Route`, which turns an error into a
page. Each page is in a module named as its template; `site` puts them together.
"""

import datetime
import functools
import urllib.parse
import zoneinfo
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jinja2
from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from grader import errors, wording
from grader.assignment import manifest as assignments
from grader.course import permissions
from grader.http import (
    course_gate,
    dependencies,
    fair_share,
    problems,
    public_address,
    request_faults,
)
from grader.service import context, courses, waiting
from grader.store import rows
from grader.web import listing, score_table, sent_twice, sessions, view_models

FOLDER = Path(__file__).parent
FORM_BYTES = 4096
MAX_REASON = 1000  # characters of why somebody does something
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
WRONG_INPUT = "Something in the form or in the address is not valid."
FOREIGN_FORM = (
    "The form was sent from {}, but the address of this service is {}, so nothing was changed. If "
    "the first is what your browser's address bar shows, the service is behind a proxy and does "
    "not know its own address: the operator sets GRADER_PUBLIC_URL."
)
# What an upload of a form may end with; see `raise_unless_refused`.
REFUSED_UPLOADS = (errors.UploadRefused, problems.Problem)
OLD_FORM = "The form has expired. Reload the page and try again."


class SignInNeeded(Exception):
    """Nobody is signed in; the answer is the way to the sign-in page."""


def install(app: FastAPI) -> None:
    """Prepare an application for pages."""
    app.state.templates = environment()
    app.state.waiting = waiting.WaitingCount()
    app.state.sent = sent_twice.SentLast()
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    for kind in problems.HANDLED:
        app.add_exception_handler(kind, _answer)


def environment() -> jinja2.Environment:
    """The templates, with the filters that they use."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = score_table.number
    made.filters["in_full"] = score_table.in_full
    made.filters["duration"] = view_models.duration
    made.filters["points"] = view_models.points
    made.filters["bulk_state"] = view_models.bulk_state
    made.filters["size"] = wording.megabytes
    made.filters["linked"] = listing.linked
    made.filters["moment"] = _moment
    return made


async def _to_sign_in(request: Request, _exc: Exception) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={urllib.parse.quote(path, safe='/')}", 303)


async def _answer(request: Request, exc: Exception) -> Response:
    """Any error: as a page for a person with a browser, as problem details for a program."""
    if request.url.path.startswith("/api/") or not _reads_pages(request):
        return await problems.answer(request, exc)
    problems.noted(request, exc)
    return problem(request, of(exc))


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


@jinja2.pass_context
def _moment(values: jinja2.runtime.Context, at: datetime.datetime, style: str = "short") -> str:
    """A moment as people read it, in the time zone of what the page is about, if that has one."""
    zone: datetime.tzinfo | None = values.get("zone") or values["zone_of_course"]()
    return view_models.moment(at.astimezone(zone) if zone else at, style)


def viewer(request: Request, services: dependencies.Services) -> rows.User:
    """Who is signed in, with their role in the course that the page is about.

    Raises:
        SignInNeeded: nobody is.
        NotAllowed: the token signed in with is not good for this.
        NotFound: it is about something of a course in which they have no part.
    """
    state: sessions.Sessions = request.app.state.sessions
    user = state.user(services.store, request)
    if user is None:
        raise SignInNeeded
    request.state.user = user
    if not permissions.scope_allows(user.scope, request.method, request.url.path):
        raise errors.NotAllowed(f"You are signed in with a token for `{user.scope}` only.")
    fair_share.count_in(request, user)
    placed = request.state.user = course_gate.placed(request, services, user)
    return placed


Viewer = Annotated[rows.User, Depends(viewer)]


@dataclass(frozen=True, slots=True)
class ViewedAs:
    """As whom staff see a page, and where their own is."""

    name: str
    back: str


def view_as(request: Request, student: rows.User, back: str) -> None:
    """Show the page as a student sees it, whose forms then do nothing."""
    request.state.user = student
    request.state.viewing_as = ViewedAs(student.name, back)


def instructor(user: Viewer) -> rows.User:
    """The viewer, who must be an instructor or administrator.

    Raises:
        NotAllowed: somebody else.
    """
    if not permissions.is_instructor(user.role):
        raise errors.NotAllowed("This is for the instructors of the course.")
    return user


def marker(user: Viewer) -> rows.User:
    """The viewer, who must be a TA, an instructor or an administrator.

    Raises:
        NotAllowed: somebody else.
    """
    if not permissions.may_mark(user.role):
        raise errors.NotAllowed("This page is for the course staff.")
    return user


Instructor = Annotated[rows.User, Depends(instructor)]
Marker = Annotated[rows.User, Depends(marker)]
FormText = Annotated[str, Form(max_length=FORM_BYTES)]


def _own_form(request: Request, form_token: FormText = "") -> None:
    check_form(request, form_token)


# A form of ours, sent from a page of this session; for forms that hold no files.
OwnForm = Depends(_own_form)


def check_form(request: Request, form_token: str) -> None:
    """Let only a form of this session through.

    Raises:
        Problem: 403, it comes from elsewhere.
    """
    check_origin(request)
    state: sessions.Sessions = request.app.state.sessions
    if not state.is_own_form(request, form_token):
        raise problems.Problem(403, OLD_FORM)


def check_origin(request: Request) -> None:
    """Let only a form through that was sent from a page of ours, as far as the browser says.

    Raises:
        Problem: 403, it comes from elsewhere, or a proxy hides the address that people type.
    """
    if origin := sessions.foreign_origin(request):
        raise problems.Problem(403, FOREIGN_FORM.format(origin, public_address.own(request)))


def render(
    request: Request,
    template: str,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    refused: Exception | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page made of a template.

    Args:
        refused: why what was typed could not be kept: the page's `reasons`, and its status.
        headers: beside or instead of `SECURITY_HEADERS`.
        values: for the template, beside `form_token`, `path`, `user`, whether that is `staff` or an
            `instructor`, what to say where the course is `read_only`, how many things are `waiting`
            for the latter, and the viewer's other `courses`; `zone` is a time zone for all moments
            on the page, by default that of `assignment` or `manifest`, or else of the course.
    """
    environment: jinja2.Environment = request.app.state.templates
    state: sessions.Sessions = request.app.state.sessions
    user: rows.User | None = getattr(request.state, "user", None)
    shared: dict[str, Any] = {"form_token": state.form_token(request), "path": request.url.path}
    shared["reasons"] = ()
    if refused:
        found = problems.of(refused)
        status_code = found.status
        shared["reasons"] = found.members.get("reasons") or (found.detail,)
    shared["user"] = user
    shared["viewing_as"] = getattr(request.state, "viewing_as", None)
    shared["staff"] = user is not None and permissions.is_staff(user.role)
    shared["marker"] = user is not None and permissions.may_mark(user.role)
    shared["instructor"] = user is not None and permissions.is_instructor(user.role)
    shared["waiting"] = _waiting(request, user) if user and shared["marker"] else 0
    shared["read_only"] = courses.ARCHIVED if user and _is_archived(request, user) else ""
    shared["courses"] = courses.others(user) if user else ()
    shared["of_course"] = f"?course={user.course}" if user and shared["courses"] else ""
    shared["taught"] = courses.taught(user) if user else ()
    shared["runs_service"] = user is not None and permissions.runs_service(user.role)
    shared["zone"] = _zone(values.get("assignment") or values.get("manifest"))
    # Only a page that shows a moment asks: one that tells of a database that is away does not.
    shared["zone_of_course"] = functools.partial(_zone_of_course, request, user)
    text = environment.get_template(template).render(shared | values)
    return HTMLResponse(text, status_code, SECURITY_HEADERS | (headers or {}))


def raise_unless_refused(exc: Exception) -> None:
    """Go on for what stands on the page of an upload's form: too large, or not to be taken."""
    if problems.of(exc).status not in (413, 422):
        raise exc


def _is_archived(request: Request, user: rows.User) -> bool:
    """Whether the page is about a course in which its forms would be refused."""
    is_about_one = bool(request.path_params or request.query_params.get(course_gate.COURSE))
    is_home = request.url.path == "/"  # it says so of each course
    return (
        (is_about_one or not (is_home or permissions.runs_service(user.role)))
        and permissions.changes_course("POST", request.url.path)
        and user.member.is_archived(user.course)
    )


def _waiting(request: Request, user: rows.User) -> int:
    """How many things wait for this person, for the menu."""
    count: waiting.WaitingCount = request.app.state.waiting
    return count.now(request.app.state.services, user)


def _zone(assignment: assignments.Manifest | None) -> datetime.tzinfo | None:
    return assignment.schedule.zone if assignment else None


def _zone_of_course(request: Request, user: rows.User | None) -> datetime.tzinfo | None:
    services: context.Services = request.app.state.services
    name = services.course.settings(user.course).time_zone if user else ""
    return zoneinfo.ZoneInfo(name) if name else None


def download(content: str | bytes, name: str, media_type: str) -> Response:
    """A file for the viewer's disk, which no browser shows."""
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=SECURITY_HEADERS | kept)


def problem(request: Request, exc: problems.Problem) -> HTMLResponse:
    """The page that tells what was not possible, with the way back."""
    reasons = exc.members.get("reasons", ())
    return render(
        request,
        "problem.html",
        exc.status,
        detail=exc.detail,
        reasons=reasons,
        read_only="",  # if that is why, it is said
        back=_came_from(request),
    )


def _came_from(request: Request) -> str:
    """The page of ours on which a link or a form was used; empty where there is none."""
    referer = urllib.parse.urlsplit(request.headers.get("referer", ""))
    own = referer.netloc == request.headers.get("host") and referer.path != request.url.path
    return local(referer.path + (f"?{referer.query}" if referer.query else "")) if own else ""


def of(exc: Exception) -> problems.Problem:
    """An error in words for a person with a browser, who knows no routes and no API."""
    match exc:
        case RequestValidationError():
            return problems.Problem(422, WRONG_INPUT, reasons=[_in_words(e) for e in exc.errors()])
        case errors.UploadRefused():
            return problems.Problem(422, "Nothing was changed.", reasons=list(exc.reasons))
        case errors.AssignmentNotFound():
            return problems.Problem(404, "There is no such assignment, or it no longer exists.")
        case HTTPException(status_code=404):
            return problems.Problem(404, "There is no page at this address; check it.")
        case HTTPException(status_code=405):
            return problems.Problem(405, "This address belongs to a form; open its page instead.")
    return problems.of(exc)


def _in_words(fault: dict[str, Any]) -> str:
    """One fault of a form or an address: which field, and what is wrong with it."""
    field = str(fault["loc"][1]) if len(fault["loc"]) > 1 else "form"
    wrong = request_faults.predicate(fault)
    return f"{field.replace('_', ' ').capitalize()}: {wrong}."


def to(path: str) -> RedirectResponse:
    """The way to another page after a form was taken."""
    return RedirectResponse(path, 303, SECURITY_HEADERS)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route whose errors are pages, in the words of the API's answers."""

    def get_route_handler(self) -> Handler:
        """The handler, its errors caught; a form that is sent twice comes to it once."""
        handle = super().get_route_handler()

        async def safe(request: Request) -> Response:
            sent: sent_twice.SentLast = request.app.state.sent
            try:
                return await sent.once(request, handle)
            except (problems.Problem, errors.GraderError, RequestValidationError) as exc:
                problems.noted(request, exc)
                return problem(request, of(exc))

        return safe


def router_for_markers() -> APIRouter:
    """A router for pages that TAs and instructors see, whose errors are pages, too."""
    return APIRouter(include_in_schema=False, route_class=Route, dependencies=[Depends(marker)])


def router_for_instructors() -> APIRouter:
    """A router for pages that only instructors see, whose errors are pages, too."""
    return APIRouter(include_in_schema=False, route_class=Route, dependencies=[Depends(instructor)])


def local(path: str) -> str:
    """A path of this site; anything else could lead a signed-in person elsewhere."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if safe and path.isprintable() else "/"
