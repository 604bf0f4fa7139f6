"""The JSON of annotations.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from dataclasses import asdict

import pydantic

from grader.course import annotations
from grader.http import request_faults
from grader.service import annotations as service

MAX_SENT = 2 * service.MAX_TEXT  # blanks around it count here


class AnnotatedPlace(pydantic.BaseModel):
    """Lines of a file, or a page of a PDF."""

    path: str = pydantic.Field(max_length=1000, examples=["layers.py"])
    first_line: int | None = pydantic.Field(None, ge=1, le=10_000_000, examples=[12])
    last_line: int | None = pydantic.Field(None, ge=1, le=10_000_000, description="or the first")
    page: int | None = pydantic.Field(None, ge=1, le=10_000_000)
    place: str = pydantic.Field(
        "", max_length=service.MAX_PLACE, description="on the page", examples=["figure 2"]
    )


class NewAnnotation(AnnotatedPlace, request_faults.SentBody):
    """What to write next to a place."""

    text: str = pydantic.Field(max_length=MAX_SENT, examples=["This allocates in each step."])


class AnnotationText(request_faults.SentBody):
    """Another text for an annotation; an empty one takes it back."""

    text: str = pydantic.Field("", max_length=MAX_SENT)
    version: int | None = pydantic.Field(
        None, ge=1, le=1_000_000, description="the version that was seen; null does not ask"
    )


class AnnotationVersion(pydantic.BaseModel):
    """What an annotation said; an empty text: it was taken back."""

    version: int
    text: str
    author: str = pydantic.Field(description="students read `course staff`")
    at: datetime.datetime


class Annotation(AnnotatedPlace, AnnotationVersion):
    """One annotation as it is now."""

    id: int
    carried_from: uuid.UUID | None = pydantic.Field(
        description="the other submission of the same student that it was written for"
    )
    earlier: list[AnnotationVersion] = pydantic.Field(description="for staff; newest first")


class LeftBehind(pydantic.BaseModel):
    """Annotations of an older submission that are about what this one has no longer."""

    submission: uuid.UUID
    annotations: int = pydantic.Field(description="how many")


class Annotations(pydantic.BaseModel):
    """The annotations of a submission, by file and place."""

    annotations: list[Annotation]
    left_behind: list[LeftBehind] = pydantic.Field(
        description="what did not follow from older submissions of the student"
    )


def place(sent: NewAnnotation) -> annotations.Place:
    """Where it is to be."""
    return annotations.Place(
        sent.path, sent.first_line, sent.last_line, sent.page, sent.place.strip()
    )


def listed(found: annotations.Annotated) -> Annotations:
    """The annotations of a submission."""
    return Annotations(
        annotations=[one(annotation) for annotation in found.shown],
        left_behind=[
            LeftBehind(submission=older, annotations=n) for older, n in found.left_behind.items()
        ],
    )


def one(annotation: annotations.Annotation) -> Annotation:
    """One annotation."""
    return Annotation(
        id=annotation.id,
        carried_from=annotation.carried_from,
        earlier=[AnnotationVersion(**asdict(version)) for version in annotation.earlier],
        **asdict(annotation.place),
        **asdict(annotation.now),
    )
