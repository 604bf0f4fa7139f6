"""Trying suites before students meet them, one after the other.

Owns the thread in which that happens, so that no page waits for it. What a trial is, is
`grader.grading.submission_grader`'s; what follows from it `course_folder`'s.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from grader import errors
from grader.assignment import manifest

log = logging.getLogger(__name__)

Trial = Callable[[manifest.Assignment], None]
WhenEnded = Callable[[errors.GraderError | None], None]


class SuiteTrials:
    """Runs trials until it is left.

    Args:
        trial: raises SuiteError where a suite is wrong, OperatorError where that cannot be said.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="suite-trials")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, assignment: manifest.Assignment, when_ended: WhenEnded) -> None:
        """Try a suite soon; `when_ended` is called with what was wrong, or None."""
        self._pool.submit(self._try, assignment, when_ended)

    def _try(self, assignment: manifest.Assignment, when_ended: WhenEnded) -> None:
        try:
            when_ended(self._fault(assignment))
        except Exception:
            log.exception("%s could not be tried, by a mistake of ours", assignment.slug)

    def _fault(self, assignment: manifest.Assignment) -> errors.GraderError | None:
        try:
            self._trial(assignment)
        except errors.GraderError as exc:
            return exc
        return None
