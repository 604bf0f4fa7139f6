"""Whose fault a doubtful failure is: the same test, on the reference, decides.

Owns the decision, and its memory: once per version of a suite and test. Does not own how a test is
run (`grader.grading.submission_grader`), what makes a failure doubtful (`grader.suite.blame`), nor
what becomes of the points (`grader.scoring.points`).

    the reference, on the same test    then
    passes                             the submission's value is at fault: its failure stands
    fails                              the test is wrong: it is `not_run`, its points are set aside,
                                       staff read where; a student reads no word of it
    runs into a limit, or is not run   the machine is at fault: the grading is tried again
"""

import dataclasses
import logging
import threading
from collections.abc import Callable

from grader import errors, models, wording
from grader.scoring import redaction
from grader.suite import events

log = logging.getLogger(__name__)

OnReference = Callable[[str], events.Finished]
_FAILURES = (models.Verdict.WRONG_ANSWER, models.Verdict.EXCEPTION)


class SuiteFaults:
    """What is known of the tests of all suites; safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wrong: dict[tuple[str, str], bool] = {}  # by version of a suite and test

    def decide(self, version: str, event: events.Finished, run: OnReference) -> models.Outcome:
        """The outcome of a doubtful test.

        Args:
            version: assignment and version of its suite.
            run: runs the test of a name on the reference.

        Raises:
            OperatorError: the reference could not be run to an end.
        """
        outcome = event.outcome
        key = version, outcome.test
        with self._lock:  # a second run beside it would decide nothing new
            if key not in self._is_wrong:
                self._is_wrong[key] = _fails(run(outcome.test))
            if not self._is_wrong[key]:
                return outcome
        place = wording.visible(event.suspicion)
        log.error("%s: a test is wrong, its points are set aside: %s", version, place)
        return dataclasses.replace(
            outcome,
            verdict=models.Verdict.NOT_RUN,
            message=redaction.SET_ASIDE,
            output="",
            fault=place,
        )


def _fails(event: events.Finished) -> bool:
    outcome = event.outcome
    if event.suspicion:
        return True
    if outcome.verdict not in (*_FAILURES, models.Verdict.PASSED):
        raise errors.OperatorError(
            f"{outcome.test} ended in doubt, and the reference could not be run on it to decide "
            f"({outcome.verdict.value})."
        )
    return outcome.verdict in _FAILURES
