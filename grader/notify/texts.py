"""The words of messages. Pure.

Owns subject and body. They name homeworks, counts and pages, never points, inputs of tests, file
names or people: what somebody may see is decided by the page when they look at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader import wording
from grader.notify import kinds

MOST_LINES: Final = 20
TITLE_CHARS: Final = 80

SUBJECTS: Final[Mapping[kinds.StudentKind, str]] = {
    kinds.StudentKind.RESULTS: "Graded: {}",
    kinds.StudentKind.SLOW_RESULTS: "Graded: {}",
    kinds.StudentKind.MARKS: "Marked: {}",
    kinds.StudentKind.REGRADES: "Graded again: {}",
    kinds.StudentKind.TEAMS: "Your team: {}",
}
OPENINGS: Final[Mapping[kinds.StudentKind, str]] = {
    kinds.StudentKind.RESULTS: "Your submission has been graded. The result is on its page:",
    kinds.StudentKind.SLOW_RESULTS: "Your submission has been graded. The result is on its page:",
    kinds.StudentKind.MARKS: "The staff have marked your submission. The marks are on its page:",
    kinds.StudentKind.REGRADES: (
        "Your submission was graded again, and your points have changed. What counted before, what "
        "counts now and why is on its page:"
    ),
    kinds.StudentKind.TEAMS: (
        "A classmate invites you to a team, or the people in your team have changed. What waits "
        "for your answer and who is in your team now is on its page:"
    ),
}
# One, several, what it means.
STAFF: Final[Mapping[kinds.StaffKind, tuple[str, str, str]]] = {
    kinds.StaffKind.FAILED_GRADINGS: (
        "A grading failed",
        "{n} gradings failed",
        "Gradings that ended without a result, by a fault of ours. They cost no attempt; fix the "
        "cause, then grade them again:",
    ),
    kinds.StaffKind.BROKEN_SUITES: (
        "A homework needs work",
        "Homework needs work",
        "A mistake in a homework's files or tests. Students lose no points by it; the page says "
        "where it is:",
    ),
    kinds.StaffKind.STORAGE: (
        "Storage needs attention",
        "Storage needs attention",
        "Storage is nearly full or cannot be reached. Uploads are refused before it is full:",
    ),
    kinds.StaffKind.WORKERS: (
        "A worker is gone",
        "{n} workers are gone",
        "A worker has ended without a word, or cannot grade. Uploads are kept and wait:",
    ),
    kinds.StaffKind.REQUESTS: (
        "A regrade request",
        "{n} regrade requests",
        "Students ask about their points, and wait for an answer of the course staff:",
    ),
    kinds.StaffKind.RETENTION: (
        "The work of a course will be deleted",
        "The work of {n} courses will be deleted",
        "The time is over for which an archived course keeps its work. Points are archived first. "
        "The page says when, and how to keep the work for longer:",
    ),
}
PAGES: Final[Mapping[kinds.StaffKind, str]] = {
    kinds.StaffKind.FAILED_GRADINGS: "/waiting",
    kinds.StaffKind.BROKEN_SUITES: "/waiting",
    kinds.StaffKind.STORAGE: "/waiting",
    kinds.StaffKind.WORKERS: "/queue",
    kinds.StaffKind.REQUESTS: "/waiting",
    kinds.StaffKind.RETENTION: "/courses",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A subject and a body of plain text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """One homework and the page that a message leads to.

    Attributes:
        path: of the page, without the site.
    """

    title: str
    path: str


def for_student(kind: kinds.StudentKind, lines: Sequence[PageLink], site: str) -> Message:
    """One message on one or several submissions of a student."""
    titles = list(dict.fromkeys(_short(line.title) for line in lines))
    subject = SUBJECTS[kind].format(wording.listed(titles) if len(titles) < 3 else "homework")
    pages = [f"  {_short(line.title)}\n  {site}{line.path}" for line in lines]
    return Message(subject, _body(OPENINGS[kind], pages, site))


def for_staff(kind: kinds.StaffKind, about: Mapping[str, int], site: str) -> Message:
    """One message on everything of a kind that happened since the last.

    Args:
        about: homework, or machine, -> how often.
    """
    count = sum(about.values())
    one, several, opening = STAFF[kind]
    subject = one if count == 1 else several.format(n=count)
    lines = [f"  {_short(name) or 'the service'}: {n}" for name, n in sorted(about.items())]
    return Message(subject, _body(opening, [*lines, f"\n  {site}{PAGES[kind]}"], site))


def sign_in(link: str) -> str:
    """The body of a message with somebody's sign-in link."""
    return (
        "Submit your homework, watch it being graded and read your reports here:\n\n"
        f"  {link}\n\n"
        "The link is for you alone: whoever has it can sign in as you. Keep this message to sign "
        "in again, also on other machines.\n"
    )


def trial(site: str) -> Message:
    """What `grader notify test` sends."""
    opening = "Messages of this service reach you. Its pages:"
    return Message("A test message", _body(opening, [f"  {site}/"], site))


def _body(opening: str, lines: Sequence[str], site: str) -> str:
    shown = wording.shortened(lines, MOST_LINES, "  And {} more, on the pages.")
    ending = f"You choose what you hear of, or nothing at all, on this page:\n  {site}/messages\n"
    return "\n".join([opening, "", *shown, "", "-- ", ending])


def _short(title: str) -> str:
    """A title that fits into a line and a header, whatever stands in a manifest."""
    line = wording.visible(" ".join(title.split()))
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1]}…"
