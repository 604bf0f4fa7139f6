"""A course's roster: which lines are people, and which must be left out and why. Pure.

Owns the checks of a line. The file and its headers are `grader.course.roster_table`'s, who is added
and who is changed is `grader.store.roster`'s.

A roster makes students and instructors. Administrators and CI accounts are made by
`grader users add` alone: whoever may import a roster must not rise by it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader import errors, models, wording
from grader.course import roster_table

MAX_BYTES = roster_table.MAX_BYTES
MAX_PEOPLE = roster_table.MAX_PEOPLE
MAX_TEXT = 200
MAX_REASONS = 50
MANY = 5  # students who drop at once, if they are also most of the course
MAX_NAMES = 50  # of those who would drop, in a sentence
# What is said of the list: how many are missing, and of how many.
OF_FILE = (
    "The file does not name {} of the {} students, who would all have dropped the course. Check "
    "that it is the right file and names everybody; if it does, confirm that they have dropped."
)
OF_LMS = (
    "The LMS does not list {} of the {} students, who would all have dropped the course. Check its "
    "list of people there; if it is right, confirm that they have dropped."
)
NO_PEOPLE = "There is a header and nobody below it."
NO_LINE = "No line of it can be imported."

# A role's letters, in small ones and without "enrollment" behind them.
ROLES = {
    "": models.Role.STUDENT, "student": models.Role.STUDENT, "learner": models.Role.STUDENT,
    "s": models.Role.STUDENT,  # Blackboard's letter; P and T are its next two
    "instructor": models.Role.INSTRUCTOR, "teacher": models.Role.INSTRUCTOR,
    "ta": models.Role.TA, "teachingassistant": models.Role.TA,
    "noneditingteacher": models.Role.TA, "editingteacher": models.Role.INSTRUCTOR,
    "p": models.Role.INSTRUCTOR, "t": models.Role.TA,
}  # fmt: skip
# Roles of other systems that are neither.
WITHOUT_PART = ("reader", "grader", "observer", "designer", "guest", "coursebuilder", "auditor")
TEST_STUDENT = ("student, test", "test student")  # Canvas' own, in each of its courses
POINTS_POSSIBLE = "points possible"  # the line below Canvas' header


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A line of the roster. Empty texts say nothing: what is stored of them stays.

    Attributes:
        login: as given; else the address, else the name, with Canvas' number where names are equal.
        given: whether the login was given.
    """

    line: int
    login: str
    full_name: str
    email: str
    role: models.Role
    section: str
    sid: str
    lms_id: str
    given: bool = True


@dataclass(frozen=True, slots=True)
class RosterFile:
    """Who can be taken, a sentence for each line that cannot, and the columns without a use."""

    people: tuple[RosterLine, ...]
    skipped: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


class OddLines(errors.UploadRefused):
    """Lines that can only be left out; whoever sent them says whether that is right."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(wording.shortened(sentences, MAX_REASONS, "... and {} more."))


class ManyDropped(errors.UploadRefused):
    """Most of a course's students would have dropped it; whoever took the list says if it is so.

    Attributes:
        gone: their logins.
    """

    def __init__(self, sentence: str, gone: Sequence[str]) -> None:
        self.gone = tuple(sorted(gone))
        names = ", ".join(wording.shortened(self.gone, MAX_NAMES, "and {} more"))
        super().__init__((sentence, f"Missing: {names}."))


def require_few(gone: Sequence[str], students: int, words: str = OF_FILE) -> None:
    """Raises ManyDropped if so many have dropped that the list is likely the wrong one.

    Args:
        gone: logins of the students whom the list does not have.
        students: how many the course had before the list.
        words: what is said of the list.
    """
    if len(gone) >= MANY and len(gone) > students / 2:
        raise ManyDropped(words.format(len(gone), students), gone)


def parse(data: bytes) -> RosterFile:
    """The people of a roster; one odd line costs only itself.

    Raises:
        UploadRefused: it is no roster, or nobody is left.
    """
    faults: dict[int, str] = {}
    people: list[RosterLine] = []
    table = roster_table.read(data)
    for row in table.rows:
        if _is_nobody(row.cells):
            continue
        person, fault = _person(row)
        if fault:
            faults[row.line] = fault
        else:
            people.append(person)
    people = _told_apart(people)
    faults |= _twice(people)
    kept = tuple(person for person in people if person.line not in faults)
    skipped = tuple(f"Line {line}: {faults[line]}" for line in sorted(faults))
    if not 0 < len(kept) <= MAX_PEOPLE:
        size = f"A roster has 1 to {MAX_PEOPLE} people; this has {len(kept)}."
        if not kept:
            size = NO_LINE if skipped else NO_PEOPLE
        reasons = wording.shortened(skipped, MAX_REASONS, "... and {} more.")
        raise errors.UploadRefused([size, *reasons])
    return RosterFile(kept, skipped, table.unused)


def _is_nobody(cells: Mapping[str, str]) -> bool:
    """Lines of a Canvas gradebook that are no people, and those that name none of anything."""
    name = _full_name(cells).lower()
    if name == POINTS_POSSIBLE or (name in TEST_STUDENT and not cells.get("email")):
        return True
    return not any(cells.values())


def _full_name(cells: Mapping[str, str]) -> str:
    parts = (cells.get("first", ""), cells.get("last", ""))
    return cells.get("full_name", "") or " ".join(part for part in parts if part)


def _person(row: roster_table.RosterRow) -> tuple[RosterLine, str]:
    """Who the line is about, and what is wrong with it."""
    cells = row.cells
    email = cells.get("email", "").lower()
    name = _full_name(cells)
    # Brightspace begins logins and numbers by "#", so that spreadsheets keep their zeros.
    login, sid = (cells.get(key, "").removeprefix("#") for key in ("login", "sid"))
    person = RosterLine(
        row.line,
        login or email or name,
        name,
        email,
        ROLES.get(_letters(cells.get("role", "")), models.Role.STUDENT),
        cells.get("section", ""),
        sid,
        cells.get("lms_id", ""),
        given=bool(login),
    )
    return person, _fault(person, cells.get("role", ""))


def _letters(role: str) -> str:
    """A role's word, as `ROLES` has it: "Non-editing teacher", "TaEnrollment"."""
    return re.sub(r"[^a-z]", "", role.lower()).removesuffix("enrollment")


def _fault(person: RosterLine, role: str) -> str:
    if not person.login:
        return "neither login, email nor name is given."
    for name in ("login", "full_name", "email", "section", "sid", "lms_id"):
        if len(getattr(person, name)) > MAX_TEXT:
            what = roster_table.SHOWN.get(name, name)
            return f"the {what} is longer than {MAX_TEXT} characters."
    local, at, domain = person.email.partition("@")
    if person.email and not (local and at and domain and " " not in person.email):
        return f"{person.email!r} is no email address."
    return _fault_of_role(role)


def _fault_of_role(role: str) -> str:
    letters = _letters(role)
    if letters in ROLES:
        return ""
    if letters in WITHOUT_PART:
        return f"a {role[:40]} has no part here; give them another role if they teach."
    hint = "; use `grader users add` for it" if letters in list(models.Role) else ""
    return f"the role {role[:40]!r} is not one of student, ta, instructor{hint}."


def _told_apart(people: Sequence[RosterLine]) -> list[RosterLine]:
    """Two people of one name: where nothing else was given, Canvas' number goes with the name."""
    logins = Counter(person.login.lower() for person in people)
    return [
        replace(person, login=f"{person.login} ({person.lms_id})")
        if not person.given and person.lms_id and logins[person.login.lower()] > 1
        else person
        for person in people
    ]


def _twice(people: Sequence[RosterLine]) -> dict[int, str]:
    """Two lines about one person contradict each other sooner or later: the first is taken."""
    faults: dict[int, str] = {}
    for name in ("login", "email", "lms_id"):
        first: dict[str, int] = {}
        for person in people:
            value = getattr(person, name)
            if value and first.setdefault(value, person.line) != person.line:
                faults.setdefault(person.line, f"{value!r} is already in line {first[value]}.")
    return faults
