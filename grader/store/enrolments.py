"""Statements about one person of a course: enrol, change, drop and bring back.

Owns their SQL. Many at once, from a list, are `roster`'s.
"""

from dataclasses import dataclass

from grader import models
from grader.course import gradebook, memberships, roster_changes
from grader.store import audit, database, roster, rows

ONE = """
SELECT u.name AS login, u.full_name, coalesce(u.email, '') AS email, u.sid, u.lms_id,
       u.admin, en.role, coalesce(en.section, '') AS section, en.state = 'dropped' AS dropped,
       EXISTS (SELECT FROM tokens t
                WHERE t.user_id = u.id AND t.revoked_at IS NULL
                  AND (t.expires_at IS NULL OR t.expires_at > now())
                  AND (t.course IS NULL OR t.course = %(course)s)) AS has_token,
       u.admin OR EXISTS (SELECT FROM enrolments other
                           WHERE other.user_id = u.id AND other.course <> %(course)s) AS elsewhere
  FROM users u LEFT JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE u.name = %(login)s"""

# Two logins never differ in capital letters alone; a login may be another's address.
LOGIN = """
SELECT u.name FROM users u JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE lower(u.name) = lower(%(typed)s) OR u.email = lower(%(typed)s)
 ORDER BY lower(u.name) <> lower(%(typed)s) LIMIT 1"""

OWNER_OF_ADDRESS = """
SELECT name FROM users WHERE email = %(email)s AND name <> %(name)s"""

DROP = """
UPDATE enrolments en SET state = 'dropped' FROM users u
 WHERE en.course = %(course)s AND en.user_id = u.id AND u.name = %(login)s
   AND en.state = 'active'
RETURNING en.role"""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody of the service, and what they are in one course.

    Attributes:
        role: None where they are not in the course.
        elsewhere: others rely on their name and address as well.
    """

    person: gradebook.Person
    role: models.Role | None
    dropped: bool
    has_token: bool
    elsewhere: bool
    is_admin: bool


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """What somebody is to be in a course; what is None stays as it is.

    Somebody new is a student, unless something else is said.
    """

    role: models.Role | None = None
    section: str | None = None
    full_name: str | None = None
    email: str | None = None
    sid: str | None = None

    def role_after(self, old: Enrolled | None) -> models.Role:
        """What they are with it."""
        return self.role or (old.role if old else None) or memberships.LEAST

    @property
    def of_person(self) -> dict[str, str]:
        """What it says about the person, not about the course."""
        said = {"full_name": self.full_name, "email": self.email, "sid": self.sid}
        return {name: value for name, value in said.items() if value is not None}


def login_of(db: database.Database, course: str, typed: str) -> str:
    """The login of whoever of a course somebody means; what was typed where that is nobody.

    People type logins with other capital letters, and addresses in their place.
    """
    said = typed.strip().replace("\0", "")
    row = db.one(LOGIN, course=course, typed=said)
    return str(row["name"]) if row else said


def find(db: database.Database, course: str, login: str) -> Enrolled | None:
    """Somebody of the service; None when nobody has this login."""
    row = db.one(ONE, course=course, login=login)
    return _enrolled(row) if row else None


def owner_of_address(db: database.Database, email: str, besides: str) -> str:
    """Who else has this mail address; empty for nobody."""
    row = db.one(OWNER_OF_ADDRESS, email=email, name=besides)
    return str(row["name"]) if row else ""


def put(db: database.Database, course: str, login: str, new: NewEnrolment, who: str) -> None:
    """Enrol somebody, new to the service or not, or change what they are."""
    with db.transaction() as connection:
        connection.execute(roster.LOCK)
        row = database.fetch_one(connection, ONE, course=course, login=login)
        old = _enrolled(row) if row else None
        values = _values(login, new, old) | {"course": course}
        connection.execute(roster.CHANGE if old else roster.ADD, values)
        connection.execute(roster.ENROL, values)
        detail = _changes(old, values)
        action = "enrolled" if old is None or old.role is None else "enrolment changed"
        if detail:
            audit.note(connection, who, action, subject=login, detail=detail, course=course)


def drop(db: database.Database, course: str, login: str, who: str) -> bool:
    """Somebody leaves a course and keeps their work; False when they are not active in it."""
    with db.transaction() as connection:
        row = database.fetch_one(connection, DROP, course=course, login=login)
        if row is None:
            return False
        detail = {"role": row["role"]}
        audit.note(connection, who, "dropped", subject=login, detail=detail, course=course)
        return True


def _values(login: str, new: NewEnrolment, old: Enrolled | None) -> rows.Row:
    """What is stored; what is not said stays as it is."""
    known = old.person if old else gradebook.Person(login)
    said = new.of_person | ({} if new.section is None else {"section": new.section})
    values = {name: said.get(name, getattr(known, name)) for name in roster.COLUMNS}
    email = values["email"] or None
    return values | {
        "name": login,
        "email": email,
        "role": new.role_after(old).value,
        "state": "active",
    }


def _changes(old: Enrolled | None, values: rows.Row) -> dict[str, str]:
    """What is different now, for the log; of somebody new what they are."""
    if old is None or old.role is None:
        return {"role": values["role"]} | (
            {"section": values["section"]} if values["section"] else {}
        )
    before = {
        **{name: getattr(old.person, name) for name in roster.COLUMNS},
        "role": old.role.value,
        "state": "dropped" if old.dropped else "active",
    }
    return roster_changes.differences(before, values)


def _enrolled(row: rows.Row) -> Enrolled:
    person = gradebook.Person(**{name: row[name] for name in gradebook.Person.__slots__})
    role = models.Role(row["role"]) if row["role"] else None
    dropped = bool(row["dropped"])
    return Enrolled(person, role, dropped, row["has_token"], row["elsewhere"], row["admin"])
