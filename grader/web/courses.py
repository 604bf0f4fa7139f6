"""The courses of the viewer: what they are in each, and forms to make, change and archive one.

Owns this page's routes. Who may is `grader.service.courses`'; a course's people are on `roster`.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import permissions
from grader.http import dependencies
from grader.service import context, courses
from grader.store import rows
from grader.web import rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)

EMPTY: Final[Mapping[str, str]] = {"slug": "", "title": "", "term": ""}


@router.get("/courses")
def courses_page(
    request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """The viewer's courses; for administrators all of them."""
    return _page(request, services, user)


@router.post("/courses", dependencies=[rendering.OwnForm])
def create(
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    slug: rendering.FormText = "",
    title: rendering.FormText = "",
    term: rendering.FormText = "",
) -> Response:
    """Make a course and go to its roster."""
    try:
        made = courses.create(services, user, slug.strip(), title, term)
    except errors.Refusal as exc:
        given = {"slug": slug, "title": title, "term": term}
        return _page(request, services, user, exc, given)
    return rendering.to(f"/roster?course={made.slug}")


@router.post("/courses/{course}/archive", dependencies=[rendering.OwnForm])
def archive(
    course: str,
    services: dependencies.Services,
    user: rendering.Viewer,
    back: Annotated[bool, Form()] = False,
) -> Response:
    """Archive a course, or open it again."""
    courses.edit(services, user, course, archived=not back)
    return rendering.to("/courses")


@router.post("/courses/{course}/assignments", dependencies=[rendering.OwnForm])
def move(
    course: str,
    services: dependencies.Services,
    user: rendering.Viewer,
    assignment: rendering.FormText,
) -> Response:
    """Put a homework into a course."""
    courses.move(services, user, assignment, course)
    return rendering.to("/courses")


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    refused: Exception | None = None,
    given: Mapping[str, str] = EMPTY,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it could not be taken."""
    found = courses.listed(services, user)
    slugs = services.course.slugs()
    homeworks = {
        one.slug: [slug for slug in slugs if user.member.course_of(slug) == one.slug]
        for one in found
    }
    roles = {one.slug: user.member.role_in(one.slug) for one in found}
    return rendering.render(
        request,
        "courses.html",
        refused=refused,
        listed=found,
        roles=roles,
        teaches={slug for slug, role in roles.items() if role and permissions.is_staff(role)},
        changes={slug for slug, role in roles.items() if role and permissions.is_instructor(role)},
        runs=permissions.runs_service(user.role),
        homeworks=homeworks,
        given=given,
    )
