"""What staff write next to lines of a file or to a place of a PDF: values and words. Pure.

Owns the values. Who writes and reads is `grader.service.annotations`'s.
"""

import collections
import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


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
        carried_from: the submission it was written for, where that is another one of the same
            people.
        earlier: older versions, newest first; for staff.
    """

    id: int
    place: Place
    now: AnnotationVersion
    carried_from: uuid.UUID | None = None
    earlier: tuple[AnnotationVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotated:
    """What is written next to a submission.

    Attributes:
        shown: by file and place; with what followed from other submissions of the same people.
        left_behind: older submission -> how many of its annotations are about what is here no
            longer.
    """

    shown: Sequence[Annotation] = ()
    left_behind: Mapping[uuid.UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Related:
    """An annotation of a submission, or of another one of the same people for that homework.

    Attributes:
        home: the submission that it was written for.
        is_own: that is the submission asked about.
        is_older: its home is older than that.
        has_same_writeup: both have the same write-up.
        is_looked_for: whether its lines are there is known.
        first_line, last_line: where they are; None: not there, or not known yet.
    """

    annotation: Annotation
    home: uuid.UUID
    is_own: bool
    is_older: bool
    has_same_writeup: bool
    is_looked_for: bool
    first_line: int | None
    last_line: int | None

    @property
    def is_to_be_looked_for(self) -> bool:
        """Whether its lines may be there, which is not known yet."""
        if self.is_own or self.is_looked_for or not self.is_older:
            return False
        return self.annotation.place.page is None and bool(self.annotation.now.text)

    @property
    def here(self) -> Annotation | None:
        """As the submission shows it; None where it does not.

        What is written on a page of a write-up goes with the write-up, as marks do. What is
        written next to lines follows into newer submissions that have these lines.
        """
        if self.is_own:
            return self.annotation
        place = self.annotation.place
        if place.page is None:
            if self.first_line is None:
                return None
            place = replace(place, first_line=self.first_line, last_line=self.last_line)
        elif not self.has_same_writeup:
            return None
        return replace(self.annotation, place=place, carried_from=self.home)


def annotated(related: Sequence[Related]) -> Annotated:
    """What a submission shows of these, and how many older submissions keep; none taken back."""
    said = [one for one in related if one.annotation.now.text]
    shown = [place for one in said if (place := one.here)]
    left = collections.Counter(one.home for one in said if one.is_older and not one.here)
    return Annotated(sorted(shown, key=_by_place), left)


def _by_place(one: Annotation) -> tuple[str, int, int, int]:
    place = one.place
    return (place.path, place.page or 0, place.first_line or 0, one.id)
