"""The gradebook of an assignment, in the forms that can be saved.

Owns this page's routes. What stands in it is `grader.service.gradebook`'s.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse

from grader.exchange import gradebook_csv as columns
from grader.http import csv_stream, dependencies
from grader.service import gradebook
from grader.web import rendering

router = rendering.router_for_markers()

SYSTEM_WORDS = {
    columns.System.PLAIN: "Everything, for a spreadsheet",
    columns.System.CANVAS: "Canvas",
    columns.System.GRADESCOPE: "Gradescope",
    columns.System.MOODLE: "Moodle",
    columns.System.BRIGHTSPACE: "Brightspace",
    columns.System.BLACKBOARD: "Blackboard",
}


@router.get("/assignments/{slug}/gradebook")
def gradebook_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """The forms of the gradebook that can be saved."""
    manifest = services.course.load(slug).manifest
    return rendering.render(
        request,
        "gradebook.html",
        section="gradebook",
        assignment=manifest,
        systems=SYSTEM_WORDS,
        # Moodle's form leaves lines out; what it warns of holds for all.
        warnings=gradebook.warnings(
            services.store, services.course, manifest, columns.System.MOODLE
        ),
    )


@router.get("/assignments/{slug}/gradebook.csv", response_model=None)
def gradebook_csv(
    slug: str,
    services: dependencies.Services,
    system: Annotated[columns.System, Query(alias="for")] = columns.System.PLAIN,
    column: Annotated[str, Query(max_length=200)] = "",
    *,
    comments: bool = False,
    dropped: bool = False,
) -> Response:
    """The gradebook itself."""
    manifest = services.course.load(slug).manifest
    lines = gradebook.lines(
        services.store,
        services.course,
        manifest,
        system,
        column,
        comments=comments,
        dropped=dropped,
    )
    return csv_stream.response(lines, f"{slug}-{system}.csv", rendering.SECURITY_HEADERS)
