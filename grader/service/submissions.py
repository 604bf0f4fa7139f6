"""A student's submission: accept an upload, find it, say where it stands, cancel it.

Owns what a route and a page both do with one submission. What an upload may be is intake's, what
becomes of its run `run_grader`'s, what its report says `reports`'s.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from grader import errors, logs, models
from grader.assignment import lateness, schedule
from grader.course import permissions
from grader.intake import uploads, writeup
from grader.service import assignments as standings
from grader.service import context, jobs, progress_reader, queue_estimate
from grader.store import blobs, listings, rows
from grader.store import submissions as stored

log = logging.getLogger(__name__)

FAILED_TEXT = (
    "Something went wrong in the service, not in your work. The course staff can see it and will "
    "act."
)

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class SubmissionStatus:
    """Where a submission stands, as one reader is told.

    Attributes:
        ready_in_s: estimated seconds until the report is ready; None when nobody can say.
        reasons: why it was refused or has failed; those meant for staff are kept from students.
        version: of the homework, by which it was graded; for staff.
    """

    submission: rows.Submission
    ready_in_s: float | None
    reasons: tuple[str, ...]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SubmissionProgress:
    """A submission's status and, while it runs, what this attempt's tests have said so far."""

    status: SubmissionStatus
    progress: progress_reader.RunProgress


def find(services: context.Services, user: rows.User, submission_id: str) -> rows.Submission:
    """A submission that the user may see.

    Raises:
        NotFound: there is none.
    """
    try:
        submission = stored.get(services.store, uuid.UUID(submission_id), user)
    except ValueError:
        submission = None
    if submission is None:
        raise errors.NotFound("There is no such submission of yours; check the id.")
    return submission


def upload_of(
    services: context.Services, user: rows.User, submission_id: str
) -> listings.Upload | None:
    """Where a submission's upload lies, if the user may have it."""
    try:
        return listings.upload(services.store, uuid.UUID(submission_id), user)
    except ValueError:
        return None


def accept(
    services: context.Services,
    user: rows.User,
    slug: str,
    files: Files,
    key: str | None = None,
    started: datetime | None = None,
) -> rows.Submission:
    """Store an upload and queue its grading.

    A student's upload of the same bytes within a minute is the same submission.

    Args:
        key: the sender's; the same upload under the same key is accepted once.
        started: when the upload began; now, by default. Dates are judged by it, within
            `lateness.UPLOAD_TIME`.

    Raises:
        UploadRefused: a rule of intake is broken.
        NotTaken, TooManyAttempts: not now; staff may at any time.
        Conflict: the key was used for another upload.
    """
    content = uploads.digest(slug, files)
    assignment = services.course.load(slug)
    staff = permissions.is_staff(user.role)
    now = datetime.now(UTC)
    instant = lateness.instant(started or now, now)
    terms = None if staff else standings.find(services, user, slug, instant).terms
    if terms:
        schedule.require_open(terms)
    suite = assignment.suite_version() if assignment.manifest.schedule.reuse_results else ""
    upload = services.intake.inspect(slug, files)
    new = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=user.id,
        assignment=slug,
        upload_sha256=blobs.name_of(upload),
        upload_bytes=len(upload),
        content_sha256=content,
        idempotency_key=key,
        one_at_a_time=not staff,
        allowance=standings.allowance(terms, instant) if terms else None,
        submitted_at=instant,
        writeup_sha256=writeup.fingerprint(upload, assignment.manifest),
        in_team=not staff and assignment.manifest.team is not None,
        notes=services.intake.notes(slug, upload),
    )
    stored.require_acceptable(services.store, new)
    services.uploads.put(upload)
    return _stored(services, user, new, suite)


def _stored(
    services: context.Services, user: rows.User, new: rows.NewSubmission, suite: str
) -> rows.Submission:
    submission = stored.get(services.store, jobs.accept(services.store, new, suite), user)
    if submission is None:
        raise errors.StoreUnavailable("An accepted submission is gone.")
    if submission.content_sha256 != new.content_sha256:
        raise errors.Conflict("This Idempotency-Key was used for another upload; use a new key.")
    with logs.about(submission=str(submission.id), run=submission.run_id):
        log.info("accepted for %s: %s bytes", submission.assignment, new.upload_bytes)
    return submission


def cancel(services: context.Services, user: rows.User, submission_id: str) -> rows.Submission:
    """Cancel the grading of a submission that waits or runs.

    Raises:
        NotFound, Conflict: there is none, or its grading has ended.
        NotAllowed: it is another's, and the user only marks.
    """
    submission = find(services, user, submission_id)
    theirs = user.id in (submission.user_id, *submission.mates)
    if not theirs and not permissions.may_regrade(user.role):
        raise errors.NotAllowed("Only an instructor may cancel the grading of others' work.")
    run_ids = [submission.run_id]
    cancelled = jobs.cancel(services.store, run_ids, user.title, "cancelled by request")
    submission = find(services, user, submission_id)
    if not cancelled:
        raise errors.Conflict("It is no longer being graded.", state=submission.state)
    return submission


def status(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> SubmissionStatus:
    """Where a submission stands, for this reader."""
    ready_in_s = queue_estimate.report_s(services, submission)
    version = submission.version if permissions.is_staff(user.role) else None
    return SubmissionStatus(submission, ready_in_s, shown_reasons(user, submission), version)


def shown_reasons(user: rows.User, submission: rows.Submission) -> tuple[str, ...]:
    """Why a submission has no report, in words that this reader may see."""
    refused = submission.state is models.SubmissionState.REFUSED
    if refused or permissions.is_staff(user.role):
        return submission.reasons
    return (FAILED_TEXT,) if submission.state is models.SubmissionState.FAILED else ()


def so_far(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> SubmissionProgress:
    """A submission's status and, while it runs, what its tests have said to this reader."""
    progress = progress_reader.of_attempt(services, user, submission)
    return SubmissionProgress(status(services, user, submission), progress)
