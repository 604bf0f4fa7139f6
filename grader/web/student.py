"""The line that installs the student's half, and the wheel that it names.

Owns the route `/student/…`, which needs no sign-in because pip has none, and what a page says of
it. The wheel is `grader.service.student_wheel`'s.
"""

import urllib.parse
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from grader.http import public_address
from grader.service import student_wheel
from grader.web import rendering

WHEEL_TYPE = "application/zip"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AtHome:
    """What a student pastes: into a terminal, or with a `%` in front into a notebook.

    Attributes:
        url: of the wheel.
        service: the address to log in to.
    """

    url: str
    service: str

    @property
    def pip(self) -> str:
        """The one line."""
        return f"pip install -q {self.url}"


def at_home(request: Request) -> AtHome:
    """What a page says of testing and submitting from elsewhere (`_at_home.html`)."""
    service = public_address.own(request)
    name = urllib.parse.quote(student_wheel.current_name())
    return AtHome(f"{service}/student/{name}", service)


@router.get("/student/{name}")
def wheel(name: str, request: Request) -> Response:
    """The wheel; pip asks for it without a token."""
    made = student_wheel.build(name, public_address.own(request))
    return rendering.download(made, name, WHEEL_TYPE)
