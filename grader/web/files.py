"""The files of a submission: numbered lines, those marked that the report names, annotations.

Owns these pages' routes. The files are read by `grader.service.submitted_files`, annotations are
`grader.service.annotations`'.

A place of a PDF is a page and, if the marker likes, words ("figure 2", "second paragraph"): a click
into a picture of the page would need a script, and words are read out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.confined import reader_protocol
from grader.course import annotations
from grader.http import dependencies
from grader.service import annotations as service
from grader.service import context, counting, reports, submissions, submitted_files
from grader.store import rows
from grader.web import listing, rendering

router = APIRouter(include_in_schema=False, route_class=rendering.Route)

Number = Annotated[str, Form(max_length=20)]
Said = Annotated[str, Form(max_length=4 * service.MAX_TEXT)]


@dataclass(frozen=True, slots=True)
class TypedNote:
    """What stands in a form: of the annotation `id`, or of a new one for `path` where it is 0."""

    path: str = ""
    first: str = ""
    last: str = ""
    page: str = ""
    place: str = ""
    text: str = ""
    id: int = 0


EMPTY = TypedNote()


@router.get("/submissions/{submission_id}/files")
def files_page(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Viewer,
    at: Annotated[str, Query(max_length=1000)] = "",
    line: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """What was submitted, file by file; for markers a form, filled in with a file and a line."""
    return _page(submission_id, request, services, user, TypedNote(at, line))


@router.post("/submissions/{submission_id}/annotations", dependencies=[rendering.OwnForm])
def annotate(
    submission_id: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    path: Annotated[str, Form(max_length=1000)],
    text: Said = "",
    first: Number = "",
    last: Number = "",
    page: Number = "",
    place: Annotated[str, Form(max_length=2 * service.MAX_PLACE)] = "",
    is_pdf: Annotated[bool, Form()] = False,
) -> Response:
    """Write next to lines of a file, or to a page of a PDF."""
    typed = TypedNote(path, first, last, page, place, text)
    try:
        made = service.add(services, user, submission_id, _place(typed, is_pdf=is_pdf), text)
    except errors.Refusal as exc:
        return _page(submission_id, request, services, user, typed, exc)
    return rendering.to(f"/submissions/{submission_id}/files#note-{made.id}")


@router.post(
    "/submissions/{submission_id}/annotations/{annotation_id}", dependencies=[rendering.OwnForm]
)
def change_annotation(
    submission_id: str,
    annotation_id: int,
    request: Request,
    services: dependencies.Services,
    user: rendering.Marker,
    version: Annotated[int, Form(ge=1, le=1_000_000)],
    text: Said = "",
    take_back: Annotated[bool, Form()] = False,
) -> Response:
    """Give an annotation another text, or take it back."""
    try:
        if not take_back and not text.strip():
            raise errors.NotValid("Write what you want to say, or take the annotation back.")
        service.change(services, user, annotation_id, "" if take_back else text, version)
    except errors.Refusal as exc:
        typed = TypedNote(text=text, id=annotation_id)
        return _page(submission_id, request, services, user, typed, exc)
    return rendering.to(f"/submissions/{submission_id}/files#note-{annotation_id}")


def _place(typed: TypedNote, *, is_pdf: bool) -> annotations.Place:
    """Where it is to be.

    Raises:
        NotValid: a number is not one.
    """
    if is_pdf:
        return annotations.Place(typed.path, page=_number(typed.page), place=typed.place.strip())
    first = _number(typed.first)
    return annotations.Place(typed.path, first, _number(typed.last) if typed.last else first)


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise errors.NotValid(f"{text!r} is not a number of a line or page; write for example 3.")
    return int(text)


def _page(
    submission_id: str,
    request: Request,
    services: context.Services,
    user: rows.User,
    typed: TypedNote,
    refused: Exception | None = None,
) -> HTMLResponse:
    submission = submissions.find(services, user, submission_id)
    shown = submitted_files.of_submission(services, user, submission_id)
    report = reports.of_submission(services, user, submission)
    messages = [test.message for test in report.report.tests] if report else []
    failing = listing.failing_lines(messages)
    written = service.of_submission(services, user, submission)
    notes = _by_file(written.shown)
    return rendering.render(
        request,
        "files.html",
        refused=refused,
        assignment=services.course.load(submission.assignment).manifest,
        submission=submission,
        texts={
            path: listing.of_file(path, text, failing.get(path, set()), notes.get(path, ()))
            for path, text in shown.texts.items()
        },
        failing=failing,
        others=shown.others,
        pdfs=_pdfs(shown, notes),
        notes=notes,
        left_behind=written.left_behind,
        typed=typed,
        most=service.MAX_TEXT,
        choices=counting.history(services, submission),
    )


def _by_file(
    found: Sequence[annotations.Annotation],
) -> Mapping[str, list[annotations.Annotation]]:
    """Path -> its annotations."""
    files: dict[str, list[annotations.Annotation]] = {}
    for one in found:
        files.setdefault(one.place.path, []).append(one)
    return files


def _pdfs(
    shown: reader_protocol.FilesShown, notes: Mapping[str, list[annotations.Annotation]]
) -> list[str]:
    """The PDFs of a submission, and those of older ones whose annotations came along."""
    carried = {path for path, own in notes.items() if own[0].place.page is not None}
    own = {path for path in (*shown.texts, *shown.others) if path.lower().endswith(".pdf")}
    return sorted(own | carried)
