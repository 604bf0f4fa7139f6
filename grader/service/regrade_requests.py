"""Regrade requests: a student asks about the points of one task, staff answer.

Owns who may ask and answer, and what a message may be. When one may ask is
`grader.course.regrade_requests`'s. Changing a mark or grading again is done as ever; the answer
says so in words.
"""

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Final

from grader import errors, models
from grader.course import permissions, regrade_requests
from grader.service import context, submissions, written_text
from grader.store import regrade_requests as stored
from grader.store import rows

MAX_TEXT: Final = 5000  # characters of one message
MOST_MESSAGES: Final = 50  # of one request, from both sides together
MOST_LISTED: Final = 500
STAFF: Final = "course staff"  # what students read of who answered


def ask(
    services: context.Services, user: rows.User, submission_id: str, task: str, text: str
) -> regrade_requests.RegradeRequest:
    """Ask about the points of a task of one's own submission.

    Raises:
        NotFound: no such submission or task.
        NotAllowed: it is not their own.
        NotValid: nothing was asked, or too much.
        NotTaken: grades are not published, or it is too late.
        Conflict: there is no result yet, or a request about this task is open.
    """
    submission = submissions.find(services, user, submission_id)
    said = written_text.checked(text, "a message", MAX_TEXT)
    assignment = services.course.load(submission.assignment)
    if task not in {one.id for one in assignment.manifest.task}:
        raise errors.NotFound(f"This homework has no task {task}.")
    if user.id not in submission.owners or permissions.is_staff(user.role):
        raise errors.NotAllowed("Only the student whose submission it is can ask about it.")
    now = datetime.datetime.now(datetime.UTC)
    own = services.course.load_for(assignment.slug, [user.id])[user.id]
    if why := regrade_requests.refusal(own.manifest.schedule, own.release, now):
        raise errors.NotTaken(why)
    if submission.state is not models.SubmissionState.DONE:
        raise errors.Conflict("There is no result to ask about yet.", state=submission.state)
    request_id = stored.ask(services.store, submission.id, task, user.name, said)
    if request_id is None:
        raise errors.Conflict(
            f"Your request about task {task} is not closed yet; add a message to it."
        )
    return find(services, user, request_id)


def reply(
    services: context.Services, user: rows.User, request_id: int, text: str, *, close: bool = False
) -> regrade_requests.RegradeRequest:
    """Add a message to a request; with `close` it is the last one, and may be empty.

    Raises:
        NotFound: no such request of theirs.
        NotValid: nothing was said, or too much.
        Conflict: it is closed, or has very many messages.
    """
    request = find(services, user, request_id)
    said = "" if close and not text.strip() else written_text.checked(text, "a message", MAX_TEXT)
    by_staff = permissions.may_mark(user.role)
    if len(request.messages) >= MOST_MESSAGES and not close:
        raise errors.Conflict("This request has very many messages; talk to each other in person.")
    states = regrade_requests.RequestState
    state = states.CLOSED if close else states.ANSWERED if by_staff else states.OPEN
    if not stored.reply(services.store, request_id, user, said, state, by_staff=by_staff):
        raise errors.Conflict("This request is closed; a new one can be made.")
    return find(services, user, request_id)


def find(
    services: context.Services, user: rows.User, request_id: int
) -> regrade_requests.RegradeRequest:
    """A request that the user may see: their own, as instructors everybody's.

    Raises:
        NotFound: there is none.
    """
    request = stored.one(services.store, request_id)
    if request is None or not _may_see(services, user, request):
        raise errors.NotFound("There is no such request of yours; check the address.")
    return _shown(user, request)


def of_submission(
    services: context.Services, user: rows.User, submission_id: str
) -> Sequence[regrade_requests.RegradeRequest]:
    """All requests about a submission that the user may see, oldest first."""
    submission = submissions.find(services, user, submission_id)
    found = stored.of_submission(services.store, submission.id)
    return [_shown(user, request) for request in found]


def of_assignment(
    services: context.Services, slug: str, *, closed: bool = False
) -> Sequence[regrade_requests.RegradeRequest]:
    """Requests about an assignment: those that wait for staff first, closed ones if asked for."""
    services.course.load(slug)
    return stored.of_assignment(services.store, slug, MOST_LISTED, closed=closed)


def refusal(services: context.Services, slug: str, user: rows.User) -> str:
    """Why this student may not ask about this assignment now, in words; empty when they may."""
    own = services.course.load_for(slug, [user.id])
    assignment = own.get(user.id) or services.course.load(slug)
    now = datetime.datetime.now(datetime.UTC)
    return regrade_requests.refusal(assignment.manifest.schedule, assignment.release, now)


def _may_see(
    services: context.Services, user: rows.User, request: regrade_requests.RegradeRequest
) -> bool:
    if permissions.is_staff(user.role):
        return permissions.may_mark(user.role)
    try:
        submissions.find(services, user, str(request.submission_id))
    except errors.NotFound:
        return False
    return True


def _shown(
    user: rows.User, request: regrade_requests.RegradeRequest
) -> regrade_requests.RegradeRequest:
    """The request for this reader: students do not read which of the staff answered."""
    if permissions.is_staff(user.role):
        return request
    messages = tuple(
        dataclasses.replace(message, author=STAFF) if message.by_staff else message
        for message in request.messages
    )
    return dataclasses.replace(request, messages=messages)
