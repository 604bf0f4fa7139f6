"""Marking by hand: the write-up next to a form for each task that no test can judge.

Owns this page's routes. What a mark may be is `grader.service.marks`'s, what it sums to
`scoring.final_score`'s.

A student's PDF is hostile. It is read in a confined process, sent as `application/pdf` only when it
begins as one, never under another type, under a policy that lets it run and load nothing, and may
be framed by this page alone. What draws it is the browser's own viewer, in its own sandbox.
"""

import dataclasses
import datetime
import functools
import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Final

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.course import rubrics
from grader.exchange import results
from grader.http import dependencies, problems
from grader.intake import uploads
from grader.scoring import final_score
from grader.service import context, marks, submissions
from grader.store import listings, rows
from grader.web import marking_way, rendering

router = rendering.router_for_markers()

OVERTAKEN: Final = (
    "Somebody else has marked this meanwhile: their mark is shown above yours. Yours is still in "
    "the form; save it if it should replace theirs."
)
NOTHING_GIVEN: Final = (
    "Nothing is ticked and no points are written. Write 0 if that is meant; to take a mark back, "
    "press the button for it."
)
PDF_MAGIC: Final = b"%PDF-"
PAGE_POLICY: Final = {"Content-Security-Policy": f"{rendering.POLICY}; frame-src 'self'"}
PDF_HEADERS: Final = rendering.SECURITY_HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "Content-Disposition": "inline",
}


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A line of a manual task's rubric; a deduction has negative points."""

    text: str
    points: float

    @property
    def key(self) -> str:
        """What it is known by in a form, whatever place and points it gets meanwhile."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class MarkView:
    """One version of a mark; `points` is None when it was taken back.

    Attributes:
        by_hand: the points are others than those of the ticked lines.
    """

    version: int
    points: float | None
    rubric: tuple[RubricLine, ...]
    comment: str
    marked_by: str
    marked_at: datetime.datetime
    carried_from: uuid.UUID | None
    reapplied_by: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class ManualTaskView:
    """A manual task with its marks, newest first, or the one that an older submission brought."""

    id: str
    title: str
    points: float
    rubric: tuple[RubricLine, ...]
    rubric_version: int
    marks: tuple[MarkView, ...]
    carried: MarkView | None


@router.get("/submissions/{submission_id}/marking")
def marking_page(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    way: marking_way.Way,
) -> HTMLResponse:
    """A submission's manual tasks with their marks, next to its write-up."""
    return _page(submission_id, request, services, user, way)


@router.post("/submissions/{submission_id}/marks/{marked}", dependencies=[rendering.OwnForm])
def put_mark(
    submission_id: str,
    marked: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    way: marking_way.Way,
    version: Annotated[int, Form(ge=0, le=1_000_000)],
    rubric: Annotated[int | None, Form(ge=0, le=1_000_000)] = None,
    points: Annotated[str, Form(max_length=20)] = "",
    comment: Annotated[str, Form(max_length=marks.MAX_COMMENT)] = "",
    items: Annotated[list[int] | None, Form(max_length=100)] = None,
    line: Annotated[list[str] | None, Form(max_length=1000)] = None,
    go_on: Annotated[bool, Form()] = False,
    take_back: Annotated[bool, Form()] = False,
) -> Response:
    """Keep a mark; points that are left empty are the sum of the ticked lines of the rubric.

    Args:
        marked: the task.
        rubric: the version of the rubric whose lines are ticked.
        items: the places of these.
        line: what each line of the form is known by; without it, they are those of now.
        go_on: then show the next submission of the way.
        take_back: leave no mark, whatever is filled in.
    """
    marking = marks.of_submission(services, user, submission_id)
    ticks = _ticks(marking, marked, items or [], line or [])
    given = {"task": marked, "points": points, "comment": comment, "ticks": ticks}
    again = functools.partial(_page, submission_id, request, services, user, way, given=given)
    try:
        new = rows.NewMark(marked, None, (), comment)
        if not take_back:
            new = _filled_in(new, _points(points), _ticked(marking, marked, ticks))
        marks.put(services, user, submission_id, new, version, rubric)
    except errors.Conflict as exc:
        if exc.facts["version"] == version:
            return again(errors.Conflict(marks.RUBRIC_CHANGED))
        return again(errors.Conflict(OVERTAKEN), overtaken=True)
    except errors.Refusal as exc:
        return again(exc)
    return _onward(services, user, submission_id, way, "" if go_on else marked)


def _filled_in(
    mark: rows.NewMark, points: Fraction | None, items: tuple[models.TickedItem, ...]
) -> rows.NewMark:
    """The mark with what the form says.

    Raises:
        NotValid: it says nothing.
    """
    if points is None and not items:
        raise errors.NotValid(NOTHING_GIVEN)
    return dataclasses.replace(mark, points=points, items=items)


def _onward(
    services: context.Services,
    user: rows.User,
    submission_id: str,
    way: marking_way.MarkingWay,
    task: str,
) -> Response:
    """Back to the task that was marked; without one, to the next submission of the way."""
    if task:
        query = f"?{way.query}" if way.query else ""
        return rendering.to(f"/submissions/{submission_id}/marking{query}#task-{task}")
    slug = submissions.find(services, user, submission_id).assignment
    query = f"{way.query}&" if way.query else ""
    return rendering.to(f"/assignments/{slug}/unmarked/next?{query}after={submission_id}")


@router.get("/submissions/{submission_id}/pdf/{path:path}")
def pdf(
    submission_id: str,
    path: str,
    services: dependencies.Services,
    user: rendering.Marker,
) -> Response:
    """A PDF of a submission, for the frame beside the forms."""
    upload = _upload(submission_id, services, user)
    zipped = services.uploads.get(upload.upload_sha256)
    assignment = services.course.load(upload.assignment)
    content = b""
    if path in _pdfs(zipped, assignment):
        with reader.Reader() as confined:
            content = confined.file(assignment, zipped, path)
    if not content.startswith(PDF_MAGIC):
        raise problems.Problem(404, "This submission has no such PDF.")
    return Response(content, media_type="application/pdf", headers=PDF_HEADERS)


def _page(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    way: marking_way.MarkingWay,
    refused: Exception | None = None,
    given: Mapping[str, Any] | None = None,
    *,
    overtaken: bool = False,
) -> HTMLResponse:
    """The page.

    Args:
        given: what was filled in when it could not be kept.
        overtaken: because of somebody else's mark, which is shown.
    """
    marking = marks.of_submission(services, user, submission_id, opens=True)
    upload = _upload(submission_id, services, user)
    assignment = services.course.load(upload.assignment)
    return rendering.render(
        request,
        "marking.html",
        refused=refused,
        headers=PAGE_POLICY,
        submission_id=submission_id,
        upload=upload,
        manifest=assignment.manifest,
        tasks=_tasks(marking),
        visits=marking.visits,
        way=way,
        pdfs=_pdfs(services.uploads.get(upload.upload_sha256), assignment),
        given=given or {},
        overtaken=overtaken,
    )


def _tasks(marking: marks.Marking) -> list[ManualTaskView]:
    """The manual tasks of a submission, for their marker."""
    return [
        ManualTaskView(
            task.id,
            task.title,
            task.points,
            tuple(RubricLine(item.text, item.points) for item in task.rubric),
            marking.rubrics[task.id],
            tuple(_mark(mark, task) for mark in marking.marks if mark.task == task.id),
            _mark(carried, task) if (carried := marking.carried.get(task.id)) else None,
        )
        for task in marking.tasks
    ]


def _mark(mark: final_score.Mark, task: assignments.Task) -> MarkView:
    return MarkView(
        mark.version,
        results.number(mark.points),
        tuple(RubricLine(item.text, float(item.points)) for item in mark.items),
        mark.comment,
        mark.marked_by,
        mark.marked_at,
        mark.carried_from,
        mark.reapplied_by,
        rubrics.is_by_hand(mark, task.exact_points) or not mark.items,
    )


def _rubric(marking: marks.Marking, task_id: str) -> list[RubricLine]:
    """The lines of a task's rubric as they are now."""
    rubric = next((task.rubric for task in marking.tasks if task.id == task_id), ())
    return [RubricLine(item.text, item.points) for item in rubric]


def _ticks(
    marking: marks.Marking, task_id: str, places: Sequence[int], lines: Sequence[str]
) -> frozenset[str]:
    """What the ticked lines of a form are known by."""
    shown = lines or [one.key for one in _rubric(marking, task_id)]
    return frozenset(shown[place] for place in places if 0 <= place < len(shown))


def _ticked(
    marking: marks.Marking, task_id: str, ticks: Collection[str]
) -> tuple[models.TickedItem, ...]:
    """The lines of a task's rubric that were ticked.

    Raises:
        Conflict: one of them is no longer there.
    """
    found = [one for one in _rubric(marking, task_id) if one.key in ticks]
    if len(found) < len(ticks):
        newest = next((mark.version for mark in marking.marks if mark.task == task_id), 0)
        raise errors.Conflict(marks.RUBRIC_CHANGED, version=newest)
    return tuple(models.TickedItem(one.text, Fraction(str(one.points))) for one in found)


def _points(text: str) -> Fraction | None:
    """Points as they were written; None for nothing.

    Raises:
        NotValid: it is no number of points.
    """
    if not text.strip():
        return None
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points <= marks.MAX_POINTS:  # nor is it one when it is not a number at all
        raise errors.NotValid(
            f"{text!r} is not a number of points; write for example 3.5, or leave it empty."
        )
    return Fraction(str(points))


def _upload(submission_id: str, services: context.Services, user: rows.User) -> listings.Upload:
    upload = submissions.upload_of(services, user, submission_id)
    if upload is None or not upload.kept:
        raise problems.Problem(404, "There is no such submission; check the address.")
    return upload


def _pdfs(zipped: bytes, assignment: assignments.Assignment) -> list[str]:
    """The PDFs in an upload, by its list of contents; a zip in a zip is opened by a reader."""
    try:
        names = uploads.paths(zipped, assignment.manifest)
    except errors.UploadRefused:
        return []
    if not names:
        with reader.Reader() as confined:
            names = confined.paths(assignment, zipped)
    return sorted(name for name in names if name.lower().endswith(".pdf"))
