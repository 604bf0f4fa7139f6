"""CPU budgets: is the submission about as fast as the reference, or a loop over pixels?

Owns the comparison inside a suite process. The sandbox's CPU time is the kernel's figure, which
the submission cannot forge; the reference's own figures come from `submission_grader`, which
runs the reference through the same pipeline on the same machine, once per version of a suite.

    running on   figures given   a budget
    reference    None            reports what it measured
    submission   name -> s       compares with factor times the reference's
    no meter     any             checks nothing, and says that it could not
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader import errors, models
from grader.rpc import host, proxy
from grader.suite import events

LEAST_S = 0.1  # below, importing and the kernel's own figures weigh too much


def _ignore(_event: events.Event) -> None:
    """Nobody listens outside a run."""


@dataclass(slots=True)
class BudgetedTest:
    """The test that runs in this process now: set by the plugin."""

    test: str = ""
    reference: Mapping[str, float] | None = None
    emit: Callable[[events.Event], None] = _ignore


running = BudgetedTest()


@contextlib.contextmanager
def budget(student: proxy.Student, *, factor: float, name: str = "") -> Iterator[None]:
    """The calls in this block may use `factor` times the reference's CPU time, at least 0.1 s.

    Args:
        factor: generous, 10 at least: machines are noisy, and a loop over pixels costs hundreds.
        name: tells several budgets of one test apart.
    """
    before = student.cpu_s()
    yield
    after = student.cpu_s()
    used = None if before is None or after is None else after - before
    key = f"{running.test}/{name}"
    running.emit(events.Measured(key, used))
    if used is not None and running.reference is not None:
        _compare(used, max(factor * _figure(running.reference, key), LEAST_S), factor)


def _figure(reference: Mapping[str, float], key: str) -> float:
    if key not in reference:
        raise errors.SuiteError(f"{key}: the reference never came to this budget.")
    return reference[key]


def _compare(used_s: float, allowed_s: float, factor: float) -> None:
    if used_s > allowed_s:
        raise host.Stopped(
            models.Verdict.TIME_LIMIT,
            f"Used {used_s:.2f} s of CPU time; {allowed_s:.2f} s are allowed: {factor:g} times "
            "what array operations need for it on this machine. Look for loops in Python.",
        )
