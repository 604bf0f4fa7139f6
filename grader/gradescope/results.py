"""A report as Gradescope's `results.json`.

Owns the key names of https://gradescope-autograders.readthedocs.io/en/latest/specs/. Gradescope
itself hides tests by their visibility and later releases them, so it is given the instructor's
report; but what it releases is more than a student may see here. Therefore the output of a test
that is not `visible` is the author's hint alone: messages and prints can hold hidden inputs.
"""

from typing import Any

from grader import models
from grader.exchange import results
from grader.scoring import final_score

TEXT = "text"  # never html or md: outputs hold what students wrote


def to_results(report: models.Report, total: final_score.Totals | None = None) -> dict[str, Any]:
    """The report as plain JSON values, points rounded to six places.

    Args:
        total: what counts in the end, with marks and less the late penalty; the tests' points
            where there is none. The score of the whole stands above the sum of the tests' there.
    """
    return {
        "score": results.number(total.score if total else report.score),
        "execution_time": round(report.timing.total_s),
        "output": "\n".join(report.notes),
        "output_format": TEXT,
        "test_output_format": TEXT,
        "test_name_format": TEXT,
        "visibility": models.Visibility.VISIBLE.value,
        "stdout_visibility": models.Visibility.HIDDEN.value,
        "extra_data": {"assignment": report.assignment, "suite_version": report.suite_version},
        "tests": [_test(test) for test in report.tests],
    }


def _test(test: models.TestResult) -> dict[str, Any]:
    passed = test.verdict is models.Verdict.PASSED
    return {
        "name": test.name,
        "number": test.task,
        "score": results.number(test.score),
        "max_score": results.number(test.max_score),
        "status": "passed" if passed else "failed",
        "output": _output(test),
        "visibility": test.visibility.value,
        "tags": [test.task],
    }


def _output(test: models.TestResult) -> str:
    if test.visibility is not models.Visibility.VISIBLE:
        return test.hint if test.verdict is not models.Verdict.PASSED else ""
    printed = f"Printed during this test:\n{test.output}" if test.output else ""
    return "\n\n".join(part for part in (results.full_message(test), printed) if part)
