"""A report as the JSON that other tools rely on, and its verdicts in words.

Owns the key names and one sentence for each verdict. The report must already be redacted for its
reader.
"""

from fractions import Fraction
from typing import Any

from grader import models
from grader.assignment import manifest as assignments
from grader.scoring import points, root_causes

PLACES = 6

_IN_WORDS = {
    models.Verdict.PASSED: "Passed.",
    models.Verdict.WRONG_ANSWER: "The answer differs from what is expected.",
    models.Verdict.EXCEPTION: "Your code raised an exception.",
    models.Verdict.TIME_LIMIT: "Did not finish within {time}; {alone}.",
    models.Verdict.MEMORY_LIMIT: "Used more than {memory}; {alone}.",
    models.Verdict.CRASHED: "The process ended before it answered; {alone}.",
    models.Verdict.PROTOCOL_VIOLATION: "Wrote into the grader's own channel; {alone}.",
    models.Verdict.OUTPUT_LIMIT: "Printed so much that the test was stopped; {alone}.",
    models.Verdict.RULE_BROKEN: "The source breaks a rule of the assignment.",
    models.Verdict.NOT_PASSED: "Did not pass; the details are not shown.",
    models.Verdict.NOT_RUN: "Not run; the message below says why.",
}


def to_json(report: models.Report) -> dict[str, Any]:
    """The report as plain JSON values; numbers are rounded to six places."""
    return {
        "assignment": report.assignment,
        "suite_version": report.suite_version,
        "audience": report.audience.value,
        "score": number(report.score),
        "max_score": number(report.max_score),
        "tasks": [_task(task) for task in report.tasks],
        "tests": [_test(test) for test in report.tests],
        "hidden": _hidden(report.hidden),
        "timing": {
            "queue_s": round(report.timing.queue_s, PLACES),
            "sandbox_s": round(report.timing.sandbox_s, PLACES),
            "tests_s": round(report.timing.tests_s, PLACES),
            "total_s": round(report.timing.total_s, PLACES),
        },
        "notes": list(report.notes),
        "ran": report.ran,
        "kept": report.kept,
        "fix_first": {task: list(roots) for task, roots in root_causes.fix_first(report).items()},
    }


def number(value: Fraction | None) -> float | None:
    """An exact number as the nearest float of six places; None stays None."""
    return None if value is None else round(float(value), PLACES)


def _task(task: models.TaskScore) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "score": number(task.score),
        "max_score": number(task.max_score),
        "kind": task.kind.value,
        "comment": task.comment,
        "rubric": [{"text": one.text, "points": number(one.points)} for one in task.rubric],
        "hidden": _hidden_of(task),
    }


def _hidden_of(task: models.TaskScore) -> dict[str, Any] | None:
    """What a task's hidden tests can give, and gave where the course shows that per task."""
    if not task.hidden_max:
        return None
    return {"score": number(task.hidden_score), "max_score": number(task.hidden_max)}


def _test(test: models.TestResult) -> dict[str, Any]:
    return {
        "name": test.name,
        "task": test.task,
        "visibility": test.visibility.value,
        "verdict": test.verdict.value,
        "score": number(test.score),
        "max_score": number(test.max_score),
        "message": full_message(test),
        "output": test.output,
    }


def full_message(test: models.TestResult) -> str:
    """What went wrong, with the author's hint below; of a passed test, why it earns nothing."""
    if test.verdict is models.Verdict.PASSED:
        return test.message if points.forfeited(test) else ""
    hint = f"Hint: {test.hint}" if test.hint else ""
    return "\n".join(part for part in (test.message, hint) if part)


def _hidden(hidden: models.HiddenTotal | None) -> dict[str, Any] | None:
    if hidden is None:
        return None
    return {
        "tests": hidden.tests,
        "score": number(hidden.score),
        "max_score": number(hidden.max_score),
    }


def in_words(
    verdict: models.Verdict, limits: assignments.Limits | None = None, *, slow: bool = False
) -> str:
    """One sentence for a reader who does not know our names of verdicts.

    Args:
        limits: the assignment's, to name the figure that was exceeded.
        slow: of a test marked slow, which has a time of its own.
    """
    time = "the time limit"
    if limits:
        time = f"{limits.slow_test_s if slow else limits.test_s:g} s"
    memory = f"{limits.memory_mb} MB of memory" if limits else "the memory limit"
    return _IN_WORDS[verdict].format(
        time=time, memory=memory, alone="the other tests were not affected"
    )
