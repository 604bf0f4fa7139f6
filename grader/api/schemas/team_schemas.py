"""The JSON of teams.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
from collections.abc import Iterable

import pydantic

from grader.course import teams as rules
from grader.http import request_faults
from grader.store import team_changes
from grader.store import teams as stored

MOST_NAMED = 200  # what is too large is said in words of ours


class Invite(request_faults.SentBody):
    """Whom to invite."""

    login: str = pydantic.Field(max_length=200, examples=["bob"])


class NewTeam(request_faults.SentBody):
    """The people of a team."""

    members: list[str] = pydantic.Field(
        max_length=MOST_NAMED,
        description="logins, addresses or student numbers",
        examples=[["ann", "bob"]],
    )


class ChangedTeam(NewTeam):
    """The people that a team is to be."""

    before: list[str] | None = pydantic.Field(
        None,
        max_length=MOST_NAMED,
        description="what it was when you looked; if it is another one now the answer is 409",
    )


class TeamMember(pydantic.BaseModel):
    """Somebody who is in a team, or in none."""

    login: str
    name: str
    dropped: bool = pydantic.Field(
        description="they have left the course, and share in nothing that is submitted meanwhile"
    )


class TeamInvitation(pydantic.BaseModel):
    """An invitation that waits for an answer."""

    inviter: TeamMember
    invited: TeamMember
    at: datetime.datetime


class Team(pydantic.BaseModel):
    """A team and how many submissions it has."""

    id: int
    members: list[TeamMember]
    submissions: int


class OwnTeam(pydantic.BaseModel):
    """A student's team and invitations."""

    size: int = pydantic.Field(description="people in a team at most")
    team: Team | None
    received: list[TeamInvitation]
    sent: list[TeamInvitation]


class Teams(pydantic.BaseModel):
    """All teams of a homework, and who has none."""

    size: int = pydantic.Field(description="people in a team at most, unless staff make it")
    teams: list[Team]
    alone: list[TeamMember]
    invitations: list[TeamInvitation]


class TeamChanges(pydantic.BaseModel):
    """What became of a list of teams."""

    made: list[Team]
    changed: list[Team]
    unchanged: int
    dissolved: list[Team]


def own(place: rules.TeamPlace, size: int) -> OwnTeam:
    """Where a student stands."""
    return OwnTeam(
        size=size,
        team=team(place.team) if place.team else None,
        received=_invitations(place.received),
        sent=_invitations(place.sent),
    )


def overview(found: stored.Overview, size: int) -> Teams:
    """Everything about the teams of a homework."""
    return Teams(
        size=size,
        teams=[team(one) for one in found.teams],
        alone=[_member(one) for one in found.alone],
        invitations=_invitations(found.invitations),
    )


def changes(done: team_changes.ChangedTeams) -> TeamChanges:
    """What differs now."""
    return TeamChanges(
        made=[team(one) for one in done.made],
        changed=[team(one) for one in done.changed],
        unchanged=done.unchanged,
        dissolved=[team(one) for one in done.dissolved],
    )


def team(found: rules.Team) -> Team:
    """One team."""
    members = [_member(one) for one in found.members]
    return Team(id=found.id, members=members, submissions=found.submissions)


def _member(one: rules.TeamMember) -> TeamMember:
    return TeamMember(login=one.login, name=one.full_name, dropped=not one.active)


def _invitations(found: Iterable[rules.TeamInvitation]) -> list[TeamInvitation]:
    return [
        TeamInvitation(inviter=_member(one.inviter), invited=_member(one.invited), at=one.at)
        for one in found
    ]
