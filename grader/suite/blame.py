"""Whose fault a failing test is, as far as the suite process can tell by what the test raised.

Owns the table below. Does not own the words for a student (`grader.suite.explain`), nor the trial
on the reference that decides a suspicion (`grader.grading.suite_faults`).

    raised                                                     fault
    a failed comparison or assertion, `pytest.fail`            the student's
    what the student's code raised, a limit, a crash           the student's
    MemoryError: what came back is too large for this process  the student's
    OperatorError, OSError of the machine                      the machine's: the run is tried again
    anything else (NameError, TypeError, a skip ...), a        in doubt: a mistake in the test, or a
    fixture with a scope that asks for `student`, and a        value that the test cannot use
    test whose own code takes too long
"""

import errno
import traceback
from pathlib import Path

import pytest

from grader import errors, models
from grader.rpc import host
from grader.suite import checking_time

MAX_SUSPICION_CHARS = 500
SCOPES = "ScopeMismatch: "  # how pytest begins what it says of them
# Of the files that a test opens itself: its author's business, whatever the machine.
_OF_THE_TEST = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM)
_OF_THE_STUDENT = (
    AssertionError,
    MemoryError,
    host.AnswerTooLarge,
    host.Stopped,
    host.StudentRaised,
    pytest.fail.Exception,
)


def verdict_of(failure: BaseException) -> models.Verdict | None:
    """The verdict a failure stands for if it is the submission's; None for the machine's."""
    if isinstance(failure, host.Stopped):
        return failure.verdict
    if isinstance(failure, host.StudentRaised):
        out_of_memory = failure.type_name.endswith("MemoryError")
        return models.Verdict.MEMORY_LIMIT if out_of_memory else models.Verdict.EXCEPTION
    if isinstance(failure, MemoryError):
        # This process has a bound of its own that the suite keeps to on the reference; a machine
        # that is out of memory kills and raises nothing.
        return models.Verdict.MEMORY_LIMIT
    return None if _is_of_the_machine(failure) else models.Verdict.WRONG_ANSWER


def _is_of_the_machine(failure: BaseException) -> bool:
    if isinstance(failure, OSError):
        # Libraries raise it without a number for bytes that they cannot read.
        return failure.errno is not None and failure.errno not in _OF_THE_TEST
    return isinstance(failure, errors.OperatorError | KeyboardInterrupt)


def suspicion(failure: BaseException, suite_dir: Path, test: str) -> str:
    """File, line and error of what may be a mistake in a test, for staff; empty if it is none.

    Args:
        test: its name, which stands for a place where the traceback shows none of the suite's.
    """
    if not _is_in_doubt(failure):
        return ""
    inside = [
        f"{Path(frame.filename).relative_to(suite_dir).as_posix()}, line {frame.lineno}"
        for frame in traceback.extract_tb(failure.__traceback__)
        if Path(frame.filename).is_relative_to(suite_dir)
    ]
    place = inside[-1] if inside else test
    return f"{place}: {_told(failure)}"[:MAX_SUSPICION_CHARS]


def _is_in_doubt(failure: BaseException) -> bool:
    if isinstance(failure, checking_time.CheckingTooLong) or _is_of_scopes(failure):
        return True
    return not (isinstance(failure, _OF_THE_STUDENT) or _is_of_the_machine(failure))


def _is_of_scopes(failure: BaseException) -> bool:
    """Whether a fixture of many tests asks for one of a single test: pytest calls that a failure
    of the test, like an author's own `pytest.fail`.
    """
    return isinstance(failure, pytest.fail.Exception) and str(failure).startswith(SCOPES)


def _told(failure: BaseException) -> str:
    """What pytest says for somebody who knows pytest, in words; of others kind and text."""
    if isinstance(failure, pytest.FixtureLookupError) and failure.msg is None:
        return (
            f"there is no fixture {failure.argname!r} here. Correct the name, or define it in this "
            "file or in conftest.py of its folder."
        )
    if _is_of_scopes(failure):
        return (
            "a fixture with a scope asks for one that every test has of its own, as `student`. "
            f"Leave its scope out. {str(failure).partition('. ')[0]}"
        )
    return f"{type(failure).__name__}: {failure}"
