"""The first page: all assignments of the course that the viewer sees.

Owns this page's route. Who sees what is `grader.service.assignments`'s.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from grader.course import permissions
from grader.http import dependencies
from grader.service import assignments
from grader.web import rendering, view_models

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, services: dependencies.Services, user: rendering.Viewer) -> HTMLResponse:
    """All assignments of the course that have opened."""
    staff = permissions.is_staff(user.role)
    listed = assignments.listed(services, user)
    lines = [(one, view_models.standing(one.terms, staff=staff)) for one in listed]
    faults = assignments.faults(services, user)
    return rendering.render(request, "assignments.html", assignments=lines, faults=faults)
