"""Statements about our own keys for LTI.

Owns the table `lti_keys`. When a key signs and how long it is published is `grader.lti.keys`'s.
"""

import datetime
from collections.abc import Callable, Sequence

from grader.lti import keys
from grader.store import audit, database

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('lti keys'))"""

ALL = """
SELECT kid, private_pem, made_at, signs_from FROM lti_keys ORDER BY signs_from"""

ADD = """
INSERT INTO lti_keys (kid, private_pem, made_at, signs_from)
VALUES (%(kid)s, %(private_pem)s, %(made_at)s, %(signs_from)s)"""

FORGET = """
DELETE FROM lti_keys WHERE kid = ANY(%(kids)s)"""


def all_of(db: database.Database) -> list[keys.ToolKey]:
    """Every key that is published, the oldest first."""
    with db.transaction() as connection:
        return [keys.ToolKey(**row) for row in connection.execute(ALL)]


def add(
    db: database.Database,
    make: Callable[[Sequence[keys.ToolKey]], keys.ToolKey | None],
    who: str,
) -> list[keys.ToolKey]:
    """Add a key and forget those that are out of date; one process at a time.

    Args:
        make: makes the key of those that there are, or decides that none is needed.
    """
    with db.transaction() as connection:
        connection.execute(LOCK)
        known = [keys.ToolKey(**row) for row in connection.execute(ALL)]
        new = make(known)
        if new is not None:
            values = {"kid": new.kid, "private_pem": new.private_pem}
            times = {"made_at": new.made_at, "signs_from": new.signs_from}
            connection.execute(ADD, values | times)
            audit.note(connection, who, "LTI key made", subject=new.kid)
            known.append(new)
        gone = keys.outdated(known, datetime.datetime.now(datetime.UTC))
        connection.execute(FORGET, {"kids": gone})
        return [key for key in known if key.kid not in gone]
