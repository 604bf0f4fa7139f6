"""Learning platforms and their courses: what is registered, accepted, and who comes from there.

Owns this page's routes. Who may do what is `grader.service.lti_platforms`' and `lti_courses`'.
"""

from typing import Annotated, Any

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import permissions
from grader.http import dependencies, problems
from grader.lti import platforms
from grader.service import context, lti_courses, lti_platforms
from grader.store import rows
from grader.web import rendering

router = rendering.router_for_instructors()

Number = Annotated[int, Form(ge=1, le=2**63 - 1)]


@router.get("/lms")
def lms_page(
    request: Request, services: dependencies.Services, user: rendering.Instructor
) -> HTMLResponse:
    """What is registered, and the courses that people have come from."""
    return _page(request, services, user)


@router.post("/lms/platforms", dependencies=[rendering.OwnForm])
def register(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    issuer: rendering.FormText = "",
    client_id: rendering.FormText = "",
    auth_url: rendering.FormText = "",
    token_url: rendering.FormText = "",
    keys_url: rendering.FormText = "",
    name: rendering.FormText = "",
    token_audience: rendering.FormText = "",
    deployments: rendering.FormText = "",
) -> Response:
    """Register an LMS; what is wrong is said, and what was typed stays."""
    given = platforms.Registration(
        issuer=issuer.strip(),
        client_id=client_id.strip(),
        auth_url=auth_url.strip(),
        token_url=token_url.strip(),
        keys_url=keys_url.strip(),
        name=name.strip(),
        token_audience=token_audience.strip(),
        deployments=tuple(deployments.split()),
    )
    try:
        lti_platforms.register(services, user, given)
    except (errors.NotValid, errors.Conflict) as exc:
        return _page(request, services, user, typed=given, wrong=exc)
    return rendering.to(_here(user))


@router.post("/lms/platforms/remove", dependencies=[rendering.OwnForm])
def remove_platform(
    services: dependencies.Services, user: rendering.Instructor, platform: Number
) -> Response:
    """Remove an LMS with its courses."""
    lti_platforms.remove(services, user, platform)
    return rendering.to(_here(user))


@router.post("/lms/invitations", dependencies=[rendering.OwnForm])
def invite(
    request: Request, services: dependencies.Services, user: rendering.Instructor
) -> Response:
    """Make an address by which an LMS registers itself, and show it, this once."""
    return _page(request, services, user, invitation=lti_platforms.invite(services, user))


@router.post("/lms/keys", dependencies=[rendering.OwnForm])
def rotate(services: dependencies.Services, user: rendering.Instructor) -> Response:
    """Make another key."""
    lti_platforms.rotate_by(services, user, at_once=False)
    return rendering.to(_here(user))


@router.post("/lms/courses/accept", dependencies=[rendering.OwnForm])
def accept(
    services: dependencies.Services, user: rendering.Instructor, lms_course: Number
) -> Response:
    """Let people enter by a course of an LMS."""
    lti_courses.accept(services, user, lms_course)
    return rendering.to(_here(user))


@router.post("/lms/courses/remove", dependencies=[rendering.OwnForm])
def remove_course(
    services: dependencies.Services, user: rendering.Instructor, lms_course: Number
) -> Response:
    """Forget a course of an LMS."""
    lti_courses.remove(services, user, lms_course)
    return rendering.to(_here(user))


@router.post("/lms/courses/roster", dependencies=[rendering.OwnForm])
def take_roster(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    lms_course: Number,
    confirm: Annotated[bool, Form()] = False,
) -> Response:
    """Bring accounts up to date with the people of a course; a mass drop asks first."""
    try:
        taken = lti_courses.take_roster(services, user, lms_course, confirm=confirm)
    except lti_courses.MostGone as exc:
        return _page(request, services, user, wrong=exc, unconfirmed=lms_course)
    except errors.Conflict as exc:
        return _page(request, services, user, wrong=exc)
    return _page(request, services, user, roster=taken)


def _here(user: rows.User) -> str:
    """This page, of the course that the user looks at."""
    return f"/lms?course={user.course}"


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    *,
    typed: platforms.Registration | None = None,
    wrong: errors.Refusal | None = None,
    **values: Any,
) -> HTMLResponse:
    shown: dict[str, Any] = {"invitation": "", "roster": None, "unconfirmed": None}
    problem = problems.of(wrong) if wrong else None
    return rendering.render(
        request,
        "lms.html",
        problem.status if problem else 200,
        site=services.channels.site,
        platforms=lti_platforms.every(services),
        courses=lti_courses.every(services, user),
        may_register=permissions.registers_platforms(user.role),
        typed=typed or platforms.Registration("", "", "", "", ""),
        wrong=problem.detail if problem else "",
        **shown | values,
    )
