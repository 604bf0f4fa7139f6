"""Messages: what the caller hears of, and for staff the outbox and what waits for them.

Owns these routes; what may be chosen is `grader.service.messages`'.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import message_schemas
from grader.http import dependencies, problems
from grader.service import messages, waiting

router = APIRouter()


@router.get("/api/messages", responses=problems.described(**callers.UNAUTHORISED))
def own(services: dependencies.Services, user: callers.Caller) -> message_schemas.OwnMessages:
    """What the caller hears of by mail, and could."""
    return message_schemas.own(messages.of(services, user))


@router.put(
    "/api/messages",
    responses=problems.described(
        **callers.UNAUTHORISED,
        s403="this token only reads",
        s422="no kind that the caller may choose",
    ),
)
def choose(
    new: message_schemas.NewMessageChoices, services: dependencies.Services, user: callers.Caller
) -> message_schemas.OwnMessages:
    """Hear of these kinds and of no other."""
    return message_schemas.own(messages.choose(services, user, new.wanted))


@router.get(
    "/api/messages/outbox",
    responses=problems.described(**callers.INSTRUCTORS_ONLY),
)
def outbox(services: dependencies.Services, user: callers.Instructor) -> message_schemas.Outbox:
    """What was sent within a day, what waits, and what could not be sent and why.

    Of messages to the people of the course; administrators see all.
    """
    return message_schemas.outbox(messages.outbox(services, user))


@router.get(
    "/api/waiting",
    responses=problems.described(**callers.MARKERS_ONLY),
)
def waiting_list(
    services: dependencies.Services, user: callers.Marker
) -> message_schemas.WaitingList:
    """What waits for the staff: failed gradings, mistakes in homeworks, marks, regrades."""
    return message_schemas.waiting_list(waiting.listed(services, user))
