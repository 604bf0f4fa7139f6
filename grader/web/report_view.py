"""A report for one page: its tests grouped by task, the headline, what needs work. Pure.

Owns the grouping and its words. The report must already be redacted for its reader; the sums of
the headline are `score_table`'s, which task explains another `grader.scoring.root_causes`'.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models, wording
from grader.assignment import manifest as assignments
from grader.scoring import broken_rules, import_failures, root_causes
from grader.service import reports
from grader.web import report_lines, score_table, view_models

number = score_table.number


@dataclass(frozen=True, slots=True)
class Bar:
    """A task's points as parts of a bar from 0 to 100, in this order from the left.

    Attributes:
        earned: of the points that the reader is shown.
        lost: of them.
        hidden: of tests not shown, where nobody says what they gave.
    """

    earned: float
    lost: float
    hidden: float


@dataclass(frozen=True, slots=True)
class TaskView:
    """One line of the rubric with its tests.

    Attributes:
        bar: None for a task without a score.
        failed: tests with a case that fails; `passed` are the others.
        fix_first: failing tasks that it needs; its own failures are folded then.
        lost_hidden: it lost points in hidden tests, as far as the reader may know.
        by_rule: a rule takes its points.
        comment: of the person who graded it by hand.
        rubric: the lines that they ticked, each with its points.
    """

    id: str
    title: str
    points: str
    bar: Bar | None
    failed: tuple[report_lines.TestFunctionView, ...]
    passed: tuple[report_lines.TestFunctionView, ...]
    fix_first: tuple[str, ...] = ()
    lost_hidden: bool = False
    by_rule: bool = False
    comment: str = ""
    rubric: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What cost points where none of its tests shown failed; else nothing."""
        if self.failed:
            return ""
        return "a rule" if self.by_rule else "hidden tests" if self.lost_hidden else ""

    @property
    def passed_tests(self) -> int:
        """Tests in `passed`, each case counted."""
        return sum(len(function.passed) for function in self.passed)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report for one page.

    Attributes:
        hidden: a sentence on hidden tests that lost points of no task that could be named.
        broken_files: files that cannot be imported.
        broken_rules: rules that take points.
    """

    score: score_table.ScoreTable
    tasks: tuple[TaskView, ...]
    hidden: str
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    broken_files: tuple[import_failures.ImportFailure, ...]
    broken_rules: tuple[broken_rules.BrokenRule, ...]
    seconds: str

    @property
    def needs_work(self) -> list[TaskView]:
        """Tasks that lost points in tests or by a rule, as far as the reader may know."""
        return [task for task in self.tasks if task.failed or task.why]


def of_report(shown: reports.StudentReport, limits: assignments.Limits | None) -> ReportView:
    """A redacted report, its tests grouped by task.

    Args:
        limits: of the assignment, to name a figure that was exceeded.
    """
    report = shown.report
    fix_first = root_causes.fix_first(report)
    sole = _sole_hidden(report)
    tasks = (
        dataclasses.replace(_task(task, report.tests, limits), fix_first=fix_first.get(task.id, ()))
        for task in _hidden_named(report.tasks, sole, report.hidden)
    )
    return ReportView(
        score=score_table.of_report(shown),
        tasks=tuple(tasks),
        hidden="" if sole else _hidden(report),
        notes=report.notes,
        advice=tuple(root_causes.advice(report)),
        broken_files=tuple(import_failures.of(report)),
        broken_rules=tuple(broken_rules.of(report)),
        seconds=view_models.duration(report.timing.total_s),
    )


def _sole_hidden(report: models.Report) -> str:
    """The one task that has hidden tests, whose sum is then that of them all; else nothing."""
    tasks = [task.id for task in report.tasks if task.hidden_max]
    return tasks[0] if len(tasks) == 1 else ""


def _hidden_named(
    tasks: Sequence[models.TaskScore], sole: str, hidden: models.HiddenTotal | None
) -> list[models.TaskScore]:
    return [
        dataclasses.replace(task, hidden_score=hidden.score) if hidden and task.id == sole else task
        for task in tasks
    ]


def _task(
    task: models.TaskScore, tests: Iterable[models.TestResult], limits: assignments.Limits | None
) -> TaskView:
    lines = [test for test in tests if test.task == task.id]
    own = report_lines.of_tests(broken_rules.tests_only(lines), limits)
    return TaskView(
        id=task.id,
        title=task.title,
        points=_points(task),
        bar=None if task.score is None else _bar(task),
        failed=tuple(function for function in own if function.failed),
        passed=tuple(function for function in own if not function.failed),
        by_rule=any(map(broken_rules.is_rule, lines)),
        lost_hidden=task.hidden_score is not None and task.hidden_score < task.hidden_max,
        comment=task.comment,
        rubric=tuple(f"{item.text}: {_signed(item.points)}" for item in task.rubric),
    )


def _signed(points: Fraction) -> str:
    return f"{'+' if points > 0 else ''}{number(points)}"


def _points(task: models.TaskScore) -> str:
    """ "2 of 3.33 visible, 8.67 hidden": both maxima add up to what the homework says."""
    if task.score is None:
        noun = "point" if task.max_score == 1 else "points"
        return f"{number(task.max_score)} {noun}, graded by hand" if task.max_score else ""
    if not task.hidden_max:
        return f"{number(task.score)} of {number(task.max_score)}" if task.max_score else ""
    visible, hidden = score_table.adding_up([task.max_score, task.hidden_max])
    parts = []
    if task.max_score:
        earned = score_table.out_of(task.score, task.max_score, visible)
        parts.append(f"{earned} of {visible} visible")
    if task.hidden_score is None:
        parts.append(f"{hidden} hidden")
    else:
        earned = score_table.out_of(task.hidden_score, task.hidden_max, hidden)
        parts.append(f"{earned} of {hidden} hidden")
    return ", ".join(parts)


def _bar(task: models.TaskScore) -> Bar:
    known = task.hidden_score or Fraction(0)
    maximum = task.max_score + task.hidden_max
    unknown = task.hidden_max if task.hidden_score is None else Fraction(0)
    earned = (task.score or Fraction(0)) + known
    parts = (earned, maximum - unknown - earned, unknown)
    return Bar(*(round(100 * score_table.share(part, maximum), 2) for part in parts))


def _hidden(report: models.Report) -> str:
    """Which tasks hidden tests may have cost points where one sum is all that the course shows."""
    hidden = report.hidden
    tasks = [task.id for task in report.tasks if task.hidden_max and task.hidden_score is None]
    if hidden is None or hidden.score is None or hidden.score >= hidden.max_score or not tasks:
        return ""
    lost = f"Hidden tests cost {number(hidden.max_score - hidden.score)} points"
    if not hidden.score:
        return f"{lost}: none of them passed, in {wording.listed(tasks)}."
    return (
        f"{lost} in one or more of {wording.listed(tasks)}. This course shows only the sum of all "
        "hidden tests, not which task lost points."
    )
