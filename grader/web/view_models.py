"""What the templates show, as frozen values: submissions, dates and late days in words. Pure.

Owns the numbers as text and the words for states. Reports are `report_view`'s.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from grader import models
from grader.assignment import lateness, schedule
from grader.course import late_days as days
from grader.scoring import final_score
from grader.service import reports, submissions
from grader.store import bulk_operations, extensions
from grader.web import score_table

number = score_table.number

STATE_WORDS = {
    models.SubmissionState.QUEUED: "Waiting to be graded",
    models.SubmissionState.HELD: "Paused by the staff",
    models.SubmissionState.RUNNING: "Being graded",
    models.SubmissionState.DONE: "Graded",
    models.SubmissionState.REFUSED: "Refused",
    models.SubmissionState.FAILED: "Grading failed",
    models.SubmissionState.CANCELLED: "Cancelled",
    models.SubmissionState.SUPERSEDED: "Replaced by a newer upload",
}


WINDOW_WORDS = {
    models.Window.NOT_OPEN: "students see it from {dates.opens:%-d %b %Y, %H:%M %Z}",
    models.Window.OPEN: "",
    models.Window.GRACE: "in the grace period: no penalty until "
    "{dates.grace_until:%-d %b %Y, %H:%M %Z}",
    models.Window.LATE: "late: a submission now loses {percent}%",
    models.Window.CLOSED: "closed: no more submissions are accepted",
}


ACTIVE_WORDS = {
    models.Active.LATEST: "Your latest graded submission",
    models.Active.BEST: "Your best submission",
    models.Active.CHOSEN: "The submission you choose, else the latest graded one,",
}


BULK_WORDS = {
    models.BulkState.OPEN: "Open",
    models.BulkState.PAUSED: "Paused",
    models.BulkState.CANCELLED: "Cancelled",
    models.BulkState.APPLIED: "The new results count",
    models.BulkState.REVERTED: "Undone: the old results count",
}


def bulk_state(operation: bulk_operations.BulkOperationRow) -> str:
    """The state of a batch or regrade in words, what staff must still do among them."""
    if operation.state is not models.BulkState.OPEN:
        return BULK_WORDS[operation.state]
    if operation.open_runs:
        return "Being graded"
    return "All graded" if operation.kind == "batch" else "Graded, to be decided"


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission's state for one page."""

    id: str
    assignment: str
    state: str
    words: str
    open: bool
    position: int
    wait: str
    done: int
    total: int | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    submitted_at: datetime.datetime
    version: int | None


def points(totals: final_score.Totals) -> str:
    """What counts of what can be had, for a line of a list; the raw points where they differ."""
    counted = f"{number(totals.score)} / {number(totals.max_score)}"
    return f"{counted} ({number(totals.raw)} before lateness)" if totals.penalty else counted


def regraded(told: reports.RegradeNotice, zone: datetime.tzinfo) -> str:
    """What a student reads where a regrade's result counts."""
    said = [f"Graded again on {moment(told.at.astimezone(zone), 'short')}"]
    if told.points:
        said.append("{} before, {} now".format(*map(number, told.points)))
    if told.reason:
        said.append(f"because {told.reason.rstrip('.')}")
    return "; ".join(said) + "."


def late_days(account: days.LateDayAccount, slug: str) -> str:
    """A student's late days, on the pages of a homework."""
    said = f"You have {account.left} of {_counted(account.given, 'late day')} left"
    here = account.homeworks.get(slug)
    if here is None:
        return f"{said}."
    if here.spent:
        return f"{said}; {_counted(here.spent, 'day')} went to the submission that counts here."
    if not here.usable:
        return f"{said}; none can be used for this homework."
    return (
        f"{said}. Each makes a submission one day less late, {here.usable} at most on this "
        "homework; they are used automatically, where they save points."
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def terms(terms: schedule.UploadTerms, reason: str, account: str = "") -> tuple[str, ...]:
    """What holds for a student before they submit, a sentence each; once closed, only that.

    Args:
        account: the sentence on their late days.
    """
    dates = terms.deadlines
    if terms.window is models.Window.CLOSED and dates.closes:
        said = [
            f"Closed since {schedule.in_words(dates.closes)}: no more submissions are accepted."
        ]
    else:
        said = _while_open(terms, reason)
    if account:
        said.append(account)
    if dates.due and not terms.schedule.time_zone:
        said.append("All times are in UTC (Coordinated Universal Time), not in your local time.")
    if dates.due or terms.attempts_left is not None:
        said.append(f"{ACTIVE_WORDS[terms.schedule.active]} counts.")
    return tuple(said)


def excused(reason: str | None) -> str:
    """That the homework does not count for a student, and why; empty where it does."""
    if reason is None:
        return ""
    why = f" Reason: {reason}" if reason else ""
    return f"Excused: this homework does not count.{why}"


def chosen(found: Sequence[extensions.ChosenFor]) -> str:
    """Who has chosen that a submission counts, above the rule; empty if nobody."""
    by_staff = next((one for one in found if one.by_staff), None)
    if by_staff:
        who = by_staff.chosen_by or "the course staff"
        return f"Chosen by {who}: this submission counts, whatever is submitted later."
    return "Chosen by its student: this submission counts." if found else ""


def _while_open(terms: schedule.UploadTerms, reason: str) -> list[str]:
    dates, late = terms.deadlines, terms.schedule.late
    said = [f"Due {schedule.in_words(dates.due)}."] if dates.due else []
    if dates.extended:
        said.append(f"You have an extension{f': {reason}' if reason else ''}.")
    if late.grace_h and dates.grace_until:
        said.append(f"Without a penalty until {schedule.in_words(dates.grace_until)}.")
    if late.percent and dates.due:
        per = "once" if late.per == "once" else f"for each {late.per} that has started"
        most = late.most_percent
        bound = f", {number(most)}% at most" if most < 100 and late.per != "once" else ""
        after = "After that" if late.grace_h else "After the due date"
        said.append(f"{after} the penalty is {number(late.percent)}% {per}{bound}.")
    if dates.closes:
        said.append(f"Nothing is accepted after {schedule.in_words(dates.closes)}.")
    if terms.penalty:
        said.append(f"A submission now loses {number(terms.penalty * 100)}%.")
    if terms.attempts_left is not None and terms.attempts_again_at:
        said.append(
            f"{terms.attempts_left} of {terms.schedule.attempts_per_day} attempts left today; "
            f"a new day begins {schedule.in_words(terms.attempts_again_at)}."
        )
    if dates.due:
        minutes = lateness.UPLOAD_TIME // datetime.timedelta(minutes=1)
        said.append(
            f"What counts is when your upload begins, if it takes no longer than {minutes} minutes."
        )
    return said


MOMENTS = {
    "short": "%-d %b %Y, %H:%M %Z",
    "exact": "%-d %b %Y, %H:%M:%S %Z",
    "long": "%A %-d %B %Y, %H:%M %Z",
    "day": "%-d %b %Y",
}


def moment(at: datetime.datetime, style: str) -> str:
    """A moment by one of the `MOMENTS`."""
    return at.strftime(MOMENTS[style])


def standing(terms: schedule.UploadTerms, *, staff: bool) -> str:
    """Where a student stands with an assignment, for a line of the list; for staff its dates."""
    percent = number(terms.penalty * 100)
    said = [WINDOW_WORDS[terms.window].format(dates=terms.deadlines, percent=percent)]
    if terms.deadlines.extended:
        said.append("you have an extension")
    if terms.attempts_left is not None and not staff and terms.window is not models.Window.CLOSED:
        most = terms.schedule.attempts_per_day
        said.append(f"{terms.attempts_left} of {most} attempts left today")
    return " · ".join(part for part in said if part)


def submission(status: submissions.SubmissionStatus) -> SubmissionView:
    """Where a submission stands, in words."""
    stored = status.submission
    return SubmissionView(
        id=str(stored.id),
        assignment=stored.assignment,
        state=stored.state.value,
        words=STATE_WORDS[stored.state],
        open=stored.finished_at is None,
        position=stored.position,
        wait=duration(status.ready_in_s) if status.ready_in_s is not None else "",
        done=stored.tests_done,
        total=stored.tests_total,
        reasons=status.reasons,
        notes=stored.notes,
        submitted_at=stored.created_at,
        version=status.version,
    )


def duration(seconds: float) -> str:
    """A rough duration: "8 s", "3 min", "2 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"
