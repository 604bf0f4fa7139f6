"""Statements about people of an LMS: who they are here, and what they are in which of its courses.

Owns the tables `lti_people` and `lti_members`, and enrols whom an LMS names. Who may become whom,
and as what, is `grader.course.lms_people`'s.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from grader import models
from grader.course import lms_people
from grader.course import roster as rules
from grader.lti import launch
from grader.store import audit, database, roster

IS_ARCHIVED = """
SELECT 1 AS is_archived FROM courses WHERE slug = %(course)s AND archived_at IS NOT NULL"""

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('roster'))"""

KNOWN = """
SELECT u.id, u.name, u.admin, en.role, en.state
  FROM lti_people p JOIN users u ON u.id = p.user_id
  LEFT JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE p.platform_id = %(platform_id)s AND p.subject = %(subject)s"""

# Somebody with this address whom nobody of this platform is yet.
BY_EMAIL = """
SELECT u.id, u.name, u.admin, en.role, en.state FROM users u
  LEFT JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE u.email = %(email)s AND %(email)s <> ''
   AND NOT EXISTS (SELECT FROM lti_people p
                    WHERE p.platform_id = %(platform_id)s AND p.user_id = u.id)"""

TAKEN_EMAIL = """
SELECT EXISTS (SELECT FROM users WHERE email = %(email)s) AS is_taken"""

NAMES = """
SELECT name FROM users WHERE lower(name) = lower(%(name)s) OR lower(name) LIKE lower(%(like)s)"""

ADD = """
INSERT INTO users (name, full_name, email, sid)
VALUES (%(name)s, %(full_name)s, %(email)s, %(sid)s)
RETURNING id, name, admin, NULL AS role, NULL AS state"""

IS = """
INSERT INTO lti_people (platform_id, subject, user_id)
VALUES (%(platform_id)s, %(subject)s, %(user_id)s)"""

# What the LMS says of a name is taken where nobody has said anything.
FILL = """
UPDATE users SET full_name = CASE WHEN full_name = '' THEN %(full_name)s ELSE full_name END,
       sid = CASE WHEN sid = '' THEN %(sid)s ELSE sid END
 WHERE id = %(user_id)s"""

ROLES = """
SELECT m.role FROM lti_members m JOIN lti_contexts c ON c.id = m.context_id
 WHERE m.user_id = %(user_id)s AND m.is_active AND c.course = %(course)s"""

WAS_MEMBER = """
SELECT role, is_active FROM lti_members
 WHERE context_id = %(context_id)s AND subject = %(subject)s"""

MEMBER = """
INSERT INTO lti_members (context_id, subject, user_id, role)
VALUES (%(context_id)s, %(subject)s, %(user_id)s, %(role)s)
ON CONFLICT (context_id, subject) DO UPDATE
   SET role = excluded.role, is_active = true, seen_at = now(), user_id = excluded.user_id"""

ENROL = """
INSERT INTO enrolments (course, user_id, role) VALUES (%(course)s, %(user_id)s, %(role)s)
ON CONFLICT (course, user_id) DO UPDATE SET role = excluded.role, state = 'active'"""

ABSENT = """
SELECT DISTINCT m.user_id, u.name, en.role, en.state FROM lti_members m
  JOIN users u ON u.id = m.user_id
  LEFT JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE m.context_id = %(context_id)s AND m.is_active AND m.subject <> ALL(%(present)s)
 ORDER BY m.user_id"""

DROP = """
UPDATE lti_members SET is_active = false
 WHERE context_id = %(context_id)s AND is_active AND subject <> ALL(%(present)s)"""

LEAVE = """
UPDATE enrolments SET state = 'dropped' WHERE course = %(course)s AND user_id = %(user_id)s"""

# Sessions that the LMS opened end; tokens that staff gave stay.
END_SESSIONS = """
UPDATE tokens SET revoked_at = now()
 WHERE user_id = %(user_id)s AND label = %(label)s AND course = %(course)s
   AND revoked_at IS NULL"""

DUE = """
INSERT INTO lti_due (assignment, user_id)
SELECT DISTINCT assignment, %(user_id)s::bigint FROM lti_links WHERE context_id = %(context_id)s"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody of an LMS and who they are here.

    Attributes:
        role: in the course.
        is_new: whether the account was made for them.
    """

    id: int
    name: str
    role: models.Role
    is_new: bool

    @property
    def title(self) -> str:
        """Who did something, for the audit log."""
        return f"{self.role} {self.name}"


@dataclass(frozen=True, slots=True)
class EntryCourse:
    """Which course of which platform people come from, and which of ours they enter."""

    platform_id: int
    context_id: int
    course: str


@dataclass(frozen=True, slots=True)
class ListTaken:
    """What a course's list of people did.

    Attributes:
        entered: as `enter` answers.
        left: logins of those whom it no longer has.
    """

    entered: Sequence[Entrant | str]
    left: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Account:
    """An account as it stands before somebody enters by it."""

    id: int
    name: str
    admin: bool
    role: models.Role | None
    is_active: bool
    is_new: bool = False


def enter(
    db: database.Database, course: EntryCourse, given: Sequence[launch.Subject], who: str
) -> list[Entrant | str]:
    """Everybody's account, made where there is none; a sentence for each who gets none.

    Args:
        given: people who all have a role in the course.
    """
    with db.transaction() as connection:
        connection.execute(LOCK)
        return [_entered(connection, course, one, who) for one in given]


def take(
    db: database.Database,
    course: EntryCourse,
    listed: Sequence[launch.Subject],
    label: str,
    who: str,
    *,
    confirm: bool = False,
) -> ListTaken:
    """Take a course's whole list: who is on it enters, and the part of everybody else ends.

    Args:
        listed: people who all have a role in the course.
        label: of tokens that were made for sessions by an LMS.
        confirm: also if most of the students have dropped.

    Raises:
        ManyDropped: they would have, and `confirm` is not set; nothing is changed then.
    """
    with db.transaction() as connection:
        connection.execute(LOCK)
        students = roster.active_students(connection, course.course)
        entered = [_entered(connection, course, one, who) for one in listed]
        present = [one.id for one in listed]
        left, dropped = _without(connection, course, present, label)
        if not confirm:
            rules.require_few(dropped, students, rules.OF_LMS)
        if left:
            detail = {"dropped": left}
            action = "people dropped by the LMS"
            audit.note(connection, who, action, detail=detail, course=course.course)
        return ListTaken(entered, left)


def _without(
    connection: database.Connection, course: EntryCourse, present: Collection[str], label: str
) -> tuple[list[str], list[str]]:
    """End the membership of everybody who is not present.

    Returns:
        Their logins, and which of them were students here and are no longer in the course.
    """
    values = {"context_id": course.context_id, "course": course.course, "present": list(present)}
    absent = connection.execute(ABSENT, values).fetchall()
    before = [_given_role(connection, course, row["user_id"]) for row in absent]
    connection.execute(DROP, values)
    dropped = []
    for row, was in zip(absent, before, strict=True):
        role = models.Role(row["role"]) if row["role"] else None
        has_dropped = _left(connection, course, row["user_id"], role, was, label)
        if has_dropped and role is models.Role.STUDENT and row["state"] == "active":
            dropped.append(str(row["name"]))
    return [str(row["name"]) for row in absent], dropped


def _left(
    connection: database.Connection,
    course: EntryCourse,
    user_id: int,
    role: models.Role | None,
    was: models.Role | None,
    label: str,
) -> bool:
    """Their part in the course ends with the last one that the LMS gave, if it was the LMS's.

    Returns:
        Whether it has ended.
    """
    still = _given_role(connection, course, user_id)
    values = {"user_id": user_id, "course": course.course, "label": label}
    if still is None:
        connection.execute(END_SESSIONS, values)
    if role is None or role is not was:
        return False
    if still is None:
        connection.execute(LEAVE, values)
    elif still is not role:
        connection.execute(ENROL, values | {"role": still.value})
    return still is None


def _entered(
    connection: database.Connection, course: EntryCourse, subject: launch.Subject, who: str
) -> Entrant | str:
    assert subject.role is not None  # the caller has looked
    known = _known(connection, course, subject)
    if isinstance(known, str):
        return known
    if database.fetch_one(connection, IS_ARCHIVED, course=course.course):
        return _reader(known)
    account = known or _added(connection, course, subject, who)
    was = _given_role(connection, course, account.id)
    values: dict[str, Any] = {
        "user_id": account.id,
        "subject": subject.id,
        "context_id": course.context_id,
        "course": course.course,
        "role": subject.role.value,
        "full_name": subject.name[:200],
        "sid": subject.sid[:200],
    }
    before = database.fetch_one(connection, WAS_MEMBER, **values)
    connection.execute(MEMBER, values)
    connection.execute(FILL, values)
    now = _given_role(connection, course, account.id) or subject.role
    role = _enrolled(connection, course, account, was, now)
    if before != {"role": subject.role.value, "is_active": True}:
        connection.execute(DUE, values)
    return Entrant(account.id, account.name, role, account.is_new)


def _reader(known: _Account | None) -> Entrant | str:
    """Who enters an archived course: those who are in it, as what they are."""
    if known is None or known.role is None or not known.is_active:
        return "This course is archived: nobody new enters it."
    return Entrant(known.id, known.name, known.role, is_new=False)


def _enrolled(
    connection: database.Connection,
    course: EntryCourse,
    account: _Account,
    was: models.Role | None,
    now: models.Role,
) -> models.Role:
    """Their role in the course, once the LMS has named them."""
    current = account.role if account.is_active else None
    role = lms_people.settled(current, was, now)
    if role is not current:
        values = {"course": course.course, "user_id": account.id, "role": role.value}
        connection.execute(ENROL, values)
        detail = {"role": role.value, "by": "LMS"}
        audit.note(
            connection,
            audit.SERVICE,
            "role changed",
            subject=account.name,
            detail=detail,
            course=course.course,
        )
    return role


def _known(
    connection: database.Connection, course: EntryCourse, subject: launch.Subject
) -> _Account | str | None:
    """Who this is; None where an account must be made, a sentence where that is not possible."""
    values = {
        "platform_id": course.platform_id,
        "subject": subject.id,
        "email": subject.email,
        "course": course.course,
    }
    row = database.fetch_one(connection, KNOWN, **values)
    is_connected = row is not None
    row = row or database.fetch_one(connection, BY_EMAIL, **values)
    if row is None:
        return None
    account = _account(row)
    assert subject.role is not None  # the caller has looked
    shown = subject.email or subject.name or subject.id
    if account.admin or account.role is models.Role.CI:
        return lms_people.NOT_BY_LMS.format(shown)
    if not is_connected:
        if fault := lms_people.refusal(account.role, subject.role):
            return fault.format(shown)
        connection.execute(IS, values | {"user_id": account.id})
    return account


def _added(
    connection: database.Connection, course: EntryCourse, subject: launch.Subject, who: str
) -> _Account:
    name = _free_name(connection, lms_people.login_of(subject))
    taken = database.fetch_one(connection, TAKEN_EMAIL, email=subject.email)
    is_free = bool(subject.email) and not (taken and taken["is_taken"])
    values = {
        "name": name,
        "full_name": subject.name[:200],
        "email": subject.email if is_free else None,
        "sid": subject.sid[:200],
    }
    row = database.fetch_one(connection, ADD, **values)
    assert row is not None  # an insert answers
    connected = {"platform_id": course.platform_id, "subject": subject.id, "user_id": row["id"]}
    connection.execute(IS, connected)
    detail = {"by": "LMS"}
    audit.note(connection, who, "user added", subject=name, detail=detail, course=course.course)
    return _account(row, is_new=True)


def _free_name(connection: database.Connection, wanted: str) -> str:
    like = wanted.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + " (%"
    found = connection.execute(NAMES, {"name": wanted, "like": like})
    return lms_people.free_login(wanted, {row["name"] for row in found})


def _given_role(
    connection: database.Connection, course: EntryCourse, user_id: int
) -> models.Role | None:
    """The highest role that courses of an LMS give somebody in one of ours."""
    found = connection.execute(ROLES, {"user_id": user_id, "course": course.course})
    return lms_people.highest(models.Role(row["role"]) for row in found)


def _account(row: dict[str, Any], *, is_new: bool = False) -> _Account:
    role = models.Role(row["role"]) if row["role"] else None
    return _Account(row["id"], row["name"], row["admin"], role, row["state"] == "active", is_new)
