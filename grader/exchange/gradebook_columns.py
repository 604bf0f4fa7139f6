"""The columns of a gradebook in the forms of other systems: heads, and a student's cells.

Owns what each system's import looks for. Which form is asked for and what must be said about it is
`grader.exchange.gradebook_csv`'s. No cell begins as a formula would.

- canvas: as its own export; the second line holds the points possible. A title followed by
  Canvas' number of an assignment, "Homework 4 (1234)", goes into that one, another makes a new one.
- gradescope: as its "Download Grades" of one assignment.
- moodle: for "Grades > Import > CSV file"; map `Email address` to the user.
- brightspace: for "Grades > Import"; needs `Username` and the line's end.
- blackboard: for "Upload grades"; a title as its own download has it goes into that column.
"""

import datetime
import re
from dataclasses import dataclass, field
from fractions import Fraction

from grader import models
from grader.assignment import lateness
from grader.course import gradebook, person_names
from grader.exchange import csv_table

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
GRADESCOPE = (
    "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status",
    "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
)  # fmt: skip
MOODLE = ("First name", "Last name", "ID number", "Email address", "Username")
BRIGHTSPACE = ("OrgDefinedId", "Username", "Last Name", "First Name", "Email")
BRIGHTSPACE_END = ("End-of-Line Indicator", "#")
BLACKBOARD = ("Last Name", "First Name", "Username", "Student ID", "Availability")
PLAIN = (
    "login", "name", "email", "section", "sid", "score", "raw score", "max score",
    "late penalty %", "unmarked tasks", "handed in", "submission", "submissions", "notes",
)  # fmt: skip
EXCUSED = "EX"  # Canvas' word; others have none, and get an empty cell
_CANVAS_NUMBER = re.compile(r"\((\d+)\)$")
_NOT_IN_BRIGHTSPACE = re.compile(r'[/"*<>+=|,%]+')  # its grade items' names hold none of these


@dataclass(frozen=True, slots=True)
class Book:
    """What all lines share.

    Attributes:
        title: of the column.
        possible: points that can be had, extra credit left out.
        tasks: id, title and points of each task.
        extra: points of extra credit.
        late_days: whether the table for a spreadsheet shows those that were spent.
        comments: whether markers' comments go along, where the system takes any.
        excused: logins of those whom whoever asks for the table excuses besides.
        given: whether the title is as somebody wrote it for the other system.
    """

    title: str
    possible: Fraction
    tasks: tuple[tuple[str, str, Fraction], ...]
    late_days: bool = False
    comments: bool = False
    excused: frozenset[str] = field(default_factory=frozenset)
    given: bool = True
    extra: Fraction = Fraction(0)

    def possible_of(self, entry: gradebook.Entry) -> Fraction:
        """What somebody could have: of a result by an earlier rubric, what that one comes to."""
        return entry.total.max_score - self.extra if entry.total else self.possible


def canvas_heads(shared: Book) -> list[list[str]]:
    """Two lines; a title of ours that ends like Canvas' number is changed, so that it is none."""
    title = shared.title if shared.given else _CANVAS_NUMBER.sub(r"[\1]", shared.title)
    possible = ["    Points Possible", "", "", "", "", csv_table.number(shared.possible)]
    return [[*CANVAS, csv_table.text(title)], possible]


def canvas(entry: gradebook.Entry, shared: Book) -> list[str]:
    """A line of Canvas' gradebook; of who is not on the roster, the label's name and number."""
    who = entry.person
    number, login = who.lms_id, who.login
    if not (who.full_name or number):
        _, number = person_names.numbered(login)
        login = "" if number else login
    texts = (_last_first(who), number, who.sid, login, who.section)
    return [*map(csv_table.text, texts), EXCUSED if is_excused(entry, shared) else score(entry)]


def moodle_heads(shared: Book) -> list[list[str]]:
    """One line."""
    feedback = [csv_table.text(f"Feedback: {shared.title}")] if shared.comments else []
    return [[*MOODLE, csv_table.text(shared.title), *feedback]]


def moodle(entry: gradebook.Entry, shared: Book) -> list[str]:
    """A line for Moodle's import."""
    who = entry.person
    first, last = _names(who)
    texts = (first, last, who.sid, who.email, who.login)
    feedback = [csv_table.text(comments(entry))] if shared.comments else []
    return [*map(csv_table.text, texts), score_unless_excused(entry, shared), *feedback]


def brightspace_heads(shared: Book) -> list[list[str]]:
    """One line; what a grade item's name cannot hold is left out of the title."""
    title = " ".join(_NOT_IN_BRIGHTSPACE.sub(" ", shared.title).split())
    return [[*BRIGHTSPACE, csv_table.text(f"{title} Points Grade"), BRIGHTSPACE_END[0]]]


def brightspace(entry: gradebook.Entry, shared: Book) -> list[str]:
    """A line for Brightspace; "#" keeps the zeros of numbers, as in its own export."""
    who = entry.person
    first, last = _names(who)
    keys = (f"#{who.sid}" if who.sid else "", f"#{who.login}")
    cells = [*keys, *map(csv_table.text, (last, first, who.email))]
    return [*cells, score_unless_excused(entry, shared), BRIGHTSPACE_END[1]]


def blackboard_heads(shared: Book) -> list[list[str]]:
    """One line."""
    return [[*BLACKBOARD, csv_table.text(shared.title)]]


def blackboard(entry: gradebook.Entry, shared: Book) -> list[str]:
    """A line for Blackboard."""
    who = entry.person
    first, last = _names(who)
    texts = (last, first, who.login, who.sid, "Yes")
    return [*map(csv_table.text, texts), score_unless_excused(entry, shared)]


def gradescope_heads(shared: Book) -> list[list[str]]:
    """One line."""
    tasks = [
        csv_table.text(f"{number}: {title} ({csv_table.number(points)} pts)")
        for number, title, points in shared.tasks
    ]
    return [[*GRADESCOPE, *tasks]]


def gradescope(entry: gradebook.Entry, shared: Book) -> list[str]:
    """A line as Gradescope writes it."""
    who, submission = entry.person, entry.submission
    first, last = _names(who)
    return [
        *map(csv_table.text, (first, last, who.sid, who.email, who.section)),
        score_unless_excused(entry, shared),
        csv_table.number(shared.possible_of(entry)),
        _status(entry),
        str(submission.id) if submission else "",
        f"{submission.handed_in:%Y-%m-%d %H:%M:%S %z}" if submission else "",
        _clock(entry.late) if submission else "",
        "",
        str(entry.submissions),
        *_tasks(entry, shared),
    ]


def plain_heads(shared: Book) -> list[list[str]]:
    """One line."""
    days = ["late_days"] if shared.late_days else []
    return [[*PLAIN, *days, *(csv_table.text(f"task {number}") for number, _, _ in shared.tasks)]]


def plain(entry: gradebook.Entry, shared: Book) -> list[str]:
    """Everything that is known."""
    who, submission, total = entry.person, entry.submission, entry.total
    return [
        *map(csv_table.text, (who.login, who.full_name, who.email, who.section, who.sid)),
        score_unless_excused(entry, shared),
        csv_table.number(total.raw if total else None),
        csv_table.number(shared.possible_of(entry)),
        csv_table.number(total.penalty * 100 if total else None),
        str(total.unmarked) if total else "",
        submission.handed_in.isoformat() if submission else "",
        str(submission.id) if submission else "",
        str(entry.submissions),
        csv_table.text(_notes(entry, shared)),
        *([str(entry.late_days)] if shared.late_days else []),
        *_tasks(entry, shared),
    ]


def score(entry: gradebook.Entry) -> str:
    """The points that count; empty where nothing is graded."""
    return csv_table.number(entry.total.score if entry.total else None)


def comments(entry: gradebook.Entry) -> str:
    """What markers wrote, task by task, on one line."""
    texts = (f"{task.id}: {' '.join(task.comment.split())}" for task in entry.tasks if task.comment)
    return "; ".join(texts)


def is_excused(entry: gradebook.Entry, shared: Book) -> bool:
    """Whether the assignment does not count for them."""
    return entry.excused or entry.person.login in shared.excused


def score_unless_excused(entry: gradebook.Entry, shared: Book) -> str:
    """The same; empty where the assignment does not count for them."""
    return "" if is_excused(entry, shared) else score(entry)


def _status(entry: gradebook.Entry) -> str:
    if entry.submission is None:
        return "Missing"
    return "Ungraded" if entry.total and entry.total.unmarked else "Graded"


def _notes(entry: gradebook.Entry, shared: Book) -> str:
    late = lateness.Received.LATE_ELSEWHERE
    found = [
        "excused" if is_excused(entry, shared) else "",
        "late in another system" if entry.submission and entry.submission.received is late else "",
        comments(entry) if shared.comments else "",
    ]
    return "; ".join(filter(None, found))


def _tasks(entry: gradebook.Entry, shared: Book) -> list[str]:
    scores: dict[str, models.TaskScore] = {task.id: task for task in entry.tasks}
    return [
        csv_table.number(scores[number].score if number in scores else None)
        for number, _, _ in shared.tasks
    ]


def _names(who: gradebook.Person) -> tuple[str, str]:
    """First and last name; "Last, First" as Canvas writes it is understood."""
    shown = who.full_name or person_names.numbered(who.login)[0]
    last, comma, first = shown.partition(", ")
    if comma:
        return first, last
    first, _, last = shown.rpartition(" ")
    return (first, last) if first else (last, "")


def _last_first(who: gradebook.Person) -> str:
    first, last = _names(who)
    return f"{last}, {first}" if last and first else first or last


def _clock(late: datetime.timedelta) -> str:
    minutes, seconds = divmod(int(late.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
