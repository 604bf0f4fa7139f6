"""Links that open the template's notebook where notebooks are hosted, and the file that they name.

Owns the route `/notebooks/…`, which needs no sign-in because a notebook's host has none: what
students begin with is no secret once the assignment is open. Without the setting there is neither
a link nor the route.
"""

import urllib.parse
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response

from grader import errors
from grader.assignment import manifest as assignments
from grader.http import dependencies, public_address
from grader.service import context, template_zip
from grader.web import rendering

PLACE = "{url}"  # in the setting, where the notebook's address goes
TYPE = "application/x-ipynb+json"

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


def install(app: FastAPI, address: str) -> None:
    """Let pages link to a host of notebooks.

    Args:
        address: with `PLACE` in it; empty for none.

    Raises:
        OperatorError: it is no such address.
    """
    parts = urllib.parse.urlsplit(address)
    if address and (parts.scheme != "https" or not parts.netloc or PLACE not in address):
        raise errors.OperatorError(
            f"GRADER_NOTEBOOK_HOST={address!r} is not the address of a notebook host. Write it "
            f"with {PLACE} where the notebook's own address goes, for example "
            "https://colab.research.google.com/#fileId={url}"
        )
    app.state.notebook_host = address


def host_name(request: Request) -> str:
    """Where notebooks are opened, for people; empty without a host."""
    host = urllib.parse.urlsplit(_host(request)).netloc
    return "Colab" if host == "colab.research.google.com" else host


def links(request: Request, services: context.Services, slug: str) -> list[tuple[str, str]]:
    """Name and link of each notebook of the template."""
    assignment = services.course.load(slug)
    if not (host := _host(request)) or not _is_open(assignment):
        return []
    own = public_address.own(request)
    found = template_zip.notebooks(assignment)
    places = {name: f"{own}/notebooks/{slug}/{urllib.parse.quote(name)}" for name in found}
    return [
        (name, host.replace(PLACE, urllib.parse.quote(place, safe="")))
        for name, place in places.items()
    ]


@router.get("/notebooks/{slug}/{name}")
def notebook(slug: str, name: str, request: Request, services: dependencies.Services) -> Response:
    """A notebook of the template; any site may read it."""
    content = _readable(request, services, slug).get(name)
    if content is None:
        raise errors.NotFound("There is no such notebook.")
    answer = rendering.download(content.read_bytes(), "notebook.ipynb", TYPE)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _readable(request: Request, services: context.Services, slug: str) -> dict[str, Path]:
    if not _host(request):
        return {}
    assignment = services.course.load(slug)
    return template_zip.notebooks(assignment) if _is_open(assignment) else {}


def _is_open(assignment: assignments.Assignment) -> bool:
    opens = assignment.manifest.schedule.opens
    return opens is None or opens <= datetime.now(UTC)


def _host(request: Request) -> str:
    host: str = request.app.state.notebook_host
    return host
