"""Statements about a course's roster: who is there, and bringing it up to date from a list.

Owns their SQL. A person's name, address and numbers are theirs in the whole service, role, section
and state are of the course: what a list says of the former is kept where the person is in other
courses as well, whose staff rely on it. All of a list is taken or nothing, in one transaction; the
same list a second time changes nothing. What a list may hold is `grader.course.roster`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader import models
from grader.course import gradebook, memberships, person_names, roster, roster_changes
from grader.store import audit, database, rows

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('roster'))"""

KNOWN = """
SELECT u.id, u.name, u.full_name, u.email, u.sid, u.lms_id, u.admin,
       en.role, coalesce(en.section, '') AS section, en.state,
       u.admin OR EXISTS (SELECT FROM enrolments other
                           WHERE other.user_id = u.id AND other.course <> %(course)s) AS elsewhere
  FROM users u LEFT JOIN enrolments en ON en.user_id = u.id AND en.course = %(course)s
 WHERE u.name = ANY(%(logins)s) OR u.email = ANY(%(emails)s)
    OR lower(u.name) IN (SELECT lower(login) FROM unnest(%(logins)s::text[]) login)
    OR (u.lms_id <> '' AND u.lms_id = ANY(%(numbers)s))"""

ADD = """
INSERT INTO users (name, full_name, email, sid, lms_id)
VALUES (%(name)s, %(full_name)s, %(email)s, %(sid)s, %(lms_id)s)"""

CHANGE = """
UPDATE users SET full_name = %(full_name)s, email = %(email)s, sid = %(sid)s, lms_id = %(lms_id)s
 WHERE name = %(name)s"""

ENROL = """
INSERT INTO enrolments (course, user_id, role, section, state)
SELECT %(course)s, id, %(role)s, %(section)s, %(state)s FROM users WHERE name = %(name)s
ON CONFLICT (course, user_id) DO UPDATE
   SET role = excluded.role, section = excluded.section, state = excluded.state"""

ACTIVE_STUDENTS = """
SELECT count(*) AS n FROM enrolments
 WHERE course = %(course)s AND role = 'student' AND state = 'active'"""

# Students that a list does not name.
DROP = """
UPDATE enrolments en SET state = 'dropped' FROM users u
 WHERE en.course = %(course)s AND en.user_id = u.id AND en.role = 'student'
   AND en.state = 'active' AND u.name <> ALL(%(kept)s)
RETURNING u.name"""

PAGE = """
SELECT u.name AS login, en.role, u.full_name, coalesce(u.email, '') AS email, en.section, u.sid,
       u.lms_id, en.state = 'dropped' AS dropped,
       EXISTS (SELECT FROM tokens t
                WHERE t.user_id = u.id AND t.revoked_at IS NULL
                  AND (t.expires_at IS NULL OR t.expires_at > now())
                  AND (t.course IS NULL OR t.course = %(course)s)) AS has_token
  FROM enrolments en JOIN users u ON u.id = en.user_id
 WHERE en.course = %(course)s AND u.name > %(after)s AND (%(dropped)s OR en.state = 'active')
 ORDER BY u.name LIMIT %(most)s"""

# Who runs the service is in no course; they stand on the roster of the default one.
ADMINS = """
SELECT name AS login, 'admin' AS role, full_name, coalesce(email, '') AS email, '' AS section, sid,
       lms_id, false AS dropped, true AS has_token
  FROM users WHERE admin ORDER BY name"""

MOST_AT_ONCE = 500
OF_PERSON = ("full_name", "email", "sid", "lms_id")
COLUMNS = ("full_name", "email", "section", "sid", "lms_id")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list of people did.

    Attributes:
        added, changed: logins.
        unchanged: how many were as they are.
        skipped: a sentence for each line that was left out.
        dropped: logins of students whom the list does not name, if that was asked for.
        changes: who is what now that they were not, as `roster_changes` words it.
        unused: columns of the file that say nothing to us.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    skipped: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Somebody on the roster.

    Attributes:
        dropped: they have left the course.
        has_token: they can sign in with one.
    """

    person: gradebook.Person
    role: models.Role
    dropped: bool = False
    has_token: bool = False


def apply(
    db: database.Database,
    listed: roster.RosterFile,
    who: str,
    course: str = memberships.DEFAULT,
    *,
    skip: bool = False,
    drop: bool = False,
    confirm: bool = False,
) -> Imported:
    """Add those who are new and change those who differ; whoever had dropped is active again.

    Somebody is known by their login, else by their address, else by Canvas' number. A line that
    contradicts what is stored is one of those that can only be left out.

    Args:
        skip: leave such lines out.
        drop: students whom the list does not name have dropped the course.
        confirm: also if they are most of the students.

    Raises:
        OddLines: there are such lines, and `skip` is not set; nothing is changed then.
        ManyDropped: most students would have dropped, and `confirm` is not set; likewise.
    """
    with db.transaction() as connection:
        connection.execute(LOCK)
        known = _known(connection, course, listed.people)
        added, changed, same, faults = _compared(listed.people, known)
        skipped = (*listed.skipped, *faults)
        if skipped and not skip:
            raise roster.OddLines(skipped)
        gone = _dropped(connection, course, listed, known, confirm=confirm) if drop else ()
        _write(connection, course, added, changed)
        changes = roster_changes.lines(_differences(added, changed, known))
        unused = tuple(roster_changes.shortened(listed.unused))
        names = (_names(added), _names(changed))
        done = Imported(*names, same, skipped, gone, changes, unused)
        audit.note(connection, who, "roster imported", detail=_detail(done), course=course)
        return done


def _detail(done: Imported) -> dict[str, Any]:
    """What the log keeps of it."""
    lists = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    more = {"dropped": done.dropped, "changes": done.changes}
    return lists | {name: value for name, value in more.items() if value}


def _differences(
    added: "list[Values]", changed: "list[Values]", known: "Known"
) -> dict[str, dict[str, str]]:
    """What differs of each; of those who are new, what they are if that is more than a student."""
    found = {
        one["name"]: roster_changes.differences({roster_changes.ROLE: ""}, one)
        for one in added
        if one["role"] != memberships.LEAST
    }
    for one in changed:
        old = known.by_login[one["name"]]
        before = {name: old[name] for name in (*COLUMNS, roster_changes.ROLE, "state")}
        found[one["name"]] = roster_changes.differences(before, one)
    return found


def _known(
    connection: database.Connection, course: str, people: Sequence[roster.RosterLine]
) -> "Known":
    """Those of the service whom the list may mean."""
    values = {
        "logins": [p.login for p in people],
        "emails": [p.email for p in people],
        "numbers": [p.lms_id for p in people],
        "course": course,
    }
    return Known.of(connection.execute(KNOWN, values).fetchall())


def _write(
    connection: database.Connection, course: str, added: "list[Values]", changed: "list[Values]"
) -> None:
    everybody = (*added, *changed)
    with connection.cursor() as cursor:
        cursor.executemany(ADD, [one for one in everybody if one["id"] is None])
        cursor.executemany(CHANGE, [one for one in everybody if one["id"]])
        cursor.executemany(ENROL, [one | {"course": course} for one in everybody])


def _names(changes: "Sequence[Values]") -> tuple[str, ...]:
    return tuple(one["name"] for one in changes)


def _dropped(
    connection: database.Connection,
    course: str,
    listed: roster.RosterFile,
    known: "Known",
    *,
    confirm: bool,
) -> tuple[str, ...]:
    """Those of the course's students whom the list does not name.

    Of those from before the list: many who are new on it do not make it the right one.
    """
    students = active_students(connection, course)
    kept = [known.login_of(person) for person in listed.people]
    gone = connection.execute(DROP, {"course": course, "kept": kept}).fetchall()
    names = tuple(sorted(row["name"] for row in gone))
    if not confirm:
        roster.require_few(names, students)
    return names


def active_students(connection: database.Connection, course: str) -> int:
    """How many students are in a course."""
    row = database.fetch_one(connection, ACTIVE_STUDENTS, course=course)
    return int(row["n"]) if row else 0


def page(
    db: database.Database,
    after: str,
    most: int,
    course: str = memberships.DEFAULT,
    *,
    dropped: bool = False,
) -> list[RosterEntry]:
    """The people of a course, by login, behind one of them.

    Args:
        dropped: also those who have left it.
    """
    values = {"after": after, "most": most, "course": course, "dropped": dropped}
    with db.transaction() as connection:
        return [_entry(row) for row in connection.execute(PAGE, values).fetchall()]


def administrators(db: database.Database) -> list[RosterEntry]:
    """Those who run the service, by login."""
    with db.transaction() as connection:
        return [_entry(row) for row in connection.execute(ADMINS).fetchall()]


def _entry(row: rows.Row) -> RosterEntry:
    role = models.Role(row.pop("role"))
    dropped, has_token = row.pop("dropped"), row.pop("has_token")
    return RosterEntry(gradebook.Person(**row), role, dropped, has_token)


def everybody(
    db: database.Database, course: str = memberships.DEFAULT, *, dropped: bool = False
) -> Iterator[RosterEntry]:
    """All people of a course, by login."""
    after = ""
    while people := page(db, after, MOST_AT_ONCE, course, dropped=dropped):
        yield from people
        after = people[-1].person.login


Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Who is stored, by each of the three that somebody is known by."""

    by_login: dict[str, rows.Row]
    by_email: dict[str, rows.Row]
    by_number: dict[str, rows.Row]
    in_small_letters: dict[str, str]  # to the login as it is

    @classmethod
    def of(cls, stored: Sequence[rows.Row]) -> "Known":
        """Those of the rows."""
        return cls(
            {row["name"]: row for row in stored},
            {row["email"]: row for row in stored if row["email"]},
            {row["lms_id"]: row for row in stored if row["lms_id"]},
            {row["name"].lower(): row["name"] for row in stored},
        )

    def find(self, person: roster.RosterLine) -> rows.Row | None:
        """The stored person; a name alone is nobody's who has another number."""
        found = self.by_login.get(person.login) if person.given else None
        found = found or self.by_email.get(person.email) or self.by_number.get(person.lms_id)
        if found or person.given:
            return found
        namesake = self.by_login.get(person.login)
        other = namesake and namesake["lms_id"] and person.lms_id not in ("", namesake["lms_id"])
        return None if other else namesake

    def login_of(self, person: roster.RosterLine) -> str:
        """Whom a line names, if only by a login in other case."""
        found = self.find(person)
        return found["name"] if found else self.in_other_case(person) or person.login

    def in_other_case(self, person: roster.RosterLine) -> str:
        """The login that differs from a new one only in its capital letters."""
        return self.in_small_letters.get(person.login.lower(), "")

    def fault(self, person: roster.RosterLine, old: rows.Row | None) -> str:
        """What of the line contradicts what is stored."""
        other = self.by_email.get(person.email)
        if old and other and old["id"] != other["id"]:
            return f"{person.email} belongs to {other['name']!r}."
        kind = old and ("admin" if old["admin"] else old["role"])
        if old and kind in (models.Role.ADMIN, models.Role.CI):
            return f"{old['name']!r} is an {kind} account, which a roster does not change."
        if old is None and (taken := self.by_login.get(person.login)):
            return f"{taken['name']!r} is on the roster with another number; give a login."
        if old is None and (like := self.in_other_case(person)):
            return person_names.only_in_case(person.login, like)
        return ""


def _compared(
    people: Sequence[roster.RosterLine], known: Known
) -> tuple[list[Values], list[Values], int, list[str]]:
    """Rows to add, rows to change, how many are as they should be, and which are left out."""
    added: list[Values] = []
    changed: list[Values] = []
    faults: list[str] = []
    for person in people:
        old = known.find(person)
        if fault := known.fault(person, old):
            faults.append(f"Line {person.line}: {fault}")
        elif old is None:
            added.append(_values(person, {}) | {"name": person.login, "id": None})
            known.in_small_letters[person.login.lower()] = person.login
        elif (new := _values(person, old)) == {name: old[name] for name in new}:
            continue
        elif old["role"] is None:  # known to the service, not to the course
            added.append(new | {"name": old["name"], "id": old["id"]})
        else:
            changed.append(new | {"name": old["name"], "id": old["id"]})
    same = len(people) - len(added) - len(changed) - len(faults)
    return added, changed, same, faults


def _values(person: roster.RosterLine, old: rows.Row) -> Values:
    """A row's columns; what the list leaves empty stays as it is stored."""
    new = {name: getattr(person, name) or old.get(name) or "" for name in COLUMNS}
    new |= {"email": new["email"] or None, "role": person.role.value, "state": "active"}
    return new | ({name: old[name] for name in OF_PERSON} if old.get("elsewhere") else {})
