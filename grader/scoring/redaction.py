"""What of a report a student may see, and when: one rule for whole reports and running tests. Pure.

Owns the only functions that take something out of a report. How the report is made is
`scoring.points`'.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence
from fractions import Fraction

from grader import models
from grader.assignment import lateness
from grader.scoring import points

ZERO = Fraction(0)
SET_ASIDE = (
    "A test could not be run, because there is a mistake in it. Its points are set aside: they "
    "count neither for you nor against you. The course staff can see which one it is."
)


def redact(
    report: models.Report, audience: models.Audience, now: datetime.datetime
) -> models.Report:
    """What an audience may see of a report at a time.

    An instructor sees everything. For a student
    - `visible` tests stand as they are;
    - tests that are released by now show name, task, points, whether passed, and the author's
      hint: no message, output or kind of failure, which student code can fill with hidden inputs;
    - all other tests vanish. What is left of them is one sum, `hidden`, when the course shows it;
    - a task counts its shown tests only, so that no sum singles out a hidden test; what its other
      tests can give stands next to it, and what they gave where the course shows that per task;
    - `score` is the shown points plus the hidden sum, of `max_score`; without the hidden sum it
      is the shown points of the shown maximum;
    - how many tests ran and what their outcomes rest on is for staff;
    - of the timing only whole seconds in all remain, of single tests neither time nor memory;
    - `notes` stay: they speak of the upload, never of a test; that points are set aside because a
      test is wrong is said to everybody, which test and why to staff only.

    Args:
        report: the instructor's report, as `points.score` makes it.
        now: with a time zone; compared to the due date.
    """
    if report.audience is not models.Audience.INSTRUCTOR:
        raise ValueError("This report is redacted already; keep the whole one.")
    faulty = [test for test in report.tests if test.fault]
    if audience is models.Audience.INSTRUCTOR:
        return dataclasses.replace(report, notes=(*map(_fault_note, faulty), *report.notes))
    as_shown = (_shown(test, report.release, now) for test in report.tests)
    shown = tuple(test for test in as_shown if test)
    kept = {test.name for test in shown}
    unseen = [test for test in report.tests if test.name not in kept]
    hidden = _hidden_total(unseen, report.release)
    total, maximum = points.sums(shown)
    if hidden.score is not None:
        total, maximum = total + hidden.score, maximum + hidden.max_score
    return dataclasses.replace(
        report,
        audience=audience,
        score=total,
        max_score=maximum,
        tasks=tuple(_shown_task(task, shown, unseen, report.release) for task in report.tasks),
        tests=shown,
        timing=models.Timing(total_s=float(round(report.timing.total_s))),
        hidden=hidden,
        notes=(*([SET_ASIDE] if faulty else []), *report.notes),
        ran=0,
        kept=0,
        basis=None,
    )


def _fault_note(test: models.TestResult) -> str:
    return (
        f"{test.name} was not run, and its points are set aside, because it fails on the reference "
        f"as well: {test.fault}. Fix the test, then regrade."
    )


def is_released(
    visibility: models.Visibility, release: models.Release, now: datetime.datetime
) -> bool:
    """Whether a student may know of a test of this visibility now."""
    match visibility:
        case models.Visibility.VISIBLE:
            return True
        case models.Visibility.AFTER_DUE_DATE:
            return release.due is not None and lateness.is_after(now, release.due)
        case models.Visibility.AFTER_PUBLISHED:
            return release.is_published(now)
        case models.Visibility.HIDDEN:
            return False


def redact_test(
    tested: models.Tested,
    release: models.Release,
    audience: models.Audience,
    now: datetime.datetime,
) -> models.TestResult | None:
    """What an audience may see of one test while its run goes on; None for nothing.

    The same rule as `redact`'s. Without points: a rule may still cost the task what it earned.
    """
    result = points.result(tested.case, ZERO, tested.outcome)
    if audience is models.Audience.INSTRUCTOR:
        return result
    return _shown(result, release, now)


def _shown(
    test: models.TestResult, release: models.Release, now: datetime.datetime
) -> models.TestResult | None:
    """A test as a student may see it now, or None."""
    if not is_released(test.visibility, release, now):
        return None
    set_aside = bool(test.fault)
    test = dataclasses.replace(test, wall_s=None, cpu_s=None, memory_bytes=None, fault="")
    if test.visibility is models.Visibility.VISIBLE or set_aside:
        return test
    passed = test.verdict is models.Verdict.PASSED
    return dataclasses.replace(
        test,
        verdict=models.Verdict.PASSED if passed else models.Verdict.NOT_PASSED,
        message="",
        unimportable="",
        output="",
        hint="" if passed else test.hint,
    )


def _hidden_total(
    tests: Sequence[models.TestResult], release: models.Release
) -> models.HiddenTotal:
    earned, maximum = points.sums(tests)
    is_shown = release.hidden_score is not models.HiddenScore.NONE
    return models.HiddenTotal(len(tests), earned if is_shown else None, maximum)


def _shown_task(
    task: models.TaskScore,
    shown: Iterable[models.TestResult],
    unseen: Iterable[models.TestResult],
    release: models.Release,
) -> models.TaskScore:
    if task.kind is models.TaskKind.MANUAL:
        return task
    earned, maximum = points.sums(test for test in shown if test.task == task.id)
    hidden, hidden_max = points.sums(test for test in unseen if test.task == task.id)
    per_task = release.hidden_score is models.HiddenScore.TASK
    return dataclasses.replace(
        task,
        score=earned,
        max_score=maximum,
        hidden_score=hidden if per_task else None,
        hidden_max=hidden_max,
    )
