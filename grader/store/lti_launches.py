"""Statements about launches on their way: logins that wait for their answer, and tickets.

Owns the tables `lti_logins` and `lti_tickets`. Each row is used once: it goes with its use, so that
whatever is sent a second time finds nothing.
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.store import database

FORGET_LOGINS = """
DELETE FROM lti_logins WHERE expires_at < now()"""

BEGIN = """
INSERT INTO lti_logins (state_sha256, platform_id, nonce, browser_sha256, storage, expires_at)
VALUES (%(state_sha256)s, %(platform_id)s, %(nonce)s, %(browser_sha256)s, %(storage)s,
        now() + %(lifetime)s)"""

LOOK = """
SELECT platform_id, nonce, browser_sha256, storage FROM lti_logins
 WHERE state_sha256 = %(state_sha256)s AND expires_at > now()"""

USE = """
DELETE FROM lti_logins
 WHERE state_sha256 = %(state_sha256)s AND browser_sha256 = %(browser_sha256)s
   AND expires_at > now()
RETURNING platform_id"""

FORGET_TICKETS = """
DELETE FROM lti_tickets WHERE expires_at < now()"""

ISSUE = """
INSERT INTO lti_tickets (sha256, purpose, content, expires_at)
VALUES (%(sha256)s, %(purpose)s, %(content)s::jsonb, now() + %(lifetime)s)"""

TAKE = """
DELETE FROM lti_tickets
 WHERE sha256 = %(sha256)s AND purpose = %(purpose)s AND expires_at > now()
RETURNING content"""


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that waits for the platform's answer.

    Attributes:
        browser_sha256: hash of what the browser must know.
        storage: the frame of the platform that keeps it; empty where a cookie does.
    """

    platform_id: int
    nonce: str
    browser_sha256: bytes
    storage: str = ""


def begin(
    db: database.Database, state_sha256: bytes, login: PendingLogin, lifetime: datetime.timedelta
) -> None:
    """Remember a login."""
    values = {
        "state_sha256": state_sha256,
        "platform_id": login.platform_id,
        "nonce": login.nonce,
        "browser_sha256": login.browser_sha256,
        "storage": login.storage,
        "lifetime": lifetime,
    }
    with db.transaction() as connection:
        connection.execute(FORGET_LOGINS)
        connection.execute(BEGIN, values)


def look(db: database.Database, state_sha256: bytes) -> PendingLogin | None:
    """The login of a state that was not used yet."""
    row = db.one(LOOK, state_sha256=state_sha256)
    return PendingLogin(**{**row, "browser_sha256": bytes(row["browser_sha256"])}) if row else None


def use(db: database.Database, state_sha256: bytes, browser_sha256: bytes) -> bool:
    """Use a login up; False where it was used, has expired or is another browser's."""
    values = {"state_sha256": state_sha256, "browser_sha256": browser_sha256}
    return db.one(USE, **values) is not None


def issue(
    db: database.Database,
    sha256: bytes,
    purpose: str,
    content: Mapping[str, Any],
    lifetime: datetime.timedelta,
) -> None:
    """Remember what a launch has proved."""
    values = {"sha256": sha256, "purpose": purpose, "content": json.dumps(content)}
    with db.transaction() as connection:
        connection.execute(FORGET_TICKETS)
        connection.execute(ISSUE, values | {"lifetime": lifetime})


def take(db: database.Database, sha256: bytes, purpose: str) -> dict[str, Any] | None:
    """Use a ticket up; what it says, None where there is none for this purpose."""
    row = db.one(TAKE, sha256=sha256, purpose=purpose)
    return dict(row["content"]) if row else None
