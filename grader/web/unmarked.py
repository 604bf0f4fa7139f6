"""The list of what is left to mark by hand, and the way from one write-up to the next.

Owns these pages' routes. What is left is `grader.course.marking_list`'s, marking one
`web.marking`'s.
"""

from typing import Annotated, Final

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse

from grader.course import marking_list
from grader.http import dependencies
from grader.service import marks
from grader.web import rendering

router = rendering.router_for_markers()

MOST_SHOWN: Final = 500
TaskChoice = Annotated[str, Query(max_length=200)]
SectionChoice = Annotated[str, Query(max_length=200)]


@router.get("/assignments/{slug}/unmarked")
def unmarked_page(
    slug: str,
    request: Request,
    services: dependencies.Services,
    task: TaskChoice = "",
    section: SectionChoice = "",
) -> HTMLResponse:
    """Everybody whose counting submission has manual tasks without a mark."""
    manifest = services.course.load(slug).manifest
    everybody = marks.unmarked(services, slug, task)
    left = [one for one in everybody if section in ("", one.person.section)]
    return rendering.render(
        request,
        "unmarked.html",
        section="unmarked",
        assignment=manifest,
        tasks=manifest.manual,
        sections=sorted({one.person.section for one in everybody if one.person.section}),
        left=left[:MOST_SHOWN],
        count=len(left),
        chosen={"task": task, "section": section},
    )


@router.get("/assignments/{slug}/unmarked/next")
def next_unmarked(
    slug: str,
    services: dependencies.Services,
    task: TaskChoice = "",
    section: SectionChoice = "",
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """On to the write-up after this one that is left to mark; back to the list after the last.

    Args:
        after: the submission that was just looked at.
    """
    left = marks.unmarked(services, slug, task, section)
    found = _following(left, after)
    if found is None:
        return rendering.to(f"/assignments/{slug}/unmarked")
    return rendering.to(f"/submissions/{found.submission_id}/marking#task-{task or found.tasks[0]}")


def _following(left: list[marking_list.Unmarked], after: str) -> marking_list.Unmarked | None:
    """The one after this submission; the first where it is not on the list any more."""
    ids = [str(one.submission_id) for one in left]
    if after in ids:
        return next(iter(left[ids.index(after) + 1 :]), None)
    return next(iter(left), None)
