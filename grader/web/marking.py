"""Marking by hand: the write-up next to a form for each task that no test can judge.

Owns this page's routes. What a mark may be is `grader.service.marks`'s, what it sums to
`scoring.final_score`'s.

A student's PDF is hostile. It is read in a confined process, sent as `application/pdf` only when it
begins as one, never under another type, under a policy that lets it run and load nothing, and may
be framed by this page alone. What draws it is the browser's own viewer, in its own sandbox.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Final

from fastapi import Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.http import dependencies, problems
from grader.intake import uploads
from grader.scoring import final_score
from grader.service import context, marking_shares, marks, submissions
from grader.store import listings, rows
from grader.web import mark_forms, mark_views, marking_way, rendering

router = rendering.router_for_markers()

OVERTAKEN: Final = (
    "Somebody else has marked this meanwhile: their mark is shown above yours. Yours is still in "
    "the form; save it if it should replace theirs."
)
NOTHING_GIVEN: Final = (
    "Nothing is ticked and no points are written. Write 0 if that is meant; to take a mark back, "
    "press the button for it."
)
NOTHING_FILLED_IN: Final[Mapping[str, mark_forms.MarkForm]] = {}
Task = Annotated[str, Form(max_length=200)]
PDF_MAGIC: Final = b"%PDF-"
PAGE_POLICY: Final = {"Content-Security-Policy": f"{rendering.POLICY}; frame-src 'self'"}
PDF_HEADERS: Final = rendering.SECURITY_HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "Content-Disposition": "inline",
}


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


async def _filled(request: Request) -> FormData:
    return await request.form()


@router.post("/submissions/{submission_id}/marking", dependencies=[rendering.OwnForm])
def put_marks(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    way: marking_way.Way,
    form: Annotated[FormData, Depends(_filled)],
    save: Task = "",
    go_on: Task = "",
    take_back: Task = "",
) -> Response:
    """Keep every mark of the page that is new; empty points are the sum of the ticked lines.

    Args:
        save: the task whose button was pressed.
        go_on: the same; then show the next submission of the way.
        take_back: leave this task without a mark, whatever is filled in.
    """
    marking = marks.of_submission(services, user, submission_id)
    pressed = save or go_on or take_back
    try:
        filled = _new(marking, form, pressed)
    except errors.Refusal as exc:
        return _page(submission_id, request, services, user, way, exc)
    refused = dict[str, errors.Refusal]()
    for task, one in filled.items():
        try:
            _put(services, user, submission_id, marking, task, one, take_back == task)
        except errors.Refusal as exc:
            refused[task] = exc
    if refused:
        return _refused(submission_id, request, services, user, way, refused, filled)
    saved = pressed if pressed in filled else next(iter(filled))
    return _onward(services, user, submission_id, way, "" if go_on else saved)


def _new(marking: marks.Marking, form: FormData, pressed: str) -> Mapping[str, mark_forms.MarkForm]:
    """Task -> what is filled in for it, where that is new; else of the button that was pressed.

    Raises:
        NotFound: the page has no such task.
        NotValid: no page of ours sends this.
    """
    sent = {
        task.id: one
        for task in marking.tasks
        if (one := mark_forms.of_task(form, task.id, _rubric(marking, task.id)))
    }
    new = {task: one for task, one in sent.items() if one.is_new(_shown(marking, task, one))}
    if pressed in sent and (not new or form.get("take_back")):
        new[pressed] = sent[pressed]
    if not new:
        raise errors.NotFound(f"There is no task {pressed!r} on this page.")
    return new


def _shown(marking: marks.Marking, task: str, form: mark_forms.MarkForm) -> mark_forms.ShownMark:
    """The mark that the page showed when it was filled in."""
    given = [mark for mark in marking.marks if mark.task == task]
    known = given or [mark for mark in [marking.carried.get(task)] if mark]
    for view in _views(marking, task, known):
        if view.version == form.version:
            points = view.points if view.by_hand else None
            return mark_forms.ShownMark(points, view.rubric, view.comment)
    return mark_forms.UNMARKED


def _views(
    marking: marks.Marking, task_id: str, given: Sequence[final_score.Mark]
) -> list[mark_views.MarkView]:
    task = next(one for one in marking.tasks if one.id == task_id)
    return [mark_views.of_mark(mark, task) for mark in given]


def _put(
    services: context.Services,
    user: rows.User,
    submission_id: str,
    marking: marks.Marking,
    task: str,
    form: mark_forms.MarkForm,
    take_back: bool,  # positional in one call
) -> None:
    """Keep one mark.

    Raises:
        Refusal: it is none, or somebody was faster.
    """
    if len(form.comment) > marks.MAX_COMMENT:
        raise errors.NotValid(f"A comment has {marks.MAX_COMMENT:,} characters at most.")
    new = rows.NewMark(task, None, (), form.comment)
    if not take_back:
        new = _filled_in(new, _points(form.points), _ticked(marking, task, form.ticks))
    marks.put(services, user, submission_id, new, form.version, form.rubric)


def _refused(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    way: marking_way.MarkingWay,
    refused: Mapping[str, errors.Refusal],
    filled: Mapping[str, mark_forms.MarkForm],
) -> HTMLResponse:
    """The page with what could not be kept still in its forms; the others are saved."""
    overtaken, texts = list[str](), list[str]()
    for task, exc in refused.items():
        text = str(exc)
        if isinstance(exc, errors.Conflict):
            is_rubric = exc.facts["version"] == filled[task].version
            text = marks.RUBRIC_CHANGED if is_rubric else OVERTAKEN
            overtaken += [] if is_rubric else [task]
        texts.append(f"Task {task}: {text}" if len(filled) > 1 else text)
    if len(refused) < len(filled):
        texts.append("What you filled in for the other tasks is saved.")
    kind = type(next(iter(refused.values())))
    given = {task: filled[task] for task in refused}
    return _page(
        submission_id,
        request,
        services,
        user,
        way,
        kind(" ".join(texts)),
        given,
        overtaken=overtaken,
    )


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
    given: Mapping[str, mark_forms.MarkForm] = NOTHING_FILLED_IN,
    *,
    overtaken: Collection[str] = (),
) -> HTMLResponse:
    """The page.

    Args:
        given: task -> what was filled in when it could not be kept.
        overtaken: tasks of which somebody else's mark was faster; it is shown.
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
        tasks=mark_views.of_tasks(marking, marking_shares.of_work(services, upload)),
        visits=marking.visits,
        way=way,
        pdfs=_pdfs(services.uploads.get(upload.upload_sha256), assignment),
        given=given,
        overtaken=overtaken,
    )


def _rubric(marking: marks.Marking, task_id: str) -> list[mark_forms.RubricLine]:
    """The lines of a task's rubric as they are now."""
    rubric = next((task.rubric for task in marking.tasks if task.id == task_id), ())
    return [mark_forms.RubricLine(item.text, item.points) for item in rubric]


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
