"""Failures that an earlier task's mistake explains, run again with the course's own files below.

Owns which tests run again (`with_reference` on a task) and what comes of it. Does not own which
tasks need which (`scoring.root_causes`), nor the run (`grading.submission_grader`).

    What runs again has the reference at hand: a submission could print it. So of the second run
    one thing is kept, that a test passes; no message, no output, no remark of it is shown to
    anybody. A test that a student reads runs again only for what they can read of earlier tasks.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.grading import basis
from grader.scoring import root_causes

SETTLED = (models.Verdict.PASSED, models.Verdict.NOT_RUN)


def check(assignment: assignments.Assignment) -> None:
    """Look for the files that tasks take from the reference.

    Raises:
        SuiteError: the reference lacks one.
    """
    for task in assignment.manifest.task:
        for name in task.with_reference:
            if not (assignment.reference_dir / name).is_file():
                raise errors.SuiteError(
                    f"{assignment.slug}: task {task.id} is tried again with the reference's {name} "
                    "(with_reference), but the reference has no such file."
                )


def explained(
    assignment: assignments.Assignment,
    cases: Sequence[models.TestCase],
    outcomes: Sequence[models.Outcome],
) -> dict[tuple[str, ...], list[str]]:
    """Names of the tests that run again, by the files that are the reference's then."""
    by_name = {case.name: case for case in cases}
    failed = [by_name[o.test] for o in outcomes if o.verdict not in SETTLED and not o.fault]
    readable = {case.task for case in failed if case.readable}
    found: dict[tuple[str, ...], list[str]] = {}
    for case, failing in _next_to(failed, readable):
        files = assignment.task(case.task).with_reference
        if files and case.task in root_causes.explained(_needs(assignment), failing):
            found.setdefault(files, []).append(case.name)
    return found


def _next_to(
    failed: Sequence[models.TestCase], readable: Collection[str]
) -> Iterable[tuple[models.TestCase, Collection[str]]]:
    """Each failed test, and the failing tasks that its own reader knows of."""
    every = {case.task for case in failed}
    return [(case, readable if case.readable else every) for case in failed]


def _needs(assignment: assignments.Assignment) -> Mapping[str, tuple[str, ...]]:
    return {task.id: task.needs for task in assignment.manifest.task}


def known(
    tests: Collection[str], files: tuple[str, ...], earlier: Mapping[str, models.SecondTry]
) -> dict[str, models.SecondTry]:
    """Earlier second tries that still hold: with the same files, and not ended by a limit."""
    return {
        test: found
        for test in tests
        if (found := earlier.get(test)) and found.files == files and found.verdict in basis.STEADY
    }


def tried(
    first: Iterable[models.Outcome], files: tuple[str, ...], again: Iterable[models.Outcome]
) -> dict[str, models.SecondTry]:
    """The tests of a second run, with what they said in the first."""
    by_name = {outcome.test: outcome for outcome in first}
    return {o.test: models.SecondTry(by_name[o.test], files, o.verdict) for o in again}


def merged(
    outcomes: Iterable[models.Outcome], second: Mapping[str, models.SecondTry]
) -> tuple[models.Outcome, ...]:
    """The first run's outcomes, but for tests that pass in the second."""
    passed = {test for test, found in second.items() if found.verdict is models.Verdict.PASSED}
    return tuple(_passed(outcome) if outcome.test in passed else outcome for outcome in outcomes)


def _passed(outcome: models.Outcome) -> models.Outcome:
    return dataclasses.replace(
        outcome, verdict=models.Verdict.PASSED, message="", output="", unimportable=""
    )


def note(cases: Sequence[models.TestCase], tests: Collection[str], files: Sequence[str]) -> str:
    """A sentence for the report; empty where the student reads none of the tests."""
    tasks = dict.fromkeys(case.task for case in cases if case.name in tests and case.readable)
    if not tasks:
        return ""
    return (
        f"Tests of {wording.listed(list(tasks))} that failed ran again with the course's own "
        f"{wording.listed(files)}, because an earlier task needs work; those that then pass count."
    )
