"""Teams of students who submit a homework together: who is in one, and what they may change. Pure.

Owns the rules. Reading and keeping teams is `grader.store.teams`', who may ask for what
`grader.service.teams`'. A team's size bounds what students do; staff may make a larger one, since
not every course can be divided.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from grader import errors
from grader.course import person_names

MOST_INVITATIONS: Final = 20  # of one student, waiting for an answer
MOST_MEMBERS: Final = 50  # in a team that staff make
SUBMITTED: Final = (
    "Your team has submitted something, so only the course staff can change it now; ask them."
)


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody in a team, or who may join one.

    Attributes:
        active: False for who has dropped the course: they stay in the team, and share in nothing
            that it submits meanwhile.
    """

    id: int
    login: str
    full_name: str = ""
    section: str = ""
    active: bool = True

    @property
    def shown_name(self) -> str:
        """Name and login, as classmates read it."""
        return f"{self.full_name} ({self.login})" if self.full_name else self.login


@dataclass(frozen=True, slots=True)
class Team:
    """A team, its members by login, and how many submissions it has."""

    id: int
    members: tuple[TeamMember, ...]
    submissions: int = 0

    @property
    def logins(self) -> tuple[str, ...]:
        """Of everybody, also of who has dropped the course."""
        return tuple(member.login for member in self.members)

    @property
    def active(self) -> tuple[TeamMember, ...]:
        """Who shares in what is submitted now."""
        return tuple(member for member in self.members if member.active)

    @property
    def title(self) -> str:
        """The team in one line, as its submissions are called."""
        return person_names.SHARED.join(self.logins)


@dataclass(frozen=True, slots=True)
class TeamInvitation:
    """An invitation that was not answered yet."""

    inviter: TeamMember
    invited: TeamMember
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """Where a student stands: themselves, their team if there is one, and who waits for whom.

    Attributes:
        received: who invites them.
        sent: whom they have invited.
    """

    member: TeamMember
    team: Team | None
    received: tuple[TeamInvitation, ...] = ()
    sent: tuple[TeamInvitation, ...] = ()

    @property
    def active_members(self) -> int:
        """People that they submit with now, themselves included."""
        return len(self.team.active) if self.team else 1


def require_invitable(own: TeamPlace, other: TeamPlace, size: int) -> None:
    """Whether a student may invite another one.

    Raises:
        NotValid: they are the same.
        Conflict: no place is left, or the other one has a team.
    """
    if own.member.id == other.member.id:
        raise errors.NotValid("That is your own login; invite somebody else.")
    if own.team and own.team.submissions:
        raise errors.Conflict(SUBMITTED)
    if own.active_members >= size:
        raise errors.Conflict(
            f"Your team is complete: it has {size} people, the most there can be."
        )
    if own.team and other.team and own.team.id == other.team.id:
        raise errors.Conflict(f"{other.member.login} is in your team already.")
    if other.active_members > 1:
        raise errors.Conflict(f"{other.member.login} is in another team already.")
    if len(own.sent) >= MOST_INVITATIONS:
        raise errors.Conflict(
            f"{MOST_INVITATIONS} of your invitations wait for an answer; withdraw one first."
        )


def require_joinable(own: TeamPlace, inviter: TeamPlace, size: int) -> None:
    """Whether a student may join the one who has invited them.

    Raises:
        Conflict: they have a team, or there is no place left.
    """
    if own.team and own.team.submissions:
        raise errors.Conflict(SUBMITTED)
    if own.active_members > 1:
        raise errors.Conflict("You are in a team already; leave it first.")
    if inviter.team and inviter.team.submissions:
        raise errors.Conflict(
            "That team has submitted something meanwhile, so only the course staff can add you."
        )
    if inviter.active_members >= size:
        raise errors.Conflict(
            f"That team is complete meanwhile: it has {size} people, the most there can be."
        )


def require_leavable(own: TeamPlace) -> Team:
    """The team that a student may leave.

    Raises:
        Conflict: they are in none, or it has submitted something.
    """
    if own.team is None:
        raise errors.Conflict("You are in no team, so there is none to leave.")
    if own.team.submissions:
        raise errors.Conflict(SUBMITTED)
    return own.team


def require_unchanged(team: Team, before: Collection[str] | None) -> None:
    """Whether a team is still what somebody saw who changes it; None where they did not look.

    Raises:
        Conflict: it is another one now.
    """
    if before is not None and {*before} != {*team.logins}:
        raise errors.Conflict(
            f"This team was changed meanwhile; now it is {team.title}. Look again and decide."
        )


def faults(wanted: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """What is wrong with a list of teams, apart from logins that nobody has.

    Args:
        wanted: what each is called, and its logins.
    """
    found, seen = list[str](), set[str]()
    for called, members in wanted:
        people = {*members}
        if not 2 <= len(people) <= MOST_MEMBERS:
            who = f"only {members[0]} is" if len(people) == 1 else f"{len(people)} people are"
            found.append(f"{called}: {who} in it; a team has 2 to {MOST_MEMBERS} people.")
        twice = sorted(people & seen)
        found += [f"{called}: {login} is in an earlier team of the list." for login in twice]
        seen |= people
    return found
