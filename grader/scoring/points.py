"""Outcomes and a rubric in, a report out. Pure.

Owns the arithmetic of points. Does not own what a student may see of a report
(`scoring.redaction`), nor file formats (`grader.exchange`).

Arithmetic, in exact fractions
    points of a facet        = points of its task * the manifest's percent for it
    share of a test function = points of its facet * weight / sum of the facet's weights
                               (a task without facets is one facet)
    points of one case       = share of its function / number of the function's cases
    a case earns its points when its verdict is `passed`, else nothing
    a task zeroed by a rule  = its cases earn nothing, also those that passed
    a test that is wrong itself is set aside: its points count neither in score nor in max_score
    score and max_score      = sums over automatic tasks; a manual task has no score yet
"""

import collections
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from grader import errors, models
from grader.assignment import manifest as assignments

ZERO = Fraction(0)


def score(
    assignment: assignments.Assignment,
    cases: Sequence[models.TestCase],
    outcomes: Sequence[models.Outcome],
    timing: models.Timing,
    notes: Sequence[str] = (),
    violations: Sequence[models.RuleViolation] = (),
) -> models.Report:
    """The instructor's report of one run.

    Args:
        cases: every collected test; one without an outcome is `not_run`.
        notes: remarks of intake for the report.
        violations: broken rules; each is a test of no points, or a note when it costs no task.

    Raises:
        SuiteError: a test of no known task, an automatic task without tests, or outcomes that do
            not fit the cases.
    """
    points = case_points(assignment, cases)
    outcome_of = _by_test(cases, outcomes)
    results = [result(case, points[case.name], outcome_of.get(case.name)) for case in cases]
    zeroed = {task: violation for violation in violations for task in violation.tasks}
    tests = (
        *(_rule_broken(violation, task) for violation in violations for task in violation.tasks),
        *(_zeroed(test, zeroed[test.task]) if test.task in zeroed else test for test in results),
    )
    remarks = (place for one in violations if not one.tasks for place in one.places)
    tasks = tuple(_task_score(task, tests) for task in assignment.manifest.task)
    automatic = [task for task in tasks if task.kind is models.TaskKind.AUTO]
    return models.Report(
        assignment=assignment.slug,
        suite_version=assignment.suite_version(),
        audience=models.Audience.INSTRUCTOR,
        score=sum((task.score or ZERO for task in automatic), ZERO),
        max_score=sum((task.max_score for task in automatic), ZERO),
        tasks=tasks,
        tests=tests,
        timing=timing,
        release=assignment.release,
        notes=(*notes, *remarks),
    )


def case_points(
    assignment: assignments.Assignment, cases: Sequence[models.TestCase]
) -> dict[str, Fraction]:
    """What each case is worth; the cases of a task sum to its points exactly.

    Raises:
        SuiteError: see `score`.
    """
    _check_functions(cases)
    weights: dict[tuple[str, str], dict[str, Fraction]] = collections.defaultdict(dict)
    counts = collections.Counter(case.function for case in cases)
    for case in cases:
        if assignment.task(case.task).kind is not models.TaskKind.AUTO:
            raise errors.SuiteError(f"{case.name}: task {case.task} is manual and has no tests.")
        weights[case.task, case.facet][case.function] = case.weight
    facet_points = {case.name: _facet_points(assignment, case) for case in cases}
    _check_tested(assignment, weights)
    return {
        case.name: facet_points[case.name]
        * case.weight
        / sum(weights[case.task, case.facet].values())
        / counts[case.function]
        for case in cases
    }


def _check_tested(assignment: assignments.Assignment, tested: Collection[tuple[str, str]]) -> None:
    """Every automatic task has a test, and every facet of it."""
    for task in assignment.manifest.task:
        if task.kind is models.TaskKind.AUTO and task.id not in {name for name, _ in tested}:
            raise errors.SuiteError(
                f"{assignment.slug}: task {task.id} is auto but has no test. Write one below "
                f'@task("{task.id}"), or say `kind = "manual"` where a person marks it.'
            )
        for facet in task.facets:
            if (task.id, facet) not in tested:
                raise errors.SuiteError(
                    f"{assignment.slug}: facet {facet!r} of task {task.id} has no test."
                )


def _facet_points(assignment: assignments.Assignment, case: models.TestCase) -> Fraction:
    try:
        return assignment.task(case.task).facet_points(case.facet)
    except errors.SuiteError as exc:
        raise errors.SuiteError(f"{case.name}: {exc}") from exc


def _check_functions(cases: Sequence[models.TestCase]) -> None:
    """Each name once, and one task and one weight for all cases of a function.

    Otherwise the points of a task would not sum to what the rubric says.
    """
    if twice := [n for n, count in collections.Counter(c.name for c in cases).items() if count > 1]:
        raise errors.SuiteError(f"{twice[0]}: two tests have this name; rename one.")
    marks = {(case.function, case.task, case.facet, case.weight) for case in cases}
    functions = collections.Counter(function for function, *_ in marks)
    if torn := [name for name, count in functions.items() if count > 1]:
        raise errors.SuiteError(f"{torn[0]}: its cases have different tasks or weights.")


def _by_test(
    cases: Sequence[models.TestCase], outcomes: Sequence[models.Outcome]
) -> Mapping[str, models.Outcome]:
    known = {case.name for case in cases}
    outcome_of: dict[str, models.Outcome] = {}
    for outcome in outcomes:
        if outcome.test not in known or outcome.test in outcome_of:
            raise errors.SuiteError(f"{outcome.test}: an outcome of no test, or a second one.")
        outcome_of[outcome.test] = outcome
    return outcome_of


def result(
    case: models.TestCase, points: Fraction, outcome: models.Outcome | None
) -> models.TestResult:
    """One line of the instructor's report."""
    if outcome is None:
        outcome = models.Outcome(
            case.name, models.Verdict.NOT_RUN, "The run ended before this test started."
        )
    return models.TestResult(
        name=case.name,
        task=case.task,
        visibility=case.visibility,
        verdict=outcome.verdict,
        score=points if outcome.verdict is models.Verdict.PASSED else ZERO,
        max_score=ZERO if outcome.fault else points,
        message=outcome.message,
        output=outcome.output,
        hint=case.hint,
        slow=case.slow,
        cases=case.cases,
        wall_s=outcome.wall_s,
        cpu_s=outcome.cpu_s,
        memory_bytes=outcome.memory_bytes,
        fault=outcome.fault,
        unimportable=outcome.unimportable,
    )


def _rule_broken(violation: models.RuleViolation, task: str) -> models.TestResult:
    """A line of the report for a rule, beside the tests of the task that it costs."""
    return models.TestResult(
        name=f"rules::{violation.rule}[{task}]",
        task=task,
        visibility=models.Visibility.VISIBLE,
        verdict=models.Verdict.RULE_BROKEN,
        score=ZERO,
        max_score=ZERO,
        message="\n".join((*violation.places, f"Task {task} earns nothing for this.")),
    )


def places_of(rule: models.TestResult) -> tuple[str, ...]:
    """Where a line of the report for a rule says that the rule is broken."""
    return tuple(rule.message.splitlines()[:-1])


def _zeroed(test: models.TestResult, violation: models.RuleViolation) -> models.TestResult:
    """A test of a task that earns nothing. It keeps its verdict: the work may be right."""
    if test.verdict is not models.Verdict.PASSED:
        return test
    return dataclasses.replace(
        test,
        score=ZERO,
        message=f"Passed, but earns nothing: see rules::{violation.rule}[{test.task}].",
    )


def forfeited(test: models.TestResult) -> bool:
    """Whether a test passed, but a rule that the source breaks takes its points."""
    return test.verdict is models.Verdict.PASSED and test.score < test.max_score


def _task_score(task: assignments.Task, tests: Iterable[models.TestResult]) -> models.TaskScore:
    earned, maximum = sums(test for test in tests if test.task == task.id)
    score: Fraction | None = earned
    if task.kind is models.TaskKind.MANUAL:
        score, maximum = None, task.exact_points
    return models.TaskScore(task.id, task.title, task.kind, score, maximum, needs=task.needs)


def sums(tests: Iterable[models.TestResult]) -> tuple[Fraction, Fraction]:
    """Points earned by some tests, and the most that they can earn."""
    pairs = [(test.score, test.max_score) for test in tests]
    return sum((p[0] for p in pairs), ZERO), sum((p[1] for p in pairs), ZERO)
