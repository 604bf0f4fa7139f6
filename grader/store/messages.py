"""Statements about messages: who wants to hear of what, and the outbox.

Owns the tables `message_choices` and `messages`. What is sent is `grader.service.postman`'s.

Theory of operation
    A message is claimed before it is sent: its next try is set to when the claim has surely ended.
    So two processes never send the same one at once, and one whose process was killed is sent again
    later, under the same id, by which mail programs and receivers of webhooks know a second copy.
"""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from grader.notify import kinds
from grader.store import database

SHOWN: Final = 50
CLAIM_S: Final = 300.0  # far longer than a claim's messages take to be sent
MOST_AT_ONCE: Final = 20
KEPT_DAYS: Final = 30

CHOICES = """
SELECT kind, wanted FROM message_choices WHERE user_id = %(user_id)s"""

CHOOSE = """
INSERT INTO message_choices (user_id, kind, wanted) VALUES (%(user_id)s, %(kind)s, %(wanted)s)
ON CONFLICT (user_id, kind) DO UPDATE SET wanted = excluded.wanted"""

ADDRESS = """
SELECT coalesce(email, '') AS email FROM users WHERE id = %(user_id)s"""

STUDENTS = """
SELECT u.id, c.wanted FROM users u
  LEFT JOIN message_choices c ON c.user_id = u.id AND c.kind = %(kind)s
 WHERE u.id = ANY(%(user_ids)s) AND u.email IS NOT NULL"""

STAFF = """
SELECT u.id, c.wanted, u.admin,
       ARRAY(SELECT en.course FROM enrolments en
              WHERE en.user_id = u.id AND en.role = ANY(%(roles)s) AND en.state = 'active'
       ) AS courses
  FROM users u LEFT JOIN message_choices c ON c.user_id = u.id AND c.kind = %(kind)s
 WHERE u.email IS NOT NULL
   AND (u.admin OR EXISTS (SELECT FROM enrolments en WHERE en.user_id = u.id
                              AND en.role = ANY(%(roles)s) AND en.state = 'active'))
 ORDER BY u.id"""

ADD = """
INSERT INTO messages (kind, user_id, webhook, subject, body, course)
VALUES (%(kind)s, %(user_id)s, %(webhook)s, %(subject)s, %(body)s, %(course)s)"""

CLAIM = """
WITH due AS (
    SELECT id FROM messages
     WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= now()
     ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE messages m SET tries = m.tries + 1, due_at = now() + make_interval(secs => %(claim_s)s)
  FROM due WHERE m.id = due.id
RETURNING m.id, m.kind, m.webhook, m.subject, m.body, m.tries, m.made_at, m.course,
          (SELECT coalesce(email, '') FROM users WHERE id = m.user_id) AS email,
          (SELECT name FROM users WHERE id = m.user_id) AS login"""

SENT = """
UPDATE messages SET sent_at = now(), fault = '' WHERE id = %(id)s"""

LATER = """
UPDATE messages SET fault = %(fault)s, due_at = now() + make_interval(secs => %(pause_s)s)
 WHERE id = %(id)s"""

GIVEN_UP = """
UPDATE messages SET fault = %(fault)s, given_up_at = now() WHERE id = %(id)s"""

# What staff of a course see of the outbox: messages to its people, and to programs, which hold no
# names; without a course everything.
SEEN: LiteralString = """
(%(course)s = '' OR m.user_id IS NULL OR m.user_id IN (SELECT en.user_id FROM enrolments en
                                   WHERE en.course = %(course)s))"""

OUTBOX: LiteralString = (
    """
SELECT m.kind, coalesce(u.name, m.webhook) AS recipient, m.made_at, m.tries, m.fault,
       m.given_up_at IS NOT NULL AS given_up
  FROM messages m LEFT JOIN users u ON u.id = m.user_id
 WHERE m.sent_at IS NULL AND m.fault <> '' AND"""  # literals, no input
    + SEEN
    + """
 ORDER BY m.made_at DESC, m.id LIMIT %(most)s"""
)

COUNTS: LiteralString = (
    """
SELECT count(*) FILTER (WHERE sent_at > now() - interval '1 day')::integer AS sent,
       count(*) FILTER (WHERE sent_at IS NULL AND given_up_at IS NULL)::integer AS waiting,
       count(*) FILTER (WHERE given_up_at > now() - interval '1 day')::integer AS given_up
  FROM messages m WHERE"""
    + SEEN
)

FORGET = """
DELETE FROM messages WHERE made_at < now() - make_interval(days => %(days)s)"""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that is to be sent now.

    Attributes:
        webhook: the name of the one it goes to; empty where it is mail.
        email, login: of the person it goes to, None for a webhook.
        tries: this one included.
        course: that it is about; empty where that is none or several.
    """

    id: uuid.UUID
    kind: str
    webhook: str
    email: str | None
    subject: str
    body: str
    tries: int
    made_at: datetime.datetime
    login: str | None = None
    course: str = ""


@dataclass(frozen=True, slots=True)
class UnsentMessage:
    """A message that could not be sent so far, or at all; `recipient` is a login or a webhook."""

    kind: str
    recipient: str
    made_at: datetime.datetime
    tries: int
    fault: str
    given_up: bool


@dataclass(frozen=True, slots=True)
class StaffReader:
    """Somebody of the staff who may hear of a kind.

    Attributes:
        courses: of these; None for all.
        wanted: what they chose; None where they chose nothing.
    """

    user_id: int
    courses: frozenset[str] | None
    wanted: bool | None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """Messages sent within a day, waiting now, and given up within a day."""

    sent: int
    waiting: int
    given_up: int


def choices(db: database.Database, user_id: int) -> dict[str, bool]:
    """Kind -> what this person chose; only where they chose."""
    with db.transaction() as connection:
        found = connection.execute(CHOICES, {"user_id": user_id})
        return {row["kind"]: row["wanted"] for row in found}


def choose(db: database.Database, user_id: int, wanted: Mapping[kinds.Kind, bool]) -> None:
    """Keep what a person chose."""
    with db.transaction() as connection:
        for kind, is_wanted in wanted.items():
            connection.execute(CHOOSE, {"user_id": user_id, "kind": kind, "wanted": is_wanted})


def address(db: database.Database, user_id: int) -> str:
    """A person's mail address; empty where none is known."""
    row = db.one(ADDRESS, user_id=user_id)
    return str(row["email"]) if row else ""


def readers(
    connection: database.Connection, kind: kinds.Kind, by_default: bool, among: Sequence[int]
) -> set[int]:
    """Which of these students hear of a kind."""
    found = connection.execute(STUDENTS, {"kind": kind, "user_ids": list(among)}).fetchall()
    return {row["id"] for row in found if _wants(row["wanted"], by_default)}


def staff(connection: database.Connection, kind: kinds.Kind) -> list[StaffReader]:
    """Those of the staff who hear of a kind, or would by default."""
    roles = ["instructor", "ta"] if kind in kinds.FOR_MARKERS else ["instructor"]
    found = connection.execute(STAFF, {"kind": kind, "roles": roles}).fetchall()
    return [
        StaffReader(row["id"], None if row["admin"] else frozenset(row["courses"]), row["wanted"])
        for row in found
        if row["wanted"] is not False
    ]


def _wants(chosen: bool | None, by_default: bool) -> bool:
    return by_default if chosen is None else chosen


def add(
    connection: database.Connection,
    kind: kinds.Kind,
    subject: str,
    body: str,
    *,
    user_id: int | None = None,
    webhook: str = "",
    course: str = "",
) -> None:
    """Put a message into the outbox, to a person or to a webhook; `course` is what it is about."""
    values = {"kind": kind, "subject": subject, "body": body}
    connection.execute(ADD, values | {"user_id": user_id, "webhook": webhook, "course": course})


def claim(db: database.Database) -> list[OutgoingMessage]:
    """Some messages that are due, which nobody else sends now."""
    with db.transaction() as connection:
        values = {"most": MOST_AT_ONCE, "claim_s": CLAIM_S}
        return [OutgoingMessage(**row) for row in connection.execute(CLAIM, values)]


def sent(db: database.Database, message_id: uuid.UUID) -> None:
    """A message was taken."""
    with db.transaction() as connection:
        connection.execute(SENT, {"id": message_id})


def failed(db: database.Database, message_id: uuid.UUID, fault: str, pause_s: float | None) -> None:
    """A message was not taken: tried again after a pause or, without one, given up."""
    with db.transaction() as connection:
        values = {"id": message_id, "fault": fault.replace("\0", "\ufffd") or "-"}
        if pause_s is None:
            connection.execute(GIVEN_UP, values)
        else:
            connection.execute(LATER, values | {"pause_s": pause_s})


def unsent(db: database.Database, course: str = "") -> list[UnsentMessage]:
    """The newest of what could not be sent: to the people of a course, or at all."""
    with db.transaction() as connection:
        values = {"most": SHOWN, "course": course}
        return [UnsentMessage(**row) for row in connection.execute(OUTBOX, values)]


def counts(db: database.Database, course: str = "") -> OutboxCounts:
    """The outbox in three numbers: messages to the people of a course, or all."""
    row = db.one(COUNTS, course=course)
    assert row is not None  # an aggregate always answers
    return OutboxCounts(**row)


def forget_old(db: database.Database) -> int:
    """Delete what was made long ago; how many."""
    with db.transaction() as connection:
        return connection.execute(FORGET, {"days": KEPT_DAYS}).rowcount
