"""Teams of a homework: students form one by invitation, staff make, change and import them.

Owns who may do what and when, and finding the people that a list names. What a team may be is
`grader.course.teams`'. What a team has submitted stays the work of those who were in it then.
"""

import csv
import io
from collections.abc import Collection, Sequence
from typing import Final

from grader import errors
from grader.assignment import schedule
from grader.course import permissions, person_names, team_table
from grader.course import teams as rules
from grader.exchange import csv_table
from grader.service import assignments, context, courses
from grader.store import enrolments, rows, team_changes
from grader.store import teams as stored

NO_TEAMS: Final = (
    "This homework has no teams: everybody submits alone. Staff allow teams in its "
    "assignment.toml by `[team]` with `size = 2`."
)


def size(services: context.Services, slug: str) -> int:
    """How many people a team has at most.

    Raises:
        NotFound: the homework has no teams.
    """
    team = services.course.load(slug).manifest.team
    if team is None:
        raise errors.NotFound(NO_TEAMS)
    return team.size


def own(services: context.Services, user: rows.User, slug: str) -> rules.TeamPlace:
    """A student's team and invitations.

    Raises:
        AssignmentNotFound, NotFound: no such homework for them, or it has no teams.
        NotAllowed: they are staff.
    """
    assignments.find(services, user, slug)
    size(services, slug)
    found = None if permissions.is_staff(user.role) else stored.place(services.store, slug, user.id)
    if found is None:
        raise errors.NotAllowed("Only students of the course are in teams.")
    return found


def shown(services: context.Services, user: rows.User, slug: str) -> rules.TeamPlace | None:
    """The same for the homework's own page; None where there is nothing to say."""
    if permissions.is_staff(user.role) or services.course.load(slug).manifest.team is None:
        return None
    return stored.place(services.store, slug, user.id)


def refusal(services: context.Services, user: rows.User, slug: str) -> str:
    """Why a student may not form a team now, in words; empty when they may."""
    try:
        _open(services, user, slug)
    except (errors.NotTaken, errors.Conflict) as exc:
        return str(exc)
    return ""


def invite(services: context.Services, user: rows.User, slug: str, login: str) -> rules.TeamPlace:
    """Invite a classmate into one's team, which is made when somebody accepts.

    Raises:
        NotFound: there is no such student in the course.
        NotTaken: the homework is closed for them.
        NotValid, Conflict: it is themselves; one of the two has a team; the team is complete.
    """
    most = _open(services, user, slug)
    name = enrolments.login_of(services.store, services.course.home(slug), login)
    if not team_changes.invite(services.store, slug, user, name, most):
        raise errors.NotFound(f"There is no student {name!r} in this course; check the login name.")
    return own(services, user, slug)


def accept(services: context.Services, user: rows.User, slug: str, login: str) -> rules.TeamPlace:
    """Join the team of somebody who has invited the user.

    Raises:
        NotFound: nobody of that login has.
        NotTaken: the homework is closed for them.
        Conflict: the team is complete, or the user has one.
    """
    most = _open(services, user, slug)
    if not team_changes.accept(services.store, slug, user, login.strip(), most):
        raise errors.NotFound(_no_invitation(login))
    return own(services, user, slug)


def decline(services: context.Services, user: rows.User, slug: str, login: str) -> rules.TeamPlace:
    """Say no to somebody who has invited the user.

    Raises:
        NotFound: nobody of that login has.
    """
    own(services, user, slug)
    if not team_changes.take_back(services.store, slug, login.strip(), user.name):
        raise errors.NotFound(_no_invitation(login))
    return own(services, user, slug)


def withdraw(services: context.Services, user: rows.User, slug: str, login: str) -> rules.TeamPlace:
    """Take back an invitation of the user's.

    Raises:
        NotFound: there is none that waits for an answer.
    """
    own(services, user, slug)
    if not team_changes.take_back(services.store, slug, user.name, login.strip()):
        raise errors.NotFound(f"No invitation of yours to {login.strip()!r} waits for an answer.")
    return own(services, user, slug)


def leave(services: context.Services, user: rows.User, slug: str) -> rules.TeamPlace:
    """Leave one's team, while it has submitted nothing.

    Raises:
        NotTaken: the homework is closed for them.
        Conflict: they are in none, or it has submitted something.
    """
    _open(services, user, slug)
    team_changes.leave(services.store, slug, user)
    return own(services, user, slug)


def overview(services: context.Services, slug: str) -> stored.Overview:
    """All teams, who has none, and the invitations that wait, for staff.

    Raises:
        NotFound: the homework has no teams.
    """
    size(services, slug)
    return stored.overview(services.store, slug)


def table(services: context.Services, slug: str) -> str:
    """The same as a CSV file, which can be imported again."""
    found = overview(services, slug)
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    for cells in team_table.lines(found.teams, found.alone):
        writer.writerow([csv_table.text(cell) for cell in cells])
    return sink.getvalue()


def make(
    services: context.Services, user: rows.User, slug: str, logins: Sequence[str]
) -> team_changes.ChangedTeams:
    """Make a team of students, who leave the teams that they are in.

    Raises:
        NotFound: the homework has no teams.
        UploadRefused: somebody is no student of the course, or they are not enough.
    """
    return _put(services, user, slug, [team_table.ListedTeam(tuple(logins))])


def change(
    services: context.Services,
    user: rows.User,
    slug: str,
    team_id: int,
    logins: Sequence[str],
    before: Collection[str] | None = None,
) -> team_changes.ChangedTeams:
    """Let a team be these students; what was submitted stays with who was in it.

    Args:
        before: what the team was for who asks.

    Raises:
        NotFound: there is no such team, or the homework has none.
        UploadRefused: somebody is no student of the course, or they are not enough.
        Conflict: somebody has changed it meanwhile.
    """
    size(services, slug)
    (members,) = _members(services, slug, [team_table.ListedTeam(tuple(logins))])
    return team_changes.change(services.store, slug, team_id, members, user.title, before)


def dissolve(
    services: context.Services,
    user: rows.User,
    slug: str,
    team_id: int,
    before: Collection[str] | None = None,
) -> None:
    """Dissolve a team; what was submitted stays with who was in it.

    Raises:
        NotFound: there is no such team, or the homework has none.
        Conflict: somebody has changed it meanwhile.
    """
    size(services, slug)
    team_changes.change(services.store, slug, team_id, (), user.title, before)


def take(
    services: context.Services, user: rows.User, slug: str, data: bytes, *, only_these: bool
) -> team_changes.ChangedTeams:
    """Make the teams of a CSV or JSON file; all of them, or none.

    Args:
        only_these: teams that the file does not name are dissolved.

    Raises:
        NotFound: the homework has no teams.
        UploadRefused: it cannot be read; each team that cannot be made is named.
    """
    return _put(services, user, slug, team_table.read(data), only_these=only_these)


def _open(services: context.Services, user: rows.User, slug: str) -> int:
    """The size of a team, where the user may form one now."""
    courses.require_open(user)
    own(services, user, slug)
    schedule.require_open(assignments.find(services, user, slug).terms)
    return size(services, slug)


def _no_invitation(login: str) -> str:
    return f"No invitation of {login.strip()!r} waits for your answer; it may be withdrawn."


def _put(
    services: context.Services,
    user: rows.User,
    slug: str,
    wanted: Sequence[team_table.ListedTeam],
    *,
    only_these: bool = False,
) -> team_changes.ChangedTeams:
    size(services, slug)
    members = _members(services, slug, wanted)
    return team_changes.put(services.store, slug, members, user.title, only_these=only_these)


def _members(
    services: context.Services, slug: str, listed: Sequence[team_table.ListedTeam]
) -> list[list[rules.TeamMember]]:
    """Who is meant by each of the names."""
    wanted = [[person_names.normal(name) for name in team.members] for team in listed]
    titles = [f"Team {team.name or number}" for number, team in enumerate(listed, 1)]
    names = {name for team in wanted for name in team}
    known = stored.students(services.store, slug, names)
    odd = [
        f"{title}: there is no student {name!r} in this course."
        for title, team in zip(titles, wanted, strict=True)
        for name in team
        if name not in known
    ]
    found = [list({known[n].id: known[n] for n in team if n in known}.values()) for team in wanted]
    logins = [[one.login for one in team] for team in found]
    odd = odd or rules.faults(list(zip(titles, logins, strict=True)))
    if odd:
        raise errors.UploadRefused(odd)
    return found
