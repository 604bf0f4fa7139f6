"""Annotations: what staff write next to lines of a submission or to a place of its PDF.

Owns these routes; who may read and write is `grader.service.annotations`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Path

from grader.api import callers
from grader.api.schemas import annotation_schemas
from grader.http import dependencies, problems
from grader.service import annotations, submissions

router = APIRouter()

AnnotationId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(
    "/api/submissions/{submission_id}/annotations",
    responses=problems.described(**callers.UNAUTHORISED, s404="no such submission of yours"),
)
def list_annotations(
    submission_id: str, services: dependencies.Services, user: callers.Caller
) -> annotation_schemas.Annotations:
    """What staff wrote next to a submission's files; for its student once grades are published.

    What is written on a page of a PDF goes with the write-up into submissions of the student that
    have the same one; what is written next to lines follows into newer ones that have these lines.
    """
    submission = submissions.find(services, user, submission_id)
    return annotation_schemas.listed(annotations.of_submission(services, user, submission))


@router.post(
    "/api/submissions/{submission_id}/annotations",
    status_code=201,
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such submission, or its files are not kept",
        s409="the submission has very many",
        s422="there is no such place, or nothing is said",
    ),
)
def add_annotation(
    submission_id: str,
    sent: annotation_schemas.NewAnnotation,
    services: dependencies.Services,
    user: callers.Marker,
) -> annotation_schemas.Annotation:
    """Write next to lines of a file, or to a page of a PDF."""
    place = annotation_schemas.place(sent)
    made = annotations.add(services, user, submission_id, place, sent.text)
    return annotation_schemas.one(made)


@router.put(
    "/api/annotations/{annotation_id}",
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such annotation",
        s409="somebody else has changed it meanwhile; `version` is theirs",
        s422="too much is said",
    ),
)
def change_annotation(
    annotation_id: AnnotationId,
    sent: annotation_schemas.AnnotationText,
    services: dependencies.Services,
    user: callers.Marker,
) -> annotation_schemas.Annotation:
    """Give an annotation another text, as another version; an empty one takes it back."""
    changed = annotations.change(services, user, annotation_id, sent.text, sent.version)
    return annotation_schemas.one(changed)
