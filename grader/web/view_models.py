"""What the templates show, as frozen values: reports grouped by task, submissions in words. Pure.

Owns the grouping, the numbers as text and the words for states. Reports must already be redacted
for their reader.
"""

import datetime
import statistics as arithmetic
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from grader import models
from grader.api.schemas import course_schemas, submission_schemas
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.exchange import results
from grader.scoring import final_score
from grader.store import listings, rows, statistics

SHOWN_FAILURES = 20
STATE_WORDS = {
    models.SubmissionState.QUEUED: "Waiting to be graded",
    models.SubmissionState.HELD: "Paused by the staff",
    models.SubmissionState.RUNNING: "Being graded",
    models.SubmissionState.DONE: "Graded",
    models.SubmissionState.REFUSED: "Refused",
    models.SubmissionState.FAILED: "Grading failed",
    models.SubmissionState.CANCELLED: "Called off",
    models.SubmissionState.SUPERSEDED: "Replaced by a newer upload",
}


WINDOW_WORDS = {
    models.Window.NOT_OPEN: "students see it from {terms.opens:%-d %b %Y, %H:%M %Z} on",
    models.Window.OPEN: "",
    models.Window.GRACE: "in grace: nothing is taken off until "
    "{terms.grace_until:%-d %b %Y, %H:%M %Z}",
    models.Window.LATE: "late: handed in now it loses {percent} %",
    models.Window.CLOSED: "closed: nothing is taken any more",
}


ACTIVE_WORDS = {
    models.Active.LATEST: "Your latest graded submission",
    models.Active.BEST: "Your best submission",
    models.Active.CHOSEN: "The submission you choose, else the latest graded one,",
}


GROUP_WORDS = {
    models.GroupState.OPEN: "Open",
    models.GroupState.PAUSED: "Paused",
    models.GroupState.CANCELLED: "Called off",
    models.GroupState.APPLIED: "The new results count",
    models.GroupState.REVERTED: "Taken back: the old results count",
}


def group_state(found: listings.GroupLine) -> str:
    """The state of a batch or regrade in words, what staff must still do among them."""
    if found.state is not models.GroupState.OPEN:
        return GROUP_WORDS[found.state]
    if found.open_runs:
        return "Being graded"
    return "All graded" if found.kind == "batch" else "Graded, to be decided"


@dataclass(frozen=True, slots=True)
class Test:
    """One line of a report.

    Attributes:
        verdict: one sentence.
        details: what went wrong, several lines.
    """

    name: str
    passed: bool
    verdict: str
    points: str
    details: str
    hint: str
    output: str

    __test__ = False


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the rubric with its tests; `share` is None for a task without a score."""

    id: str
    title: str
    points: str
    share: float | None
    failed: tuple[Test, ...]
    passed: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report for one page."""

    score: str
    max_score: str
    share: float
    tasks: tuple[Task, ...]
    hidden: str
    notes: tuple[str, ...]
    seconds: str
    passed: int
    tests: int

    @property
    def failing(self) -> list[Task]:
        """Tasks with a test that fails."""
        return [task for task in self.tasks if task.failed]


@dataclass(frozen=True, slots=True)
class Submission:
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
    submitted_at: datetime.datetime


def number(value: Fraction | float) -> str:
    """Points as people write them: at most two decimals, none where none are needed."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def points(total: final_score.Totals) -> str:
    """What counts of what can be had, for a line of a list; the raw points where they differ."""
    counted = f"{number(total.score)} / {number(total.max_score)}"
    return f"{counted} ({number(total.raw)} before lateness)" if total.penalty else counted


def total(found: final_score.Totals, of_tests: Fraction) -> str:
    """What counts, where that is not the points of the tests alone; else empty.

    Args:
        of_tests: the points that tests can give.
    """
    said = []
    if found.max_score > of_tests:
        waiting = f"; {found.unmarked} tasks are not marked yet" if found.unmarked else ""
        waiting = waiting.replace("1 tasks are", "one task is") if found.unmarked == 1 else waiting
        said.append(
            f"With the points that staff give by hand: {number(found.raw)} of "
            f"{number(found.max_score)}{waiting}."
        )
    if found.penalty:
        said.append(
            f"Late: {number(found.penalty * 100)} % are taken off. "
            f"{number(found.score)} of {number(found.max_score)} points count."
        )
    return " ".join(said)


def terms(told: schedule.Terms, reason: str) -> tuple[str, ...]:
    """What holds for a student before they hand in, a sentence each."""
    dates, late = told.deadlines, told.schedule.late
    said = [f"Due {schedule.in_words(dates.due)}."] if dates.due else []
    if dates.extended:
        said.append(f"You have an extension{f': {reason}' if reason else ''}.")
    if late.grace_h and dates.grace_until:
        said.append(f"Without a penalty until {schedule.in_words(dates.grace_until)}.")
    if late.percent and dates.due:
        per = "once" if late.per == "once" else f"for each {late.per} begun"
        most = late.most_percent
        bound = f", {number(most)} % at most" if most < 100 and late.per != "once" else ""
        after = "After that" if late.grace_h else "After it"
        said.append(f"{after} {number(late.percent)} % are taken off {per}{bound}.")
    if dates.closes:
        said.append(f"Nothing is taken after {schedule.in_words(dates.closes)}.")
    if told.penalty:
        said.append(f"Handed in now it loses {number(told.penalty * 100)} %.")
    if told.attempts_left is not None and told.attempts_again_at:
        said.append(
            f"{told.attempts_left} of {told.schedule.attempts_per_day} attempts left today; "
            f"a new day begins {schedule.in_words(told.attempts_again_at)}."
        )
    if dates.due or told.attempts_left is not None:
        said.append(f"{ACTIVE_WORDS[told.schedule.active]} counts.")
    return tuple(said)


MOMENTS = {
    "short": "%-d %b %Y, %H:%M %Z",
    "exact": "%-d %b %Y, %H:%M:%S %Z",
    "long": "%A %-d %B %Y, %H:%M %Z",
    "day": "%-d %b %Y",
}


def moment(at: datetime.datetime, style: str) -> str:
    """A moment by one of the `MOMENTS`."""
    return at.strftime(MOMENTS[style])


def standing(found: course_schemas.AssignmentWithTerms, *, staff: bool) -> str:
    """Where a student stands with an assignment, for a line of the list; for staff its dates."""
    told = found.terms
    said = [WINDOW_WORDS[told.window].format(terms=told, percent=number(told.penalty_percent))]
    if told.extended:
        said.append("you have an extension")
    if told.attempts_left is not None and not staff and told.window is not models.Window.CLOSED:
        said.append(f"{told.attempts_left} of {told.attempts_per_day} attempts left today")
    return " · ".join(part for part in said if part)


def submission(found: submission_schemas.Submission) -> Submission:
    """A submission as the API tells it, in words."""
    return Submission(
        id=str(found.id),
        assignment=found.assignment,
        state=found.state.value,
        words=STATE_WORDS[found.state],
        open=found.finished_at is None,
        position=found.position,
        wait=duration(found.eta_s) if found.eta_s is not None else "",
        done=found.progress.done,
        total=found.progress.total,
        reasons=tuple(found.reasons),
        submitted_at=found.submitted_at,
    )


def duration(seconds: float) -> str:
    """A rough duration: "8 s", "3 min", "2 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"


def report(shown: models.Report, limits: assignments.Limits | None) -> Report:
    """A redacted report, its tests grouped by task.

    Args:
        limits: of the assignment, to name a figure that was exceeded.
    """
    score = shown.score or Fraction(0)
    return Report(
        score=number(score),
        max_score=number(shown.max_score),
        share=_share(score, shown.max_score),
        tasks=tuple(_task(task, shown.tests, limits) for task in shown.tasks),
        hidden=_hidden(shown.hidden),
        notes=shown.notes,
        seconds=duration(shown.timing.total_s),
        passed=sum(t.verdict is models.Verdict.PASSED for t in shown.tests),
        tests=len(shown.tests),
    )


def _task(
    task: models.TaskScore, tests: Iterable[models.TestResult], limits: assignments.Limits | None
) -> Task:
    own = [_test(test, limits) for test in tests if test.task == task.id]
    waits = "marked by staff" if task.kind is models.TaskKind.MANUAL else "counted after release"
    return Task(
        id=task.id,
        title=task.title,
        points=f"{number(task.score)} / {number(task.max_score)}"
        if task.score is not None and task.max_score
        else f"{number(task.max_score)} points, {waits}"
        if task.max_score
        else waits,
        share=None if task.score is None else _share(task.score, task.max_score),
        failed=tuple(test for test in own if not test.passed),
        passed=tuple(test for test in own if test.passed),
    )


def _test(test: models.TestResult, limits: assignments.Limits | None) -> Test:
    return Test(
        name=test.name,
        passed=test.verdict is models.Verdict.PASSED,
        verdict=results.in_words(test.verdict, limits, slow=test.slow),
        points=f"{number(test.score)} / {number(test.max_score)}",
        details=test.message,
        hint=test.hint,
        output=test.output,
    )


def _hidden(hidden: models.HiddenTotal | None) -> str:
    if hidden is None or not hidden.tests:
        return ""
    tests = f"{hidden.tests} hidden test{'s' if hidden.tests > 1 else ''}"
    if hidden.score is None:
        return f"Not counted yet: {tests}."
    return f"{number(hidden.score)} of {number(hidden.max_score)} points come from {tests}."


def _share(score: Fraction, maximum: Fraction) -> float:
    return float(score / maximum) if maximum else 0.0


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """A distribution in a few numbers, and in bins for those who cannot see the plot.

    Attributes:
        top: the points that tests can give.
        bins: range of points -> how many submissions.
    """

    count: int
    mean: str
    median: str
    lowest: str
    highest: str
    top: str
    bins: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail that several tests of a task may share."""

    count: int
    task: str
    tests: tuple[str, ...]
    verdict: str
    message: str


def failures(found: Iterable[statistics.Failure]) -> list[Failure]:
    """Failures, those of a task that say the same to as many submissions as one."""
    alike: dict[tuple[int, str, str, str], list[str]] = {}
    for one in found:
        verdict = one.verdict.value.replace("_", " ")
        key = (one.count, one.task, verdict, one.message)
        alike.setdefault(key, []).append(one.test.rpartition("::")[2])
    return [
        Failure(count, task, tuple(tests), verdict, message)
        for (count, task, verdict, message), tests in alike.items()
    ][:SHOWN_FAILURES]


def about(deed: rows.Deed) -> str:
    """The page of what an entry of the log is about; empty for people and the course."""
    try:
        uuid.UUID(deed.subject)
    except ValueError:
        return ""
    places = {"batch": "batches", "regrade": "regrades"}
    return f"/{places.get(deed.action.split()[0], 'submissions')}/{deed.subject}"


def score_summary(found: statistics.Statistics, bins: int = 10) -> ScoreSummary | None:
    """The points of an assignment in words; None when there are none."""
    points = sorted(score.points for score in found.scores if score.points is not None)
    if not points:
        return None
    top = max((score.maximum for score in found.scores), default=0.0) or 1.0
    counts = [0] * bins
    for value in points:
        counts[min(int(value / top * bins), bins - 1)] += 1
    edges = [number(top * step / bins) for step in range(bins + 1)]
    return ScoreSummary(
        count=len(points),
        mean=number(sum(points) / len(points)),
        median=number(arithmetic.median(points)),
        lowest=number(points[0]),
        highest=number(points[-1]),
        top=number(top),
        bins=tuple((f"{edges[i]} to {edges[i + 1]}", count) for i, count in enumerate(counts)),
    )
