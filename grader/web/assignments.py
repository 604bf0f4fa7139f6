"""The first page: all assignments that the viewer sees, course by course.

Owns this page's route. Who sees what is `grader.service.assignments`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import assignments, courses, versions
from grader.web import rendering, view_models
from grader.web import versions as listed

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/")
def home(
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    course: Annotated[str, Query(max_length=63)] = "",
) -> HTMLResponse:
    """All assignments that have opened, of all the viewer's courses or of one."""
    shown: dict[str, list[tuple[assignments.AssignmentStanding, object]]] = {}
    for one in assignments.listed(services, user):
        slug = one.manifest.slug
        words = view_models.standing(one.terms, staff=courses.teaches(user, slug))
        shown.setdefault(user.member.course_of(slug), []).append((one, words))
    own = [one for one in user.member.own if course in ("", one.slug)]
    return rendering.render(
        request,
        "assignments.html",
        groups=[(one, shown[one.slug]) for one in own if one.slug in shown],
        chosen=course,
        faults=assignments.faults(services, user),
        not_live=[
            one
            for one in versions.not_live(services, user)
            if course in ("", user.member.course_of(one.assignment))
        ],
        version_words=listed.WORDS,
    )
