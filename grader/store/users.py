"""Statements about users and tokens.

Owns their SQL. Only hashes of tokens pass through here; `grader.service.accounts` makes the tokens.
"""

import datetime
from typing import Final, LiteralString

from grader import models
from grader.course import memberships
from grader.store import audit, database, people, rows

ADD = """
INSERT INTO users (name, admin) VALUES (%(name)s, %(admin)s)
ON CONFLICT (name) DO NOTHING
RETURNING id"""

ENROL = """
INSERT INTO enrolments (course, user_id, role) VALUES (%(course)s, %(user_id)s, %(role)s)
ON CONFLICT (course, user_id) DO UPDATE SET role = excluded.role, state = 'active'"""

LEAVE = """
DELETE FROM enrolments WHERE course = %(course)s AND user_id = %(user_id)s"""

GRANT = """
INSERT INTO tokens (sha256, user_id, scope, expires_at, label, course)
VALUES (%(sha256)s, %(user_id)s, %(scope)s, %(expires_at)s, %(label)s, %(course)s)
RETURNING id, scope, label, course, created_at, expires_at, revoked_at"""

BY_NAME: Final[LiteralString] = (
    "SELECT" + people.PERSON + " FROM users u WHERE u.name = %(name)s"  # literals
)

# Lists and eyes take two such logins for one.
IN_OTHER_CASE = """
SELECT name FROM users WHERE lower(name) = lower(%(name)s) AND name <> %(name)s
 ORDER BY name LIMIT 1"""

BY_ID: Final[LiteralString] = (
    "SELECT" + people.PERSON + " FROM users u WHERE u.id = %(user_id)s"  # literals
)

SET_ADMIN = """
UPDATE users SET admin = %(admin)s WHERE id = %(user_id)s"""

# A revoked or expired token is no token.
OWNER: Final[LiteralString] = (
    "SELECT"  # literals, no input
    + people.PERSON
    + """, t.scope, t.expires_at, t.course AS token_course
  FROM tokens t JOIN users u ON u.id = t.user_id
 WHERE t.sha256 = %(sha256)s
   AND t.revoked_at IS NULL
   AND (t.expires_at IS NULL OR t.expires_at > now())
   AND"""
    + people.MAY_SIGN_IN
)

TOKENS = """
SELECT t.id, t.scope, t.label, t.course, t.created_at, t.expires_at, t.revoked_at
  FROM tokens t JOIN users u ON u.id = t.user_id
 WHERE u.name = %(name)s ORDER BY t.id"""

REVOKE = """
UPDATE tokens t SET revoked_at = now() FROM users u
 WHERE t.id = %(id)s AND u.id = t.user_id AND u.name = %(name)s AND t.revoked_at IS NULL
RETURNING t.id"""

# Somebody is known by the provider's number of them; the first time by an address it vouches for.
IDENTIFY = """
UPDATE users SET oidc_subject = %(subject)s
 WHERE oidc_subject = %(subject)s
    OR (oidc_subject IS NULL AND email = %(email)s
        AND NOT EXISTS (SELECT FROM users WHERE oidc_subject = %(subject)s))
RETURNING id"""

FORGET_SESSIONS = """
DELETE FROM tokens WHERE user_id = %(user_id)s AND label = %(label)s AND expires_at < now()"""


def add(
    db: database.Database,
    name: str,
    role: models.Role,
    token_sha256: bytes,
    who: str,
    course: str = memberships.DEFAULT,
) -> rows.User | None:
    """Add a user with a first token; None when the name is taken.

    Args:
        role: in the course; an administrator is enrolled nowhere.
    """
    admin = role is models.Role.ADMIN
    with db.transaction() as connection:
        row = database.fetch_one(connection, ADD, name=name, admin=admin)
        if row is None:
            return None
        if not admin:
            values = {"course": course, "user_id": row["id"], "role": role.value}
            connection.execute(ENROL, values)
        first = rows.NewToken(token_sha256)
        database.fetch_one(connection, GRANT, **_values(first), user_id=row["id"])
        detail = {"role": role.value}
        audit.note(connection, who, "user added", subject=name, detail=detail, course=course)
        return _by_id(connection, row["id"])


def by_name(db: database.Database, name: str) -> rows.User | None:
    """The user of this login name."""
    row = db.one(BY_NAME, name=name)
    return rows.user(row) if row else None


def in_other_case(db: database.Database, name: str) -> str:
    """A login that differs from this one only in capital letters; empty where there is none."""
    row = db.one(IN_OTHER_CASE, name=name)
    return str(row["name"]) if row else ""


def set_role(
    db: database.Database,
    name: str,
    role: models.Role,
    who: str,
    course: str = memberships.DEFAULT,
) -> rows.User | None:
    """Give a user another role in a course; None when there is no such user.

    Whoever becomes an administrator is enrolled in the course no longer, and the other way round.
    """
    with db.transaction() as connection:
        row = database.fetch_one(connection, BY_NAME, name=name)
        if row is None:
            return None
        admin = role is models.Role.ADMIN
        values = {"user_id": row["id"], "course": course, "role": role.value, "admin": admin}
        connection.execute(SET_ADMIN, values)
        connection.execute(LEAVE if admin else ENROL, values)
        detail = {"role": role.value}
        audit.note(connection, who, "role changed", subject=name, detail=detail, course=course)
        return _by_id(connection, row["id"])


def by_id(db: database.Database, user_id: int) -> rows.User | None:
    """The user of this number."""
    row = db.one(BY_ID, user_id=user_id)
    return rows.user(row) if row else None


def add_token(db: database.Database, name: str, new: rows.NewToken, who: str) -> rows.Token | None:
    """Give a known user another token; None when there is no such user."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, BY_NAME, name=name)
        if row is None:
            return None
        made = database.fetch_one(connection, GRANT, **_values(new), user_id=row["id"])
        assert made is not None  # an insert answers
        detail = {"token": made["id"], "scope": new.scope.value}
        course = new.course or ""
        audit.note(connection, who, "token issued", subject=name, detail=detail, course=course)
        return _token(made)


def grant(connection: database.Connection, user_id: int, new: rows.NewToken) -> None:
    """Give a user a token in the caller's transaction, who writes it down."""
    database.fetch_one(connection, GRANT, **_values(new), user_id=user_id)


def tokens(db: database.Database, name: str) -> list[rows.Token]:
    """A user's tokens, the oldest first; never the tokens themselves."""
    with db.transaction() as connection:
        return [_token(row) for row in connection.execute(TOKENS, {"name": name})]


def revoke(db: database.Database, name: str, token_id: int, who: str) -> bool:
    """End a token; False when the user has no such token that is valid."""
    with db.transaction() as connection:
        if database.fetch_one(connection, REVOKE, id=token_id, name=name) is None:
            return False
        audit.note(connection, who, "token revoked", subject=name, detail={"token": token_id})
        return True


def identify(db: database.Database, subject: str, email: str, label: str) -> rows.User | None:
    """Whom an identity provider means; None when nobody on the roster is meant.

    Args:
        subject: the provider and its own number of the person.
        email: in small letters, only if the provider vouches for it; else empty.
        label: of session tokens; those of this user that have expired are deleted.
    """
    with db.transaction() as connection:
        row = database.fetch_one(connection, IDENTIFY, subject=subject, email=email)
        if row is None:
            return None
        connection.execute(FORGET_SESSIONS, {"user_id": row["id"], "label": label})
        return _by_id(connection, row["id"])


def by_token(db: database.Database, token_sha256: bytes) -> rows.User | None:
    """Whose token this is, with the token's scope."""
    row = db.one(OWNER, sha256=token_sha256)
    return rows.user(row) if row else None


def _by_id(connection: database.Connection, user_id: int) -> rows.User | None:
    row = database.fetch_one(connection, BY_ID, user_id=user_id)
    return rows.user(row) if row else None


def _values(new: rows.NewToken) -> rows.Row:
    days = datetime.timedelta(days=new.days) if new.days else None
    expires_at = datetime.datetime.now(datetime.UTC) + days if days else None
    known = {"sha256": new.sha256, "scope": new.scope.value, "label": new.label}
    return known | {"expires_at": expires_at, "course": new.course}


def _token(row: rows.Row) -> rows.Token:
    return rows.Token(**row | {"scope": models.Scope(row["scope"])})
