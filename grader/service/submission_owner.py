"""Deleting a submission, or moving one that was uploaded for the wrong person.

Owns the use cases and their words; the log keeps what was deleted or moved. Who may is asked by the
routes.
"""

from typing import Final

from grader import errors
from grader.service import context, submissions
from grader.store import enrolments, rows
from grader.store import submission_owner as stored

MAX_REASON: Final = 1000
WORDS: Final = {
    stored.OwnerChange.BEING_GRADED: "It is still being graded; cancel that first, or wait.",
    stored.OwnerChange.ASKED_ABOUT: "Its student has written to the staff about it, which another "
    "student must not read. Delete it and let the right student submit it.",
    stored.OwnerChange.THEIRS: "It is theirs already.",
}


def delete(services: context.Services, user: rows.User, submission_id: str, reason: str) -> None:
    """Delete a submission with all that was made of it; the log keeps whose it was, and why.

    Raises:
        NotFound: there is none.
        NotValid: no reason was given.
        Conflict: it is being graded.
    """
    submission = submissions.find(services, user, submission_id)
    ended = stored.delete(services.store, submission.id, user.title, _reason(reason))
    _require_done(ended, "")


def move(
    services: context.Services, user: rows.User, submission_id: str, student: str, reason: str
) -> rows.Submission:
    """Give a submission to another student of the course, with its time, result and marks.

    Raises:
        NotFound: there is no such submission, or no such student.
        NotValid: no reason was given.
        Conflict: it is being graded, its student asked about it, or it is theirs already.
    """
    submission = submissions.find(services, user, submission_id)
    home = services.course.home(submission.assignment)
    login, said = enrolments.login_of(services.store, home, student), _reason(reason)
    ended = stored.move(services.store, submission.id, login, user.title, said)
    _require_done(ended, login)
    return submissions.find(services, user, submission_id)


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said or "\0" in said:
        raise errors.NotValid("Say why, for the log.")
    if len(said) > MAX_REASON:
        raise errors.NotValid(f"A reason has at most {MAX_REASON} characters.")
    return said


def _require_done(ended: stored.OwnerChange, student: str) -> None:
    match ended:
        case stored.OwnerChange.DONE:
            return
        case stored.OwnerChange.ABSENT:
            raise errors.NotFound("There is no such submission any more.")
        case stored.OwnerChange.NO_STUDENT:
            raise errors.NotFound(
                f"There is no student {student!r} in this course; check the login name."
            )
    raise errors.Conflict(WORDS[ended])
