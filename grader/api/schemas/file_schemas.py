"""The JSON of a submission's files and of two submissions compared.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from typing import Literal

import pydantic

from grader.confined import reader_protocol
from grader.service import submitted_files
from grader.source import line_diff


class SubmittedFile(pydantic.BaseModel):
    """One file; `text` is null where it is not text. A notebook is its cells."""

    path: str
    text: str | None
    size_bytes: int | None = pydantic.Field(description="of what is not text")


class SubmittedFiles(pydantic.BaseModel):
    """The files of a submission, by path; none if the upload cannot be read."""

    files: list[SubmittedFile]


class ComparedLine(pydantic.BaseModel):
    """One line; `old` and `new` are its numbers, 0 in the text that has it not."""

    kind: Literal["same", "added", "removed"]
    old: int
    new: int
    text: str


class ComparedFile(pydantic.BaseModel):
    """One file in two submissions."""

    path: str
    state: str = pydantic.Field(examples=["added", "removed", "changed", "same"])
    hunks: list[list[ComparedLine]] | None = pydantic.Field(
        description="what differs, with lines around it; null where it is not text"
    )
    is_cut: bool = pydantic.Field(description="only the first 5,000 lines were compared")


class ComparedOne(pydantic.BaseModel):
    """One of the two."""

    id: uuid.UUID
    submitted_at: datetime.datetime
    score: float | None = pydantic.Field(description="what counts; null without a result")


class ComparedSubmissions(pydantic.BaseModel):
    """Two submissions of one student: `before` is the older one.

    `fixed` are tests that fail before and pass after, `broken` the other way round, of those that
    the reader sees.
    """

    before: ComparedOne
    after: ComparedOne
    fixed: list[str]
    broken: list[str]
    files: list[ComparedFile]


def files(shown: reader_protocol.FilesShown) -> SubmittedFiles:
    """The files of a submission."""
    return SubmittedFiles(files=sorted(_files(shown), key=lambda one: one.path))


def comparison(found: submitted_files.SubmissionChanges) -> ComparedSubmissions:
    """Two submissions compared."""
    return ComparedSubmissions(
        before=_side(found.before),
        after=_side(found.after),
        fixed=list(found.tests.fixed) if found.tests else [],
        broken=list(found.tests.broken) if found.tests else [],
        files=[
            ComparedFile(
                path=one.path,
                state=one.state,
                hunks=_hunks(one.diff.hunks) if one.diff else None,
                is_cut=bool(one.diff and one.diff.is_cut),
            )
            for one in found.changes
        ],
    )


def _files(shown: reader_protocol.FilesShown) -> Iterator[SubmittedFile]:
    for path, text in shown.texts.items():
        yield SubmittedFile(path=path, text=text, size_bytes=None)
    for path, other in shown.others.items():
        yield SubmittedFile(path=path, text=None, size_bytes=other.size_bytes)


def _side(side: submitted_files.ComparedSide) -> ComparedOne:
    score = float(side.report.totals.score) if side.report else None
    at = side.submission.created_at
    return ComparedOne(id=side.submission.id, submitted_at=at, score=score)


def _hunks(hunks: Sequence[Sequence[line_diff.DiffLine]]) -> list[list[ComparedLine]]:
    return [
        [ComparedLine(kind=one.kind, old=one.old, new=one.new, text=one.text) for one in hunk]
        for hunk in hunks
    ]
