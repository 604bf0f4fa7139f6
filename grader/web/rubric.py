"""The rubric of a task that people mark: its lines in a form, and whose points a change moves.

Owns this page's routes. What a change does is `grader.service.rubrics`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Annotated, Final, Literal

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import rubrics as course_rubrics
from grader.http import dependencies
from grader.service import context, rubrics
from grader.web import rendering, score_table

router = rendering.router_for_markers()

EMPTY_ROWS: Final = 3
Texts = Annotated[tuple[str, ...], Form(max_length=2 * rubrics.MOST_LINES)]


@dataclass(frozen=True, slots=True)
class RubricRow:
    """A line of the form as it was typed; `was` is the line that it changes."""

    text: str
    points: str
    was: str


@router.get("/assignments/{slug}/rubrics/{task}")
def rubric_page(
    slug: str,
    task: str,
    request: Request,
    services: dependencies.Services,
    start: Literal["ours", "homework", "both"] = "ours",
) -> HTMLResponse:
    """The rubric of a task, to be changed.

    Args:
        start: what stands in the form, where the homework's rubric has changed since ours.
    """
    found = rubrics.of_task(services, slug, task)
    typed = [RubricRow(i.text, score_table.in_full(i.points), i.text) for i in found.task.rubric]
    if found.choices and start != "ours":
        lines = found.choices.homework if start == "homework" else found.choices.both
        typed = [RubricRow(i.text, score_table.in_full(i.points), i.was) for i in lines]
    return _page(slug, request, services, found, typed, found.version, start=start)


@router.post("/assignments/{slug}/rubrics/{task}", dependencies=[rendering.OwnForm])
def change_rubric(
    slug: str,
    task: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    version: Annotated[int, Form(ge=0, le=1_000_000)],
    text: Texts = (),
    points: Texts = (),
    was: Texts = (),
    save: Annotated[bool, Form()] = False,
    homework: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Show whose points a change would move or, with `save`, make it.

    Args:
        homework: what the homework's own was known by when the page was opened.
    """
    typed = [RubricRow(*row) for row in zip_longest(text, points, was, fillvalue="")]
    found = rubrics.of_task(services, slug, task)
    try:
        lines = [_line(row) for row in typed if row.text.strip()]
        done = rubrics.change(
            services, user, slug, task, lines, version, preview=not save, own_seen=homework
        )
    except errors.Refusal as exc:
        if not isinstance(exc, errors.Conflict):
            return _page(slug, request, services, found, typed, version, exc)
        theirs = rubrics.of_task(services, slug, task)
        mine = _over(typed, theirs)
        page = (slug, request, services, theirs, mine, theirs.version)
        return _page(*page, exc, overtaken=True)
    if save:
        return rendering.to(f"/assignments/{slug}/rubrics/{task}")
    return _page(slug, request, services, found, typed, version, marks=done)


def _over(typed: Sequence[RubricRow], theirs: rubrics.TaskRubric) -> list[RubricRow]:
    """What was typed, above somebody else's rubric: lines that theirs has not are new ones."""
    there = {item.text for item in theirs.task.rubric}
    return [RubricRow(r.text, r.points, r.was if r.was in there else "") for r in typed]


def _line(row: RubricRow) -> course_rubrics.ChangedLine:
    text = " ".join(row.text.split())
    return course_rubrics.ChangedLine(text, rubrics.points(row.points), row.was)


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    found: rubrics.TaskRubric,
    typed: Sequence[RubricRow],
    version: int,
    refused: Exception | None = None,
    marks: Sequence[course_rubrics.MarkChange] | None = None,
    *,
    overtaken: bool = False,
    start: str = "ours",
) -> HTMLResponse:
    """The page.

    Args:
        marks: those that the change in the form would move, once that was asked.
        overtaken: somebody else's rubric is shown next to what was typed.
    """
    filled = [row for row in typed if row.text or row.was or row.points]
    return rendering.render(
        request,
        "rubric.html",
        refused=refused,
        section="unmarked",
        assignment=services.course.load(slug).manifest,
        rubric=found,
        rows=[*filled, *[RubricRow("", "", "")] * EMPTY_ROWS],
        version=version,
        marks=marks,
        overtaken=overtaken,
        start=start,
    )
