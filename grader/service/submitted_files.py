"""The files of a submission as people read them, and what changed between two submissions.

Owns which two submissions may be compared. Uploads are read by `grader.confined.reader`, lines are
aligned by `grader.source.line_diff`, tests compared by `grader.scoring.regrade_diff`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.confined import reader, reader_protocol
from grader.scoring import regrade_diff
from grader.service import context, reports, submissions
from grader.source import line_diff
from grader.store import rows

log = logging.getLogger(__name__)

NOT_KEPT = (
    "A newer upload took the place of this one before it was graded, so its files are not kept."
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file in two submissions.

    Attributes:
        state: "added", "removed", "changed" or "same".
        diff: None where it is not text.
    """

    path: str
    state: str
    diff: line_diff.LineDiff | None


@dataclass(frozen=True, slots=True)
class TestChanges:
    """What the tests that a reader sees say in a newer report and not in an older one.

    Attributes:
        fixed: fail in the older one and pass in the newer one.
        broken: the other way round.
    """

    older: rows.Submission | rows.SubmissionRow
    fixed: tuple[str, ...]
    broken: tuple[str, ...]

    __test__ = False


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One of two submissions that are compared, with its report if its reader has one."""

    submission: rows.Submission
    report: reports.StudentReport | None


@dataclass(frozen=True, slots=True)
class SubmissionChanges:
    """Two submissions of one student; `tests` is None while one of them has no report."""

    before: ComparedSide
    after: ComparedSide
    tests: TestChanges | None
    changes: Sequence[FileChange]


def of_submission(
    services: context.Services, user: rows.User, submission_id: str
) -> reader_protocol.FilesShown:
    """The files of a submission that the user may see.

    Raises:
        NotFound: there is none, or its files are not kept.
        AssignmentNotFound, SuiteError: its assignment is gone or broken.
    """
    assignment, upload = _upload(services, user, submission_id)
    with reader.Reader() as confined:
        return confined.shown(assignment, upload)


def pages(services: context.Services, user: rows.User, submission_id: str, path: str) -> int | None:
    """How many pages a PDF of a submission has; None where nobody can tell.

    Raises:
        NotFound, AssignmentNotFound, SuiteError: as `of_submission`.
    """
    assignment, upload = _upload(services, user, submission_id)
    try:
        with reader.Reader() as confined:
            return confined.pages(assignment, upload, path)
    except errors.OperatorError as exc:  # a file that eats time or memory
        log.warning("the pages of %s in submission %s: %s", path, submission_id, exc)
        return None


def _upload(
    services: context.Services, user: rows.User, submission_id: str
) -> tuple[assignments.Assignment, bytes]:
    """The homework of a submission and its stored upload.

    Raises:
        NotFound: there is none that the user may see, or its files are not kept.
    """
    upload = submissions.upload_of(services, user, submission_id)
    if upload is None:
        raise errors.NotFound("There is no such submission of yours; check the address.")
    if not upload.kept:
        raise errors.NotFound(NOT_KEPT)
    assignment = services.course.load(upload.assignment)
    return assignment, services.uploads.get(upload.upload_sha256)


def since_last(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission,
    now: reports.StudentReport,
    graded: Sequence[rows.SubmissionRow],
) -> TestChanges | None:
    """What changed since the student's graded submission before this one; None for the first.

    Args:
        graded: `counting.history` of the submission.
    """
    if not submission.owners:  # nobody's of the course
        return None
    earlier = [row for row in graded if row.created_at < submission.created_at]
    if not earlier:
        return None
    before = reports.cut(services, user, earlier[0].run_id, submission.assignment)
    return test_changes(earlier[0], before, now.report) if before else None


def test_changes(
    older: rows.Submission | rows.SubmissionRow, before: models.Report, after: models.Report
) -> TestChanges:
    """The tests that pass in one of two reports only; both are as their reader sees them."""
    changes = regrade_diff.between(before, after)
    fixed = [one.name for one in changes if _passed(one.new) and not _passed(one.old)]
    broken = [one.name for one in changes if _passed(one.old) and not _passed(one.new)]
    return TestChanges(older, tuple(fixed), tuple(broken))


def _passed(side: regrade_diff.Side | None) -> bool:
    return side is not None and side.verdict is models.Verdict.PASSED


def _people(submission: rows.Submission) -> set[int]:
    return {*submission.owners} or {submission.user_id}


def compared(
    services: context.Services, user: rows.User, submission_id: str, other_id: str
) -> SubmissionChanges:
    """Two submissions of one student for one homework, the older one first.

    Raises:
        NotFound: one of them is not there for this reader, or they are not of one student.
    """
    found = [submissions.find(services, user, one) for one in (submission_id, other_id)]
    before, after = sorted(found, key=lambda one: one.created_at)
    if before.assignment != after.assignment or not _people(before) & _people(after):
        raise errors.NotFound("Only submissions of one student for one homework can be compared.")
    old, new = (reports.of_submission(services, user, one) for one in (before, after))
    tests = test_changes(before, old.report, new.report) if old and new else None
    files = (of_submission(services, user, str(one.id)) for one in (before, after))
    changes = compare(*files)
    return SubmissionChanges(ComparedSide(before, old), ComparedSide(after, new), tests, changes)


def compare(
    before: reader_protocol.FilesShown, after: reader_protocol.FilesShown
) -> Sequence[FileChange]:
    """What differs between the files of two submissions, by path; those that are equal as well."""
    paths = sorted({*before.texts, *after.texts, *before.others, *after.others})
    return [_change(path, before, after) for path in paths]


def _change(
    path: str, before: reader_protocol.FilesShown, after: reader_protocol.FilesShown
) -> FileChange:
    old, new = before.texts.get(path), after.texts.get(path)
    was, is_ = _has(before, path), _has(after, path)
    state = "changed" if was and is_ else "added" if is_ else "removed"
    if path in before.others or path in after.others:
        same = before.others.get(path) == after.others.get(path)
        return FileChange(path, "same" if same else state, None)
    diff = line_diff.between(old or "", new or "")
    return FileChange(path, "same" if old == new else state, diff)


def _has(files: reader_protocol.FilesShown, path: str) -> bool:
    return path in files.texts or path in files.others
