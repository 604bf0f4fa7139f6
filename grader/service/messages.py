"""What one person hears of: their choices, what the course sends otherwise, where it goes.

Owns the use case behind the page and the route `messages`. What is sent when is `postman`'s.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader import errors, models
from grader.course import permissions
from grader.notify import kinds
from grader.service import context
from grader.store import messages as stored
from grader.store import rows


@dataclass(frozen=True, slots=True)
class MessageChoice:
    """One kind, in words, and whether this person hears of it."""

    kind: kinds.Kind
    words: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """What a person hears of, and how.

    Attributes:
        address: where mail goes; empty where the roster has none.
        sends_mail: whether this service sends mail at all.
    """

    choices: Sequence[MessageChoice]
    address: str
    sends_mail: bool


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What staff see of the outbox.

    Attributes:
        mail: where mail is handed over; empty where none is sent.
        webhooks: their names.
    """

    mail: str
    webhooks: Sequence[str]
    counts: stored.OutboxCounts
    unsent: Sequence[stored.UnsentMessage]


def of(services: context.Services, user: rows.User) -> MessageSettings:
    """What this person hears of."""
    chosen = stored.choices(services.store, user.id)
    choices = [
        MessageChoice(kind, kinds.WORDS[kind], chosen.get(kind, _by_default(services, user, kind)))
        for kind in _offered(user)
    ]
    address = stored.address(services.store, user.id)
    return MessageSettings(choices, address, services.channels.smtp is not None)


def choose(services: context.Services, user: rows.User, wanted: Collection[str]) -> MessageSettings:
    """Hear of these kinds and of no other.

    Raises:
        NotValid: one of them is not this person's to choose.
    """
    offered = _offered(user)
    if strange := sorted(set(wanted) - set(offered)):
        raise errors.NotValid(
            f"You cannot choose {', '.join(strange)}. Possible: {', '.join(offered) or 'none'}."
        )
    stored.choose(services.store, user.id, {kind: kind in wanted for kind in offered})
    return of(services, user)


def outbox(services: context.Services, user: rows.User) -> OutboxStatus:
    """What was sent, what waits, and what could not be sent to the people of a course."""
    course = "" if permissions.runs_service(user.role) else user.course
    smtp = services.channels.smtp
    return OutboxStatus(
        f"{smtp.host}:{smtp.port}" if smtp else "",
        [hook.name for hook in services.channels.webhooks],
        stored.counts(services.store, course),
        stored.unsent(services.store, course),
    )


def _by_default(services: context.Services, user: rows.User, kind: kinds.Kind) -> bool:
    """Whether they hear of it who have chosen nothing: where one of their courses sends it."""
    roles = user.member.roles
    where = [course for course, role in roles.items() if kind in _offered_to(role)] or [""]
    return any(services.course.rules(of).notify.sent_by_default(kind) for of in where)


def _offered(user: rows.User) -> Sequence[kinds.Kind]:
    """What this person may choose, by what they are in any of their courses."""
    roles = {user.role, *user.member.roles.values()}
    return tuple(dict.fromkeys(kind for role in sorted(roles) for kind in _offered_to(role)))


def _offered_to(role: models.Role) -> Sequence[kinds.Kind]:
    """What somebody of this role may choose; a program chooses nothing, as it reads no mail."""
    is_staff = permissions.is_staff(role)
    if is_staff and not permissions.may_mark(role):
        return ()
    return kinds.offered(is_staff=is_staff, is_instructor=permissions.is_instructor(role))
