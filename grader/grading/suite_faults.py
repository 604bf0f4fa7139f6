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
from collections.abc import Callable, Iterable, Mapping, Sequence

from grader import errors, models, wording
from grader.scoring import redaction
from grader.suite import events

log = logging.getLogger(__name__)

MAX_TESTS_AT_ONCE = 100  # whose names go into one request

OnReference = Callable[[Sequence[str]], Iterable[events.Finished]]
_FAILURES = (models.Verdict.WRONG_ANSWER, models.Verdict.EXCEPTION)


class SuiteFaults:
    """What is known of the tests of all suites; safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wrong: dict[tuple[str, str], bool] = {}  # by version of a suite and test

    def note_right(self, version: str, tests: Iterable[str]) -> None:
        """Remember tests that the reference has passed: it need not run again to show it."""
        with self._lock:
            self._is_wrong |= {(version, test): False for test in tests}

    def decide(
        self, version: str, doubtful: Sequence[events.Finished], run: OnReference
    ) -> list[models.Outcome]:
        """The outcomes of doubtful tests, in their order.

        Args:
            version: assignment and version of its suite.
            run: runs the tests of these names on the reference, all in one run.

        Raises:
            OperatorError: the reference could not be run to an end.
        """
        with self._lock:  # a second run beside it would decide nothing new
            names = [event.outcome.test for event in doubtful]
            unknown = [name for name in names if (version, name) not in self._is_wrong]
            for first in range(0, len(unknown), MAX_TESTS_AT_ONCE):
                for event in run(unknown[first : first + MAX_TESTS_AT_ONCE]):
                    self._is_wrong[version, event.outcome.test] = _fails(event)
            _tell(version, [e for e in doubtful if e.outcome.test in unknown], self._is_wrong)
            wrong = [self._is_wrong[version, name] for name in names]
        return [
            _set_aside(event) if is_wrong else event.outcome
            for event, is_wrong in zip(doubtful, wrong, strict=True)
        ]


def _tell(
    version: str, new: Sequence[events.Finished], is_wrong: Mapping[tuple[str, str], bool]
) -> None:
    """Tell the log of the tests that were found to be wrong just now: once, not per submission."""
    for event in new:
        if is_wrong[version, event.outcome.test]:
            place = wording.visible(event.suspicion)
            log.error("%s: a test is wrong, its points are set aside: %s", version, place)


def _set_aside(event: events.Finished) -> models.Outcome:
    return dataclasses.replace(
        event.outcome,
        verdict=models.Verdict.NOT_RUN,
        message=redaction.SET_ASIDE,
        output="",
        fault=wording.visible(event.suspicion),
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
