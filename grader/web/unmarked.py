"""What is left to mark by hand, by whom, and the way from one write-up to the next.

Owns these pages' routes. What is left is `grader.course.marking_list`'s, who marks it
`grader.service.marking_shares`', marking one `web.marking`'s.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import marking_list
from grader.http import dependencies
from grader.service import context, marking_shares, marks, rubrics
from grader.web import marking_way, rendering

router = rendering.router_for_markers()

MOST_SHOWN: Final = 500
Words = Annotated[str, Form(max_length=200)]


@router.get("/assignments/{slug}/unmarked")
def unmarked_page(
    slug: str, request: Request, services: dependencies.Services, way: marking_way.Way
) -> HTMLResponse:
    """Everybody whose counting submission has manual tasks without a mark."""
    return _page(slug, request, services, way)


@router.post("/assignments/{slug}/unmarked", dependencies=[rendering.OwnForm])
def divide(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    markers: Annotated[tuple[str, ...], Form(max_length=1000)] = (),
    task: Words = "",
    section: Words = "",
    again: Annotated[bool, Form()] = False,
) -> Response:
    """Divide what is left among those who were ticked."""
    way = marking_way.MarkingWay("", "", "")
    try:
        marking_shares.divide(services, user, slug, markers, task, section, again=again)
    except errors.Refusal as exc:
        given = {"markers": markers, "task": task, "section": section, "again": again}
        return _page(slug, request, services, way, exc, given)
    return rendering.to(f"/assignments/{slug}/unmarked")


@router.get("/assignments/{slug}/unmarked/next")
def next_unmarked(
    slug: str,
    services: dependencies.Services,
    way: marking_way.Way,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """On to the write-up after this one that is left to mark; back to the list after the last.

    Args:
        after: the submission that was just looked at.
    """
    left = marks.unmarked(services, slug, way.task, way.section, way.marker, after)
    query = f"?{way.query}" if way.query else ""
    if not left:
        return rendering.to(f"/assignments/{slug}/unmarked{query}")
    anchor = f"#task-{way.task or left[0].tasks[0]}"
    return rendering.to(f"/submissions/{left[0].submission_id}/marking{query}{anchor}")


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    way: marking_way.MarkingWay,
    refused: Exception | None = None,
    given: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when the work could not be divided."""
    manifest = services.course.load(slug).manifest
    whole = marks.unmarked(services, slug)
    everybody = list(marking_list.narrowed(whole, way.task, marker=way.marker))
    left = list(marking_list.narrowed(everybody, section=way.section))
    return rendering.render(
        request,
        "unmarked.html",
        refused=refused,
        section="unmarked",
        assignment=manifest,
        tasks=manifest.manual,
        changed_rubrics=[
            one.task for one in rubrics.of_assignment(services, slug).values() if one.choices
        ],
        sections=sorted({who.section for one in everybody for who in one.people} - {""}),
        left=left[:MOST_SHOWN],
        count=len(left),
        way=way,
        markers=marking_shares.progress(services, slug, whole),
        nobody=marking_list.NOBODY,
        given=given or {"markers": (), "task": "", "section": "", "again": False},
    )
