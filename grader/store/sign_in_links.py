"""Statements about people who cannot sign in yet: who they are, and a first token for each of them.

Owns their SQL. What a link looks like, and who may hand some out, is
`grader.service.sign_in_links`'.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.store import audit, database, roster, rows, users

KIND: Final = "sign_in"  # of a message, whose body is the course until it is sent

# Whoever waits for a mail with a link has one already.
WITHOUT: Final[LiteralString] = """
SELECT u.id, u.name AS login, u.full_name, coalesce(u.email, '') AS email
  FROM enrolments en JOIN users u ON u.id = en.user_id
 WHERE en.course = %(course)s AND en.state = 'active' AND en.role = ANY(%(roles)s)
   AND NOT EXISTS (SELECT FROM tokens t
                    WHERE t.user_id = u.id AND t.revoked_at IS NULL
                      AND (t.expires_at IS NULL OR t.expires_at > now())
                      AND (t.course IS NULL OR t.course = %(course)s))
   AND NOT EXISTS (SELECT FROM messages m
                    WHERE m.user_id = u.id AND m.kind = 'sign_in' AND m.body = %(course)s
                      AND m.sent_at IS NULL AND m.given_up_at IS NULL)
 ORDER BY u.name"""

MAIL: Final[LiteralString] = """
INSERT INTO messages (kind, user_id, subject, body)
VALUES (%(kind)s, %(id)s, %(subject)s, %(course)s)"""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody of a course who has no token that opens it."""

    id: int
    login: str
    full_name: str
    email: str


def newcomers(db: database.Database, course: str, roles: Sequence[str]) -> list[Newcomer]:
    """Those of these roles who have no token, by login."""
    with db.transaction() as connection:
        return _newcomers(connection, course, roles)


def mail(
    db: database.Database, course: str, roles: Sequence[str], subject: str, who: str
) -> tuple[list[Newcomer], list[Newcomer]]:
    """A message to each who has an address; those, and those who have none. The link is made when
    the message is sent."""
    with db.transaction() as connection:
        connection.execute(roster.LOCK)
        found = _newcomers(connection, course, roles)
        reached = [one for one in found if one.email]
        for one in reached:
            values = {"kind": KIND, "id": one.id, "subject": subject, "course": course}
            connection.execute(MAIL, values)
        if reached:
            detail = {"people": [one.login for one in reached]}
            audit.note(connection, who, "sign-in links mailed", detail=detail, course=course)
    return reached, [one for one in found if not one.email]


def grant(
    db: database.Database,
    course: str,
    roles: Sequence[str],
    make: Callable[[], tuple[str, rows.NewToken]],
    who: str,
) -> list[tuple[Newcomer, str]]:
    """A token for each of them at once, with the token itself.

    Args:
        make: a new token, and how it is stored.
    """
    given = []
    with db.transaction() as connection:
        connection.execute(roster.LOCK)
        for one in _newcomers(connection, course, roles):
            token, new = make()
            users.grant(connection, one.id, new)
            given.append((one, token))
        if given:
            detail = {"people": [one.login for one, _ in given]}
            audit.note(connection, who, "sign-in links made", detail=detail, course=course)
    return given


def _newcomers(
    connection: database.Connection, course: str, roles: Sequence[str]
) -> list[Newcomer]:
    values = {"course": course, "roles": list(roles)}
    return [Newcomer(**row) for row in connection.execute(WITHOUT, values)]
