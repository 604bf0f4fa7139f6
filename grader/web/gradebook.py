"""The gradebook of an assignment, in the forms that can be saved.

Owns this page's routes. What stands in it is `grader.service.gradebook`'s.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.course import gradebook as books
from grader.exchange import gradebook_csv as columns
from grader.http import csv_stream, dependencies
from grader.scoring import final_score
from grader.service import context, excusals, gradebook
from grader.web import rendering, view_models

router = rendering.router_for_markers()

MOST_SHOWN: Final = 500  # lines on the page; a table has them all
NOTHING: Final = {"student": "", "reason": ""}

SYSTEM_WORDS = {
    columns.System.PLAIN: "Everything, for a spreadsheet",
    columns.System.CANVAS: "Canvas",
    columns.System.GRADESCOPE: "Gradescope",
    columns.System.MOODLE: "Moodle",
    columns.System.BRIGHTSPACE: "Brightspace",
    columns.System.BLACKBOARD: "Blackboard",
}


@dataclass(frozen=True, slots=True)
class GradeLine:
    """What counts for a student, as the page says it."""

    person: books.Person
    submission_id: str
    points: str
    late: str
    note: str


@router.get("/assignments/{slug}/gradebook")
def gradebook_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """What counts for each student, the forms of it that can be saved, and who is excused."""
    return _page(slug, request, services)


@router.post("/assignments/{slug}/excused", dependencies=[rendering.OwnForm])
def excuse(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=rendering.MAX_REASON)] = "",
) -> Response:
    """Excuse a student: the homework does not count for them."""
    try:
        excusals.excuse(services, user, slug, student, reason)
    except errors.Refusal as exc:
        return _page(slug, request, services, exc, {"student": student, "reason": reason})
    return rendering.to(f"/assignments/{slug}/gradebook#excused")


@router.post("/assignments/{slug}/excused/withdraw", dependencies=[rendering.OwnForm])
def withdraw(
    slug: str,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Let the homework count for a student again."""
    excusals.withdraw(services, user, slug, student)
    return rendering.to(f"/assignments/{slug}/gradebook#excused")


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    refused: Exception | None = None,
    given: Mapping[str, str] = NOTHING,
) -> HTMLResponse:
    """The page; `given` is what was filled in when nobody could be excused."""
    manifest = services.course.load(slug).manifest
    entries = list(gradebook.entries(services.store, services.course, manifest))
    # Moodle's form leaves lines out; what it warns of holds for all.
    warnings = columns.warnings(entries, columns.System.MOODLE, columns.book(manifest))
    return rendering.render(
        request,
        "gradebook.html",
        refused=refused,
        section="gradebook",
        assignment=manifest,
        systems=SYSTEM_WORDS,
        warnings=warnings,
        lines=[_line(one) for one in entries[:MOST_SHOWN]],
        count=len(entries),
        excused=excusals.of_assignment(services, slug),
        given=given,
    )


def _line(entry: books.Entry) -> GradeLine:
    total = entry.total
    return GradeLine(
        entry.person,
        str(entry.submission.id) if entry.submission else "",
        _points(total) if total and not entry.excused else "",
        ", ".join(_late(entry)),
        _note(entry),
    )


def _points(total: final_score.Totals) -> str:
    return f"{view_models.number(total.score)} / {view_models.number(total.max_score)}"


def _late(entry: books.Entry) -> Iterator[str]:
    if entry.total and entry.total.penalty and not entry.excused:
        yield f"-{view_models.number(entry.total.penalty * 100)}%"
    if entry.late_days:
        yield f"{entry.late_days} late day{'' if entry.late_days == 1 else 's'}"


def _note(entry: books.Entry) -> str:
    if entry.excused:
        return "excused"
    if not entry.total:
        return "nothing graded"
    unmarked = entry.total.unmarked
    return f"{unmarked} task{'' if unmarked == 1 else 's'} to mark" if unmarked else ""


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
