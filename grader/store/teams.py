"""Statements that read teams: who is in one, who has none, who waits for whose answer.

Owns no change: that is `team_changes'`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.course import teams as rules
from grader.store import database, people, rows

# Of a row `s` that names an assignment: the active members of the team of `%(user_id)s` in it.
MEMBERS: Final[LiteralString] = (
    """
SELECT other.user_id AS id FROM team_members me
  JOIN team_members other ON other.team_id = me.team_id
  JOIN enrolments en ON en.user_id = other.user_id AND en.role = 'student' AND en.state = 'active'
                    AND en.course ="""  # literals, no input
    + people.COURSE
    + """
 WHERE me.user_id = %(user_id)s AND me.assignment = s.assignment"""
)

SHARE = """
SELECT pg_advisory_xact_lock_shared(hashtext('teams'), hashtext(%(assignment)s))"""

NOW: Final[LiteralString] = (
    """
SELECT (SELECT team_id FROM team_members
         WHERE user_id = %(user_id)s AND assignment = s.assignment) AS team_id,
       ARRAY(SELECT %(user_id)s UNION ("""  # noqa: S608  # literals, no input
    + MEMBERS
    + """)) AS members
  FROM (SELECT %(assignment)s::text AS assignment) s"""
)

_PERSON: Final[LiteralString] = (
    """
SELECT u.id, u.name AS login, u.full_name, en.section,
       en.role = 'student' AND en.state = 'active' AS active, coalesce(u.email, '') AS email, u.sid
  FROM users u JOIN enrolments en ON en.user_id = u.id AND en.course ="""
    + people.HOME
)

# People who may be in a team, by what they are called in a list; who has dropped the course may
# stay in one.
FIND: Final[LiteralString] = (
    _PERSON
    + """
 WHERE en.role = 'student'
   AND (u.name = ANY(%(names)s) OR u.email = ANY(%(addresses)s)
        OR u.sid <> '' AND u.sid = ANY(%(names)s))"""
)
BY_ID: Final[LiteralString] = _PERSON + " WHERE u.id = ANY(%(ids)s)"

STUDENTS: Final[LiteralString] = (
    _PERSON
    + """
 WHERE en.role = 'student' AND en.state = 'active' ORDER BY u.name"""
)

TEAMS: Final[LiteralString] = """
SELECT t.id, count(DISTINCT s.id)::integer AS submissions,
       array_agg(DISTINCT m.user_id) AS user_ids
  FROM teams t
  JOIN team_members m ON m.team_id = t.id
  LEFT JOIN submissions s ON s.team_id = t.id
 WHERE t.assignment = %(assignment)s
   AND (%(ids)s::bigint[] IS NULL OR t.id = ANY(%(ids)s))
 GROUP BY t.id ORDER BY t.id"""

TEAMS_OF = """
SELECT DISTINCT team_id FROM team_members
 WHERE assignment = %(assignment)s AND user_id = ANY(%(user_ids)s)"""

INVITATIONS = """
SELECT inviter_id, invited_id, at FROM team_invitations
 WHERE assignment = %(assignment)s
   AND (%(user_ids)s::bigint[] IS NULL
        OR inviter_id = ANY(%(user_ids)s) OR invited_id = ANY(%(user_ids)s))
 ORDER BY at, inviter_id, invited_id"""


@dataclass(frozen=True, slots=True)
class Overview:
    """All teams of a homework, who has none, and what waits for an answer."""

    teams: tuple[rules.Team, ...]
    alone: tuple[rules.TeamMember, ...]
    invitations: tuple[rules.TeamInvitation, ...]


def hold(connection: database.Connection, assignment: str) -> None:
    """Let no team of a homework change before the end of this transaction."""
    connection.execute(SHARE, {"assignment": assignment})


def now(
    connection: database.Connection, assignment: str, user_id: int
) -> tuple[int | None, list[int]]:
    """A student's team, if they are in one, and with whom they submit, themselves included."""
    row = database.fetch_one(connection, NOW, assignment=assignment, user_id=user_id)
    assert row is not None  # a row of constants always answers
    return row["team_id"], row["members"]


def place(db: database.Database, assignment: str, user_id: int) -> rules.TeamPlace | None:
    """Where a student stands; None for somebody who is nothing in the course."""
    with db.transaction() as connection:
        return place_of(connection, assignment, user_id)


def overview(db: database.Database, assignment: str) -> Overview:
    """Everything about the teams of a homework, in one snapshot."""
    with db.transaction() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = listed(connection, assignment)
        taken = {member.id for team in found for member in team.members}
        students = connection.execute(STUDENTS, {"assignment": assignment}).fetchall()
        alone = [_member(row) for row in students if row["id"] not in taken]
        waiting = _invitations(connection, assignment, None)
    return Overview(tuple(found), tuple(alone), waiting)


def find(db: database.Database, assignment: str, team_id: int) -> rules.Team | None:
    """A team of a homework; None where there is none, or it was dissolved."""
    with db.transaction() as connection:
        return next(iter(listed(connection, assignment, [team_id])), None)


def students(
    db: database.Database, assignment: str, names: Collection[str]
) -> Mapping[str, rules.TeamMember]:
    """Those of the names that are the login, address or number of a student."""
    with db.transaction() as connection:
        values = {"assignment": assignment, "names": list(names)}
        addresses = [name.lower() for name in names]
        found = connection.execute(FIND, values | {"addresses": addresses}).fetchall()
    by_login, by_address, by_number = (
        {row[key]: _member(row) for row in found if row[key]} for key in ("login", "email", "sid")
    )
    called = {
        name: by_login.get(name) or by_address.get(name.lower()) or by_number.get(name)
        for name in names
    }
    return {name: member for name, member in called.items() if member}


def place_of(
    connection: database.Connection, assignment: str, user_id: int
) -> rules.TeamPlace | None:
    """Where a student stands, in the caller's transaction."""
    member = _people(connection, assignment, [user_id]).get(user_id)
    if member is None:
        return None
    values = {"assignment": assignment, "user_ids": [user_id]}
    ids = [row["team_id"] for row in connection.execute(TEAMS_OF, values)]
    found = listed(connection, assignment, ids) if ids else []
    waiting = _invitations(connection, assignment, [user_id])
    received = tuple(one for one in waiting if one.invited.id == user_id)
    sent = tuple(one for one in waiting if one.inviter.id == user_id)
    return rules.TeamPlace(member, found[0] if found else None, received, sent)


def listed(
    connection: database.Connection, assignment: str, ids: Sequence[int] | None = None
) -> list[rules.Team]:
    """The teams of a homework, or some of them, the oldest first."""
    found = connection.execute(TEAMS, {"assignment": assignment, "ids": ids}).fetchall()
    known = _people(connection, assignment, [i for row in found for i in row["user_ids"]])
    return [_team(row, known) for row in found]


def _team(row: rows.Row, known: Mapping[int, rules.TeamMember]) -> rules.Team:
    members = [known[one] for one in row["user_ids"] if one in known]
    return rules.Team(
        row["id"], tuple(sorted(members, key=lambda one: one.login)), row["submissions"]
    )


def _invitations(
    connection: database.Connection, assignment: str, user_ids: Sequence[int] | None
) -> tuple[rules.TeamInvitation, ...]:
    """What waits for an answer between people who are all still in the course."""
    values = {"assignment": assignment, "user_ids": user_ids}
    found = connection.execute(INVITATIONS, values).fetchall()
    ids = {row[side] for row in found for side in ("inviter_id", "invited_id")}
    known = _people(connection, assignment, list(ids))
    return tuple(
        rules.TeamInvitation(known[row["inviter_id"]], known[row["invited_id"]], row["at"])
        for row in found
        if _is_there(known, row["inviter_id"]) and _is_there(known, row["invited_id"])
    )


def _is_there(known: Mapping[int, rules.TeamMember], user_id: int) -> bool:
    return user_id in known and known[user_id].active


def _people(
    connection: database.Connection, assignment: str, ids: Sequence[int]
) -> dict[int, rules.TeamMember]:
    """User -> who they are in the homework's course."""
    if not ids:
        return {}
    found = connection.execute(BY_ID, {"assignment": assignment, "ids": list(ids)})
    return {row["id"]: _member(row) for row in found}


def _member(row: rows.Row) -> rules.TeamMember:
    return rules.TeamMember(
        row["id"], row["login"], row["full_name"], row["section"], row["active"]
    )
