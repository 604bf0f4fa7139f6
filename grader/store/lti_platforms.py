"""Statements about learning platforms: which are registered, and who may register one.

Owns the tables `lti_platforms` and `lti_invitations`. What a registration may be is
`grader.lti.platforms`'s.
"""

import dataclasses
import datetime

from grader.lti import platforms
from grader.store import audit, database, rows

ADD = """
INSERT INTO lti_platforms (issuer, client_id, name, auth_url, token_url, keys_url, token_audience,
                           deployments)
VALUES (%(issuer)s, %(client_id)s, %(name)s, %(auth_url)s, %(token_url)s, %(keys_url)s,
        %(token_audience)s, %(deployments)s)
ON CONFLICT (issuer, client_id) DO UPDATE
   SET name = excluded.name, auth_url = excluded.auth_url, token_url = excluded.token_url,
       keys_url = excluded.keys_url, token_audience = excluded.token_audience,
       deployments = excluded.deployments
RETURNING id, xmax = 0 AS is_new"""

REMOVE = """
DELETE FROM lti_platforms WHERE id = %(id)s RETURNING issuer, client_id"""

ALL = """
SELECT id, issuer, client_id, name, auth_url, token_url, keys_url, token_audience, deployments
  FROM lti_platforms ORDER BY id"""

ONE = """
SELECT id, issuer, client_id, name, auth_url, token_url, keys_url, token_audience, deployments
  FROM lti_platforms WHERE id = %(id)s"""

OF_ISSUER = """
SELECT id, issuer, client_id, name, auth_url, token_url, keys_url, token_audience, deployments
  FROM lti_platforms
 WHERE issuer = %(issuer)s AND (%(client_id)s = '' OR client_id = %(client_id)s)
 ORDER BY id LIMIT 2"""

INVITE = """
INSERT INTO lti_invitations (sha256, made_by, expires_at)
VALUES (%(sha256)s, %(who)s, now() + %(lifetime)s)"""

ACCEPT = """
DELETE FROM lti_invitations WHERE sha256 = %(sha256)s AND expires_at > now() RETURNING made_by"""

FORGET = """
DELETE FROM lti_invitations WHERE expires_at < now()"""


def add(db: database.Database, given: platforms.Registration, who: str) -> tuple[int, bool]:
    """Add a platform, or change the one of this issuer and client id; its number, whether new."""
    values = {**dataclasses.asdict(given), "deployments": list(given.deployments)}
    with db.transaction() as connection:
        row = database.fetch_one(connection, ADD, **values)
        assert row is not None  # an insert answers
        action = "LMS registered" if row["is_new"] else "LMS registration changed"
        detail = {"client_id": given.client_id, "token_url": given.token_url}
        audit.note(connection, who, action, subject=given.issuer, detail=detail)
        return int(row["id"]), bool(row["is_new"])


def remove(db: database.Database, platform_id: int, who: str) -> bool:
    """Remove a platform with all that is known of it; False when there is none."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, REMOVE, id=platform_id)
        if row is None:
            return False
        detail = {"client_id": row["client_id"]}
        audit.note(connection, who, "LMS removed", subject=row["issuer"], detail=detail)
        return True


def all_of(db: database.Database) -> list[platforms.Platform]:
    """Every platform, in the order in which they were registered."""
    with db.transaction() as connection:
        return [_platform(row) for row in connection.execute(ALL)]


def one(db: database.Database, platform_id: int) -> platforms.Platform | None:
    """A platform; None when there is none."""
    row = db.one(ONE, id=platform_id)
    return _platform(row) if row else None


def of_issuer(db: database.Database, issuer: str, client_id: str) -> list[platforms.Platform]:
    """Platforms of an issuer, two at most; with a client id the one that has it."""
    with db.transaction() as connection:
        found = connection.execute(OF_ISSUER, {"issuer": issuer, "client_id": client_id})
        return [_platform(row) for row in found]


def invite(db: database.Database, sha256: bytes, lifetime: datetime.timedelta, who: str) -> None:
    """Let whoever knows this secret register one platform."""
    with db.transaction() as connection:
        connection.execute(FORGET)
        connection.execute(INVITE, {"sha256": sha256, "who": who, "lifetime": lifetime})
        audit.note(connection, who, "LMS invited to register")


def accept(db: database.Database, sha256: bytes) -> str | None:
    """Use an invitation up; who made it, None where it is none."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, ACCEPT, sha256=sha256)
        return str(row["made_by"]) if row else None


def _platform(row: rows.Row) -> platforms.Platform:
    given = {**row, "deployments": tuple(row["deployments"])}
    platform_id = given.pop("id")
    return platforms.Platform(platform_id, platforms.Registration(**given))
