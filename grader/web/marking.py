"""Marking by hand: the write-up beside a form for each task that no test can judge.

Owns these routes. What a mark may be is `api.marks`'s, what it sums to `scoring.final_score`'.

A student's PDF is hostile. It is read in a confined process, sent as `application/pdf` only when it
begins as one, never under another type, under a policy that lets it run and load nothing, and may
be framed by this page alone. What draws it is the browser's own viewer, in its own sandbox.
"""

import functools
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.api import dependencies, marks, problems
from grader.api.schemas import mark_schemas
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.intake import uploads
from grader.store import listings
from grader.web import rendering

router = APIRouter(
    include_in_schema=False, route_class=rendering.Route, dependencies=[Depends(rendering.staff)]
)

MAX_COMMENT: Final = 10_000
OVERTAKEN: Final = (
    "Somebody else has marked this meanwhile: theirs is the newest of its versions below. Yours is "
    "still in the form; keep it if it shall replace theirs."
)
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
    submission_id: str, request: Request, here: dependencies.Here, user: rendering.Staff
) -> HTMLResponse:
    """A submission's manual tasks with their marks, beside its write-up."""
    return _marking(submission_id, request, here, user)


def _marking(
    submission_id: str,
    request: Request,
    here: dependencies.Services,
    user: rendering.Staff,
    status_code: int = 200,
    reasons: tuple[str, ...] = (),
    given: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it could not be kept."""
    told = marks.list_marks(submission_id, here, user)
    upload = _upload(submission_id, here, user)
    manifest = assignments.load(here.course_dir, upload.assignment).manifest
    return rendering.render(
        request,
        "marking.html",
        status_code,
        headers=PAGE_POLICY,
        submission_id=submission_id,
        upload=upload,
        manifest=manifest,
        tasks=told.tasks,
        pdfs=_pdfs(here.uploads.get(upload.upload_sha256), manifest),
        reasons=reasons,
        given=given or {},
    )


@router.post("/submissions/{submission_id}/marks/{task}", dependencies=[rendering.OwnForm])
def put_mark(
    submission_id: str,
    task: str,
    request: Request,
    here: dependencies.Here,
    user: rendering.Staff,
    version: Annotated[int, Form(ge=0, le=1_000_000)],
    points: Annotated[str, Form(max_length=20)] = "",
    comment: Annotated[str, Form(max_length=MAX_COMMENT)] = "",
    items: Annotated[list[int] | None, Form(max_length=100)] = None,
) -> Response:
    """Keep a mark; points that are left empty are the sum of the ticked lines of the rubric."""
    given = {"task": task, "points": points, "comment": comment, "items": items or []}
    again = functools.partial(_marking, submission_id, request, here, user, given=given)
    try:
        wanted = _wanted(submission_id, task, here, user, points, comment, items or [], version)
        marks.put_mark(submission_id, task, wanted, here, user)
    except errors.UploadRefused as exc:
        return again(422, tuple(exc.reasons))
    except problems.Problem as exc:
        return again(exc.status, (OVERTAKEN if exc.status == 409 else exc.detail,))
    return rendering.to(f"/submissions/{submission_id}/marking#task-{task}")


def _wanted(
    submission_id: str,
    task: str,
    here: dependencies.Services,
    user: rendering.Staff,
    points: str,
    comment: str,
    ticked: list[int],
    version: int,
) -> mark_schemas.NewMark:
    known = {one.id: one for one in marks.list_marks(submission_id, here, user).tasks}
    rubric = known[task].rubric if task in known else []
    chosen = [item for number, item in enumerate(rubric) if number in ticked]
    try:
        given = float(points.replace(",", ".")) if points.strip() else None
        return mark_schemas.NewMark(points=given, rubric=chosen, comment=comment, version=version)
    except ValueError as exc:
        raise errors.UploadRefused(
            f"{points!r} is no number of points; write for example 3.5, or leave it empty."
        ) from exc


@router.get("/submissions/{submission_id}/pdf/{path:path}")
def pdf(submission_id: str, path: str, here: dependencies.Here, user: rendering.Staff) -> Response:
    """A PDF of a submission, for the frame beside the forms."""
    upload = _upload(submission_id, here, user)
    data = here.uploads.get(upload.upload_sha256)
    assignment = assignments.load(here.course_dir, upload.assignment)
    found = b""
    if path in _pdfs(data, assignment.manifest):
        found = reader.file(assignment, data, path)
    if not found.startswith(PDF_MAGIC):
        raise problems.Problem(404, "This submission has no such PDF.")
    return Response(found, media_type="application/pdf", headers=PDF_HEADERS)


def _upload(
    submission_id: str, here: dependencies.Services, user: rendering.Staff
) -> listings.Upload:
    try:
        found = listings.upload(here.store, uuid.UUID(submission_id), user)
    except ValueError:
        found = None
    if found is None:
        raise problems.Problem(404, "There is no such submission; check the address.")
    return found


def _pdfs(data: bytes, manifest: assignments.Manifest) -> list[str]:
    """The PDFs in an upload, by its list of contents; nothing is inflated."""
    try:
        names = uploads.paths(data, manifest)
    except errors.UploadRefused:
        return []
    return sorted(name for name in names if name.lower().endswith(".pdf"))
