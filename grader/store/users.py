"""Statements about users and tokens.

Owns their SQL. Only hashes of tokens pass through here; `grader.service.accounts` makes the tokens.
"""

import datetime

from grader import models
from grader.store import audit, database, rows

ADD = """
INSERT INTO users (name, role) VALUES (%(name)s, %(role)s)
ON CONFLICT (name) DO NOTHING
RETURNING id, name, role"""

GRANT = """
INSERT INTO tokens (sha256, user_id, scope, expires_at, label)
VALUES (%(sha256)s, %(user_id)s, %(scope)s, %(expires_at)s, %(label)s)
RETURNING id, scope, label, created_at, expires_at, revoked_at"""

BY_NAME = """
SELECT id, name, role FROM users WHERE name = %(name)s"""

SET_ROLE = """
UPDATE users SET role = %(role)s WHERE name = %(name)s RETURNING id, name, role"""

BY_ID = """
SELECT id, name, role FROM users WHERE id = %(user_id)s"""

# A revoked or expired token is no token.
OWNER = """
SELECT u.id, u.name, u.role, t.scope, t.expires_at
  FROM tokens t JOIN users u ON u.id = t.user_id
 WHERE t.sha256 = %(sha256)s
   AND t.revoked_at IS NULL
   AND (t.expires_at IS NULL OR t.expires_at > now())"""

TOKENS = """
SELECT t.id, t.scope, t.label, t.created_at, t.expires_at, t.revoked_at
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
RETURNING id, name, role"""

FORGET_SESSIONS = """
DELETE FROM tokens WHERE user_id = %(user_id)s AND label = %(label)s AND expires_at < now()"""


def add(
    db: database.Database, name: str, role: str, token_sha256: bytes, who: str
) -> rows.User | None:
    """Add a user with a first token; None when the name is taken."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, ADD, name=name, role=role)
        if row is None:
            return None
        first = rows.NewToken(token_sha256)
        database.fetch_one(connection, GRANT, **_values(first), user_id=row["id"])
        audit.note(connection, who, "user added", subject=name, detail={"role": role})
        return rows.user(row)


def by_name(db: database.Database, name: str) -> rows.User | None:
    """The user of this login name."""
    row = db.one(BY_NAME, name=name)
    return rows.user(row) if row else None


def set_role(db: database.Database, name: str, role: models.Role, who: str) -> rows.User | None:
    """Give a user another role; None when there is no such user."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, SET_ROLE, name=name, role=role.value)
        if row is None:
            return None
        audit.note(connection, who, "role changed", subject=name, detail={"role": role.value})
        return rows.user(row)


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
        audit.note(connection, who, "token issued", subject=name, detail=detail)
        return _token(made)


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
        return rows.user(row)


def by_token(db: database.Database, token_sha256: bytes) -> rows.User | None:
    """Whose token this is, with the token's scope."""
    row = db.one(OWNER, sha256=token_sha256)
    return rows.user(row) if row else None


def _values(new: rows.NewToken) -> rows.Row:
    days = datetime.timedelta(days=new.days) if new.days else None
    expires_at = datetime.datetime.now(datetime.UTC) + days if days else None
    known = {"sha256": new.sha256, "scope": new.scope.value, "label": new.label}
    return known | {"expires_at": expires_at}


def _token(row: rows.Row) -> rows.Token:
    return rows.Token(**row | {"scope": models.Scope(row["scope"])})
