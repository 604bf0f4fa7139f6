"""Annotations: what staff write next to lines of a submission or to a place of its PDF.

Owns who may write and read them, which places there are, and that they follow into newer
submissions (how, is `grader.course.annotations`'). They are shown to the student with the
marks, once grades are published, under the name "course staff".
"""

import dataclasses
import datetime
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from grader import errors
from grader.course import annotations, permissions
from grader.service import context, reports, submissions, submitted_files, written_text
from grader.source import line_diff
from grader.store import annotations as stored
from grader.store import rows

log = logging.getLogger(__name__)

MAX_TEXT: Final = 5000  # characters
MAX_PLACE: Final = 200
MAX_PAGE: Final = 10_000
MOST: Final = 500  # of one submission
STAFF: Final = "course staff"  # what students read of who wrote


def of_submission(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> annotations.Annotated:
    """What the user may read; nothing of it while grades are not published."""
    is_staff = permissions.is_staff(user.role)
    if not is_staff and not _published(services, user, submission.assignment):
        return annotations.Annotated()
    related = stored.related(services.store, submission)
    if unknown := [one for one in related if one.is_to_be_looked_for]:
        try:
            _look_for(services, user, submission, unknown)
        except errors.OperatorError as exc:  # looked for again at the next look at the page
            log.warning("older annotations are not found in %s: %s", submission.id, exc)
        related = stored.related(services.store, submission)
    found = annotations.annotated(related)
    if is_staff:
        return found
    return dataclasses.replace(found, shown=[_for_student(one) for one in found.shown])


def add(
    services: context.Services,
    user: rows.User,
    submission_id: str,
    place: annotations.Place,
    text: str,
) -> annotations.Annotation:
    """Write next to a place of a submission.

    Raises:
        NotFound: no such submission, or its files are not kept.
        NotValid: there is no such place, or nothing is said.
        Conflict: the submission has very many.
    """
    submission = submissions.find(services, user, submission_id)
    said = written_text.checked(text, "an annotation", MAX_TEXT)
    checked = _checked(services, user, submission_id, place)
    made = stored.add(services.store, submission.id, checked, said, user, MOST)
    if made is None:
        raise errors.Conflict(f"A submission has at most {MOST} annotations.")
    return _one(services, submission, made)


def change(
    services: context.Services,
    user: rows.User,
    annotation_id: int,
    text: str,
    seen: int | None,
) -> annotations.Annotation:
    """Give an annotation another text; an empty one takes it back.

    Args:
        seen: the version that was changed; None does not ask.

    Raises:
        NotFound: there is no such annotation.
        NotValid: too much is said.
        Conflict: somebody else has changed it meanwhile; `version` is theirs.
    """
    submission = of_annotation(services, user, annotation_id)
    said = written_text.checked(text, "an annotation", MAX_TEXT) if text.strip() else ""
    if stored.change(services.store, annotation_id, said, user, seen) is None:
        raise errors.Conflict(
            "Somebody else has changed this annotation meanwhile. Look at theirs, then change it "
            "again.",
            version=_one(services, submission, annotation_id).now.version,
        )
    return _one(services, submission, annotation_id)


def of_annotation(
    services: context.Services, user: rows.User, annotation_id: int
) -> rows.Submission:
    """The submission that an annotation was written for.

    Raises:
        NotFound: there is no such annotation.
    """
    found = stored.submission_of(services.store, annotation_id)
    if found is None:
        raise errors.NotFound("There is no such annotation; check the address.")
    return submissions.find(services, user, str(found))


def _one(
    services: context.Services, submission: rows.Submission, annotation_id: int
) -> annotations.Annotation:
    found = (one.annotation for one in stored.related(services.store, submission))
    return next(one for one in found if one.id == annotation_id)


def _look_for(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission,
    unknown: Sequence[annotations.Related],
) -> None:
    """Find the lines of older submissions' annotations in this one, and keep what was found."""
    now = _texts(services, user, submission.id)
    if now is None:
        return
    places: dict[int, tuple[int, int] | None] = {}
    for home in {one.home for one in unknown}:
        before = _texts(services, user, home)
        own = [one.annotation for one in unknown if one.home == home]
        places |= {one.id: _moved(one.place, before or {}, now) for one in own}
    stored.moved(services.store, submission.id, places)


def _moved(
    place: annotations.Place, before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[int, int] | None:
    first, last = place.first_line, place.last_line
    if place.path not in before or place.path not in now or first is None or last is None:
        return None
    found = line_diff.moved(before[place.path], now[place.path], first, last)
    return None if found is None else (found, found + last - first)


def _texts(
    services: context.Services, user: rows.User, submission_id: uuid.UUID
) -> Mapping[str, str] | None:
    """Path -> text of a submission's files; None where they cannot be read."""
    try:
        return submitted_files.of_submission(services, user, str(submission_id)).texts
    except (errors.NotFound, errors.SuiteError):
        return None


def _published(services: context.Services, reader: rows.User, slug: str) -> bool:
    """Whether grades are, for this student, who may have another date than everybody."""
    release = reports.release(services, slug, reader)
    return release is not None and release.is_published(datetime.datetime.now(datetime.UTC))


def _for_student(one: annotations.Annotation) -> annotations.Annotation:
    """As its student reads it: not by whom, and not what it said before."""
    now = dataclasses.replace(one.now, author=STAFF)
    return dataclasses.replace(one, now=now, earlier=())


def _checked(
    services: context.Services, user: rows.User, submission_id: str, place: annotations.Place
) -> annotations.Place:
    """The place, if the submission has it.

    Raises:
        NotValid: it has not.
    """
    files = submitted_files.of_submission(services, user, submission_id)
    if place.page is None:
        return _on_lines(place, files.texts)
    known = place.path in files.others or place.path in files.texts
    if not known or not place.path.lower().endswith(".pdf"):
        raise errors.NotValid(f"{place.path}: this submission has no such PDF.")
    pages = submitted_files.pages(services, user, submission_id, place.path)
    return _on_page(place, place.page, pages)


def _on_page(place: annotations.Place, page: int, pages: int | None) -> annotations.Place:
    """The place on a page of a PDF that has so many; None: nobody can tell."""
    if not 1 <= page <= (pages or MAX_PAGE):
        if pages:
            raise errors.NotValid(_not_there(place.path, pages, "page"))
        raise errors.NotValid(f"A page is a number from 1 to {MAX_PAGE}.")
    if len(place.place) > MAX_PLACE or not place.place.isprintable():
        raise errors.NotValid(f"A place on a page is {MAX_PLACE} characters at most.")
    return annotations.Place(place.path, page=page, place=place.place.strip())


def _on_lines(place: annotations.Place, texts: Mapping[str, str]) -> annotations.Place:
    if place.path not in texts:
        raise errors.NotValid(f"{place.path}: this submission has no such text; name a file of it.")
    lines = len(texts[place.path].splitlines())
    first = place.first_line or 0
    last = place.last_line or first
    if last < first <= lines:
        raise errors.NotValid("The first line comes after the last; swap them.")
    if not 1 <= first <= last <= lines:
        raise errors.NotValid(_not_there(place.path, lines, "line"))
    return annotations.Place(place.path, first, last)


def _not_there(path: str, n: int, what: str) -> str:
    if n > 1:
        return f"{path} has {n} {what}s; name one from 1 to {n}."
    return f"{path} has one {what}; name {what} 1." if n else f"{path} has no {what}s."
