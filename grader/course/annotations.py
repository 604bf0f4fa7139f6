"""What staff write next to lines of a file or to a place of a PDF: values and words. Pure.

Owns the values. Who writes and reads is `grader.service.annotations`'s.
"""

import datetime
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a text, or a page of a PDF; the numbers of the other are None.

    Attributes:
        place: where on the page, in words; may be empty.
    """

    path: str
    first_line: int | None = None
    last_line: int | None = None
    page: int | None = None
    place: str = ""

    @property
    def words(self) -> str:
        """Where it is, without the path."""
        if self.page is not None:
            return f"page {self.page}{f', {self.place}' if self.place else ''}"
        if self.first_line == self.last_line:
            return f"line {self.first_line}"
        return f"lines {self.first_line} to {self.last_line}"


@dataclass(frozen=True, slots=True)
class AnnotationVersion:
    """What an annotation said; an empty text takes it back."""

    version: int
    text: str
    author: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation as it is now.

    Attributes:
        carried_from: the submission it was written for, where that is an older one with the same
            write-up.
        earlier: older versions, newest first; for staff.
    """

    id: int
    place: Place
    now: AnnotationVersion
    carried_from: uuid.UUID | None = None
    earlier: tuple[AnnotationVersion, ...] = ()
