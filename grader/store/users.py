"""Statements about users and tokens.

Owns their SQL. Only hashes of tokens pass through here; `grader.accounts` makes the tokens.
"""

from grader.store import database, rows

ADD = """
INSERT INTO users (name, role) VALUES (%(name)s, %(role)s)
ON CONFLICT (name) DO NOTHING
RETURNING id, name, role"""

GRANT = """
INSERT INTO tokens (sha256, user_id) VALUES (%(sha256)s, %(user_id)s)"""

BY_NAME = """
SELECT id, name, role FROM users WHERE name = %(name)s"""

# A revoked or expired token is no token.
OWNER = """
SELECT u.id, u.name, u.role
  FROM tokens t JOIN users u ON u.id = t.user_id
 WHERE t.sha256 = %(sha256)s
   AND t.revoked_at IS NULL
   AND (t.expires_at IS NULL OR t.expires_at > now())"""


def add(db: database.Database, name: str, role: str, token_sha256: bytes) -> rows.User | None:
    """Add a user with a first token; None when the name is taken."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, ADD, name=name, role=role)
        if row is None:
            return None
        connection.execute(GRANT, {"sha256": token_sha256, "user_id": row["id"]})
        return rows.user(row)


def add_token(db: database.Database, name: str, token_sha256: bytes) -> rows.User | None:
    """Give a known user another token; None when there is no such user."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, BY_NAME, name=name)
        if row is None:
            return None
        connection.execute(GRANT, {"sha256": token_sha256, "user_id": row["id"]})
        return rows.user(row)


def by_token(db: database.Database, token_sha256: bytes) -> rows.User | None:
    """Whose token this is."""
    row = db.one(OWNER, sha256=token_sha256)
    return rows.user(row) if row else None
