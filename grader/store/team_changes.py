"""Statements that change teams: invitations, joining and leaving, and what staff decide.

Owns the tables `teams`, `team_members` and `team_invitations`, and the log's entries about them.
What may be changed is `grader.course.teams`'; a change asks it in its own transaction. Reading is
`teams`'.

Theory of operation
    A change holds the homework's lock, an upload shares it (`teams.hold`). So of two people who
    accept the last place one is refused, and an upload belongs to a team as it is before a change
    or after it.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader import errors
from grader.course import teams as rules
from grader.store import audit, database, notices, rows, teams

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('teams'), hashtext(%(assignment)s))"""
INVITE = """
INSERT INTO team_invitations (assignment, inviter_id, invited_id)
VALUES (%(assignment)s, %(inviter_id)s, %(invited_id)s)
ON CONFLICT DO NOTHING RETURNING invited_id"""

TAKE_BACK = """
DELETE FROM team_invitations i USING users inviter, users invited
 WHERE i.assignment = %(assignment)s AND inviter.id = i.inviter_id AND invited.id = i.invited_id
   AND inviter.name = %(inviter)s AND invited.name = %(invited)s
RETURNING i.invited_id"""

BY_LOGIN = """
SELECT id FROM users WHERE name = %(login)s"""

# Whoever is in a complete team invites nobody more, and nobody waits for their answer.
SETTLED = """
DELETE FROM team_invitations
 WHERE assignment = %(assignment)s
   AND (invited_id = ANY(%(joined)s) OR inviter_id = ANY(%(complete)s))"""

NEW = """
INSERT INTO teams (assignment) VALUES (%(assignment)s) RETURNING id"""

JOIN = """
INSERT INTO team_members (assignment, user_id, team_id)
SELECT %(assignment)s, id, %(team_id)s FROM unnest(%(user_ids)s::bigint[]) id
ON CONFLICT (assignment, user_id) DO UPDATE
   SET team_id = excluded.team_id, joined_at = now()
 WHERE team_members.team_id <> excluded.team_id"""

# Of one person, in every homework.
TEAMED = """
SELECT m.assignment FROM team_members m JOIN users u ON u.id = m.user_id
 WHERE u.name = %(name)s ORDER BY m.assignment"""
LEAVE_ALL = """
DELETE FROM team_members WHERE user_id = %(user_id)s"""

LEAVE = """
DELETE FROM team_members
 WHERE team_id = %(team_id)s AND user_id <> ALL(%(user_ids)s)"""

# A team of one is none.
DISSOLVE = """
WITH small AS (
    SELECT t.id FROM teams t LEFT JOIN team_members m ON m.team_id = t.id
     WHERE t.assignment = %(assignment)s AND t.dissolved_at IS NULL
     GROUP BY t.id HAVING count(m.user_id) < 2),
gone AS (DELETE FROM team_members WHERE team_id IN (SELECT id FROM small))
UPDATE teams SET dissolved_at = now() WHERE id IN (SELECT id FROM small)"""


@dataclass(frozen=True, slots=True)
class ChangedTeams:
    """What became of a list of teams."""

    made: tuple[rules.Team, ...] = ()
    changed: tuple[rules.Team, ...] = ()
    unchanged: int = 0
    dissolved: tuple[rules.Team, ...] = ()


def invite(db: database.Database, assignment: str, user: rows.User, login: str, size: int) -> bool:
    """Invite a student of the course; False when there is none of that login.

    Raises:
        NotValid, Conflict: they cannot be invited.
    """
    with _locked(db, assignment) as connection:
        own, other = _pair(connection, assignment, user, login)
        if own is None or other is None:
            return False
        rules.require_invitable(own, other, size)
        if database.fetch_one(connection, INVITE, **_between(assignment, own, other)):
            notices.team_changed(connection, assignment, [other.member.id])
        return True


def accept(db: database.Database, assignment: str, user: rows.User, login: str, size: int) -> bool:
    """Join the team of somebody who has invited; False where nobody of that login has.

    Raises:
        Conflict: there is no place left, or they are in a team.
    """
    with _locked(db, assignment) as connection:
        own, inviter = _pair(connection, assignment, user, login)
        if own is None or inviter is None or not _is_invited(own, inviter):
            return False
        rules.require_joinable(own, inviter, size)
        old = {team.id: team for team in teams.listed(connection, assignment)}
        together = [own.member, *(inviter.team.members if inviter.team else [inviter.member])]
        _set(connection, assignment, together, inviter.team.id if inviter.team else None)
        connection.execute(DISSOLVE, {"assignment": assignment})
        ids = [member.id for member in together]
        complete = inviter.active_members + 1 >= size
        gone = {"joined": ids if complete else [user.id], "complete": ids if complete else []}
        connection.execute(SETTLED, gone | {"assignment": assignment})
        _noted(connection, assignment, old, user.title, user.id)
        return True


def take_back(db: database.Database, assignment: str, inviter: str, invited: str) -> bool:
    """Withdraw or decline an invitation; False when there is none."""
    values = {"assignment": assignment, "inviter": inviter, "invited": invited}
    with _locked(db, assignment) as connection:
        return database.fetch_one(connection, TAKE_BACK, **values) is not None


def leave(db: database.Database, assignment: str, user: rows.User) -> None:
    """Leave one's team.

    Raises:
        Conflict: they are in none, or it has submitted something.
    """
    with _locked(db, assignment) as connection:
        own = teams.place_of(connection, assignment, user.id)
        team = rules.require_leavable(own) if own else None
        if team is None:
            return
        old = {team.id: team for team in teams.listed(connection, assignment)}
        rest = [member.id for member in team.members if member.id != user.id]
        connection.execute(LEAVE, {"team_id": team.id, "user_ids": rest})
        connection.execute(DISSOLVE, {"assignment": assignment})
        _noted(connection, assignment, old, user.title, user.id)


def lock_of(connection: database.Connection, name: str) -> list[str]:
    """The homeworks in which somebody has a team; only this transaction changes teams there now.

    As in an upload, this comes before the user's own row is locked.
    """
    found = [row["assignment"] for row in connection.execute(TEAMED, {"name": name})]
    for assignment in found:
        connection.execute(LOCK, {"assignment": assignment})
    return found


def take_out(connection: database.Connection, user_id: int, assignments: Collection[str]) -> None:
    """Let somebody be in no team, who is forgotten; without them a team of two is none.

    Args:
        assignments: those in which they had one, by `lock_of`.
    """
    connection.execute(LEAVE_ALL, {"user_id": user_id})
    for assignment in assignments:
        connection.execute(DISSOLVE, {"assignment": assignment})


def put(
    db: database.Database,
    assignment: str,
    wanted: Sequence[Sequence[rules.TeamMember]],
    who: str,
    *,
    only_these: bool = False,
) -> ChangedTeams:
    """Make teams of these people, who leave the ones they are in.

    Args:
        only_these: other teams are dissolved.
    """
    with _locked(db, assignment) as connection:
        old = {team.id: team for team in teams.listed(connection, assignment)}
        kept = set[int]()
        for members in wanted:
            known = _same_team(members, old, kept)
            kept.add(_set(connection, assignment, members, known))
        if only_these:
            for other in old.keys() - kept:
                connection.execute(LEAVE, {"team_id": other, "user_ids": []})
        _settle(connection, assignment, [one.id for members in wanted for one in members])
        return _noted(connection, assignment, old, who)


def change(
    db: database.Database,
    assignment: str,
    team_id: int,
    members: Sequence[rules.TeamMember],
    who: str,
    before: Collection[str] | None = None,
) -> ChangedTeams:
    """Let a team be these people; nobody: dissolve it. What it has submitted stays as it is.

    Args:
        before: what it was for who asks.

    Raises:
        NotFound, Conflict: it is not there any more, or is not what it was.
    """
    with _locked(db, assignment) as connection:
        old = {team.id: team for team in teams.listed(connection, assignment)}
        if team_id not in old:
            raise errors.NotFound("There is no such team any more; look at the list again.")
        rules.require_unchanged(old[team_id], before)
        _set(connection, assignment, members, team_id)
        _settle(connection, assignment, [member.id for member in members])
        return _noted(connection, assignment, old, who)


@contextlib.contextmanager
def _locked(db: database.Database, assignment: str) -> Iterator[database.Connection]:
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": assignment})
        yield connection


def _pair(
    connection: database.Connection, assignment: str, user: rows.User, login: str
) -> tuple[rules.TeamPlace | None, rules.TeamPlace | None]:
    """The user and somebody else of the course, each None where they are no active student."""
    row = database.fetch_one(connection, BY_LOGIN, login=login)
    ids = (user.id, row["id"] if row else None)
    places = [teams.place_of(connection, assignment, one) if one else None for one in ids]
    own, other = (one if one and one.member.active else None for one in places)
    return own, other


def _between(
    assignment: str, inviter: rules.TeamPlace, invited: rules.TeamPlace
) -> dict[str, object]:
    ids = {"inviter_id": inviter.member.id, "invited_id": invited.member.id}
    return {"assignment": assignment, **ids}


def _is_invited(own: rules.TeamPlace, inviter: rules.TeamPlace) -> bool:
    return any(one.inviter.id == inviter.member.id for one in own.received)


def _same_team(
    members: Sequence[rules.TeamMember], old: Mapping[int, rules.Team], kept: Collection[int]
) -> int | None:
    """Which team these people are now: that of the first of them who has one."""
    of = {member.id: team.id for team in old.values() for member in team.members}
    known = [of[one.id] for one in members if one.id in of and of[one.id] not in kept]
    whole = [i for i in known if {*old[i].members} == {*members}]
    return next(iter([*whole, *known]), None)


def _set(
    connection: database.Connection,
    assignment: str,
    members: Sequence[rules.TeamMember],
    team_id: int | None,
) -> int:
    """Let a team, or a new one, be these people; its number."""
    if team_id is None:
        made = database.fetch_one(connection, NEW, assignment=assignment)
        assert made is not None  # it was inserted
        team_id = int(made["id"])
    ids = [member.id for member in members]
    values = {"assignment": assignment, "team_id": team_id, "user_ids": ids}
    connection.execute(LEAVE, values)
    connection.execute(JOIN, values)
    return team_id


def _settle(connection: database.Connection, assignment: str, ids: Sequence[int]) -> None:
    """After staff have decided: no team of one, and no question to whoever has a team now."""
    connection.execute(DISSOLVE, {"assignment": assignment})
    gone = {"assignment": assignment, "joined": list(ids), "complete": list(ids)}
    connection.execute(SETTLED, gone)


def _noted(
    connection: database.Connection,
    assignment: str,
    old: Mapping[int, rules.Team],
    who: str,
    user_id: int | None = None,
) -> ChangedTeams:
    """Write down what differs now; whom it is about hear of it.

    Args:
        user_id: of the student who did it, and knows.
    """
    new = {team.id: team for team in teams.listed(connection, assignment)}
    made = [team for i, team in new.items() if i not in old]
    changed = [t for i, t in new.items() if i in old and t.logins != old[i].logins]
    gone = [team for i, team in old.items() if i not in new]
    for team in made:
        _note(connection, who, "team made", assignment, team, after=team.logins)
    for team in changed:
        before = old[team.id].logins
        _note(connection, who, "team changed", assignment, team, before=before, after=team.logins)
    for team in gone:
        _note(connection, who, "team dissolved", assignment, team, before=team.logins)
    before_and_now = [*made, *gone, *changed, *(old[team.id] for team in changed)]
    about = {one.id for team in before_and_now for one in team.active} - {user_id}
    notices.team_changed(connection, assignment, sorted(about))
    unchanged = len(new) - len(made) - len(changed)
    return ChangedTeams(tuple(made), tuple(changed), unchanged, tuple(gone))


def _note(
    connection: database.Connection,
    who: str,
    action: str,
    assignment: str,
    team: rules.Team,
    **sides: Sequence[str],
) -> None:
    # Each login is a text of its own, so that the entry of who is forgotten can be found.
    detail = {name: list(logins) for name, logins in sides.items()}
    audit.note(
        connection, who, action, assignment=assignment, subject=f"team {team.id}", detail=detail
    )
