"""Statements about sessions: who is signed in with which token, and until when.

Owns their SQL. Only hashes pass through here; `grader.service.accounts` makes what they are of.
"""

import datetime
from typing import Final, LiteralString

from grader.store import database, people, rows

FORGET = """
DELETE FROM sessions WHERE expires_at < now()"""

OPEN = """
INSERT INTO sessions (sha256, token_id, ends_token, expires_at)
SELECT %(sha256)s, id, %(ends_token)s, now() + %(lifetime)s
  FROM tokens WHERE sha256 = %(token_sha256)s
RETURNING token_id"""

# A session is as good as its token. The end of a token that was made for the session is no bound
# on what its owner may do: they sign in again.
OWNER: Final[LiteralString] = (
    "SELECT"  # literals, no input
    + people.PERSON
    + """, t.scope, t.course AS token_course,
       CASE WHEN s.ends_token THEN NULL ELSE t.expires_at END AS expires_at
  FROM sessions s JOIN tokens t ON t.id = s.token_id JOIN users u ON u.id = t.user_id
 WHERE s.sha256 = %(sha256)s
   AND s.expires_at > now()
   AND t.revoked_at IS NULL
   AND (t.expires_at IS NULL OR t.expires_at > now())
   AND"""
    + people.MAY_SIGN_IN
)

END = """
WITH ended AS (DELETE FROM sessions WHERE sha256 = %(sha256)s RETURNING token_id, ends_token)
UPDATE tokens t SET revoked_at = now() FROM ended
 WHERE t.id = ended.token_id AND ended.ends_token AND t.revoked_at IS NULL"""


def open_(
    db: database.Database,
    sha256: bytes,
    token_sha256: bytes,
    lifetime: datetime.timedelta,
    *,
    ends_token: bool,
) -> bool:
    """Open a session with a token; False if there is no such token.

    Args:
        ends_token: the token was made for this session, and is revoked with its end.
    """
    values = {"sha256": sha256, "token_sha256": token_sha256, "lifetime": lifetime}
    with db.transaction() as connection:
        connection.execute(FORGET)
        row = database.fetch_one(connection, OPEN, **values, ends_token=ends_token)
        return row is not None


def owner(db: database.Database, sha256: bytes) -> rows.User | None:
    """Who is signed in by this session, with the scope of their token."""
    row = db.one(OWNER, sha256=sha256)
    return rows.user(row) if row else None


def end(db: database.Database, sha256: bytes) -> None:
    """End a session, if it has not ended."""
    with db.transaction() as connection:
        connection.execute(END, {"sha256": sha256})
