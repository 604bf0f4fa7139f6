"""The source of a public test, as it is in the files that students begin with.

Owns this page's route. A test that is not in the template is not shown, whoever asks: what students
may read of a suite is decided by `grader.authoring.template_builder` alone.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from grader import errors
from grader.http import dependencies
from grader.service import template_zip
from grader.web import listing, rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)


@router.get("/assignments/{slug}/tests/{path:path}")
def source_page(
    slug: str, path: str, request: Request, services: dependencies.Services, user: rendering.Viewer
) -> HTMLResponse:
    """A file of public tests, each test an anchor."""
    text = template_zip.public_test(services, user, slug, path)
    if text is None:
        raise errors.NotFound("There is no such public test; its file is not in the template.")
    return rendering.render(
        request,
        "public_test.html",
        assignment=services.course.load(slug).manifest,
        test_path=path,
        lines=listing.of_tests(text),
    )
