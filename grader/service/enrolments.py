"""One person of a course: enrol them, change what they are, let them leave and come back.

Owns who may do that to whom, and what a login and an address may be. A list of people at once is
`grader.service.roster`'s; what is stored is `grader.store.enrolments`'.
"""

from collections.abc import Mapping
from typing import Final

from grader import errors, models
from grader.course import memberships, permissions, person_names
from grader.service import context, courses
from grader.store import database, rows, users
from grader.store import enrolments as stored

MAX_TEXT: Final = 200
TEXTS: Final = ("full_name", "email", "section", "sid")
LABELS: Final = {"full_name": "name", "sid": "school's number"}


def find(store: database.Database, course: str, login: str) -> stored.Enrolled:
    """Somebody who is or was in a course.

    Raises:
        NotFound: nobody of this login.
    """
    found = stored.find(store, course, login)
    if found is None or found.role is None:
        raise errors.NotFound(f"There is nobody {login!r} in this course; check the login name.")
    return found


def add(
    services: context.Services, user: rows.User, course: str, login: str, new: stored.NewEnrolment
) -> stored.Enrolled:
    """Enrol somebody who is not in a course; who had dropped it is active again.

    Raises:
        Conflict: they are in it; `facts` have their `login`.
        NotAllowed, NotValid: as for `put`.
    """
    old = stored.find(services.store, course, _spelled(services.store, course, login))
    if old and old.role and not old.dropped:
        found, what = old.person.login, memberships.IN_WORDS[old.role]
        said = f"{found} is on the roster already, as {what}; change them there, on their own page."
        raise errors.Conflict(said, login=found)
    return put(services, user, course, login, new)


def put(
    services: context.Services, user: rows.User, course: str, login: str, new: stored.NewEnrolment
) -> stored.Enrolled:
    """Enrol somebody in a course, or change what they are in it; who had dropped is active again.

    Raises:
        NotAllowed: the user may not give this role, or not change this person.
        NotValid, Conflict: a login, an address or a text cannot be so.
    """
    login = _spelled(services.store, course, login)
    old = stored.find(services.store, course, login)
    wanted, mine = new.role_after(old), courses.within(user, course).role
    if not permissions.may_give(mine, wanted):
        raise errors.NotAllowed(f"Only an administrator makes somebody {wanted}.")
    if old and old.role and not permissions.may_give(mine, old.role):
        raise errors.NotAllowed(f"Only an administrator changes a {old.role} account.")
    if old and old.elsewhere and not permissions.runs_service(user.role):
        _require_same_person(old, new)
    if login == user.name and old and wanted is not old.role:
        raise errors.NotAllowed("Nobody changes their own role; another instructor can.")
    return change(services.store, course, login, new, user.title)


def edited(
    old: stored.Enrolled, typed: Mapping[str, str], shown: Mapping[str, str]
) -> stored.NewEnrolment:
    """What a form changes: the fields that hold something else than it showed.

    Args:
        shown: what the form showed of each field; what it does not name counts as changed.

    Raises:
        Conflict: somebody else has changed one of them meanwhile.
    """
    now = {"role": old.role or memberships.LEAST} | {
        name: str(getattr(old.person, name)) for name in TEXTS
    }
    wanted = {name: text for name, text in typed.items() if text != shown.get(name)}
    for name, text in wanted.items():
        if shown.get(name, now[name]) != now[name] != text:
            raise errors.Conflict(
                f"Somebody else has changed the {LABELS.get(name, name)} meanwhile, to "
                f"{now[name] or 'nothing'!r}. What you wrote is still in the form; save it if it "
                "should replace that."
            )
    role = wanted.pop("role", None)
    return stored.NewEnrolment(models.Role(role) if role else None, **wanted)


def change(
    store: database.Database, course: str, login: str, new: stored.NewEnrolment, who: str
) -> stored.Enrolled:
    """The same for whoever may use the machine."""
    courses.find(store, course)
    login = _spelled(store, course, login)
    if stored.find(store, course, login) is None:
        _require_login(store, login)
    _require_valid(store, login, new)
    stored.put(store, course, login, new, who)
    return find(store, course, login)


def drop(services: context.Services, user: rows.User, course: str, login: str) -> None:
    """Let somebody leave a course. Their work is kept and counted nowhere.

    Raises:
        NotAllowed: it is the user themselves, or an account that only administrators change.
        NotFound: they are not in it.
    """
    if login == user.name:
        raise errors.NotAllowed("You cannot drop yourself; another instructor can.")
    old = find(services.store, course, login)
    if old.role and not permissions.may_give(courses.within(user, course).role, old.role):
        raise errors.NotAllowed(f"Only an administrator changes a {old.role} account.")
    leave(services.store, course, login, user.title)


def leave(store: database.Database, course: str, login: str, who: str) -> None:
    """The same for whoever may use the machine."""
    if not stored.drop(store, course, login, who):
        raise errors.NotFound(f"There is nobody {login!r} in this course; check the login name.")


def role(name: str) -> models.Role:
    """A role that somebody can have in a course.

    Raises:
        NotValid: there is none of this name.
    """
    if name not in memberships.ROLES:
        possible = ", ".join(memberships.ROLES)
        raise errors.NotValid(f"There is no role {name!r} in a course; choose one of {possible}.")
    return models.Role(name)


def _spelled(store: database.Database, course: str, typed: str) -> str:
    """A login as it is stored: as it was typed, else in the one spelling of names.

    Whoever asks about a person asks about this one: what may be done to them hangs on it.
    """
    return typed if stored.find(store, course, typed) else person_names.normal(typed)


def _require_login(store: database.Database, login: str) -> None:
    """Raises NotValid or Conflict if nobody new can have this login."""
    if not 1 <= len(login) <= MAX_TEXT or not login.isprintable():
        raise errors.NotValid(f"A login has 1 to {MAX_TEXT} printable characters.")
    if other := users.in_other_case(store, login):
        raise errors.Conflict(person_names.only_in_case(login, other))


def _require_same_person(old: stored.Enrolled, new: stored.NewEnrolment) -> None:
    """Raises NotAllowed if a person whom other courses know would be changed."""
    if any(getattr(old.person, name) != value for name, value in new.of_person.items()):
        raise errors.NotAllowed(
            f"{old.person.login} is in other courses as well: only an administrator changes their "
            "name, address or number. Role and section are yours to change."
        )


def _require_valid(store: database.Database, login: str, new: stored.NewEnrolment) -> None:
    if new.role is not None:
        role(new.role.value)
    for text in (*new.of_person.values(), new.section or ""):
        if len(text) > MAX_TEXT or not (text.isprintable() or not text):
            raise errors.NotValid(f"A text has at most {MAX_TEXT} printable characters.")
    if not new.email:
        return
    local, at, domain = new.email.partition("@")
    if not (local and at and domain) or " " in new.email or new.email != new.email.lower():
        raise errors.NotValid(f"{new.email!r} is no mail address in small letters.")
    if other := stored.owner_of_address(store, new.email, login):
        raise errors.Conflict(f"{new.email} belongs to {other!r}; each address is one person's.")
