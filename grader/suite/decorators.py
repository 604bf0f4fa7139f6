"""The two decorators of a suite: `task` gives a test its points, `given` its examples.

Owns what is attached to a test function, and the handling of a hypothesis failure: the smallest
failing example is kept, and shrinking stops when it has cost enough. Does not run pytest.
"""

import functools
import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import hypothesis

from grader import errors, models
from grader.rpc import host
from grader.suite import answers, drawn_examples, passed

MARK = "__grader_task__"
PROPERTY = "__grader_property__"
DEFAULT_EXAMPLES = 25
SHRINK_BUDGET_S = 2.0  # a student waits for it; the example is small enough long before
SUPPRESSED = (
    hypothesis.HealthCheck.too_slow,  # the wire and a shared machine are slow at times
    hypothesis.HealthCheck.data_too_large,
    hypothesis.HealthCheck.function_scoped_fixture,  # one child answers all examples of a test
)

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class TaskMark:
    """What `@task` says about a test; `visibility` None means: by its folder."""

    task: str
    weight: Fraction
    visibility: models.Visibility | None
    hint: str
    slow: bool = False
    facet: str = ""
    cases: str = ""


def task(
    task_id: str,
    *,
    weight: float | str = 1,
    visibility: str | None = None,
    hint: str = "",
    slow: bool = False,
    facet: str = "",
    cases: str = "",
) -> Callable[[Test], Test]:
    """Mark a test as earning points for a task of the rubric.

    Args:
        task_id: the rubric's id, e.g. "3a".
        weight: share of the points of its task, or of its facet, among the test functions there.
        visibility: one of `Visibility`; by default `visible` in public/, else `hidden`.
        hint: advice for the student, shown when the test fails and may be seen.
        slow: it trains or loads something large: it runs after all other tests, with
            `limits.slow_test_s` seconds.
        facet: which part of the task it looks at; the manifest says what each part is worth.
        cases: what the cases of a parametrised test are, for "3 of 8 gradients differ" in a report.

    Raises:
        SuiteError: an unknown visibility or a weight that is not positive.
    """
    try:
        seen = None if visibility is None else models.Visibility(visibility)
        share = Fraction(str(weight))
    except ValueError as exc:
        raise errors.SuiteError(f"@task({task_id!r}): {exc}") from exc
    if share <= 0:
        raise errors.SuiteError(f"@task({task_id!r}): weight must be positive, not {weight}.")

    def attach(test: Test) -> Test:
        setattr(test, MARK, TaskMark(task_id, share, seen, hint, slow, facet, cases))
        return test

    return attach


def task_of(item: Any) -> str:
    """The task that a collected test earns points for; empty if none."""
    mark: TaskMark | None = getattr(getattr(item, "function", None), MARK, None)
    return mark.task if mark else ""


class EnoughShrinking(BaseException):
    """Leaves hypothesis with the smallest failing example found so far."""


@dataclass(slots=True)
class Examples:
    """The examples of one running test, as far as they matter for its report."""

    current: Mapping[str, Any] = field(default_factory=dict)
    failing: Mapping[str, Any] | None = None
    failure: Exception | None = None
    failed_at: float = 0.0
    sent: passed.Passed = field(default_factory=passed.Passed)
    answered: answers.Answers = field(default_factory=answers.Answers)
    unused: frozenset[str] = frozenset()  # fields of the failing example
    missing: str = ""  # in the answer at which it failed
    passes_alone: bool = False  # the failing example, in a fresh process of the submission

    def start(self, arguments: Mapping[str, Any]) -> None:
        """A new example is about to run."""
        if self.failure and time.monotonic() - self.failed_at > SHRINK_BUDGET_S:
            raise EnoughShrinking
        self.current, self.sent = arguments, passed.Passed()
        self.answered = answers.Answers()

    def fail(self, failure: Exception) -> None:
        """The current example failed; hypothesis only goes on to smaller ones."""
        if self.failure is None:
            self.failed_at = time.monotonic()
        self.failing, self.failure = self.current, failure
        self.unused = self.sent.unused(self.current)
        self.missing = self.answered.missing(failure)

    def shown(self) -> tuple[Mapping[str, Any], frozenset[str]]:
        """The example that a report shows, and fields of it that the submission never got."""
        if self.failing:
            return self.failing, self.unused
        return self.current, self.sent.unused(self.current)


@dataclass(slots=True)
class GivenOptions:
    """The test that runs in this process now: set by the plugin, read by `given`.

    Attributes:
        read: whether anybody reads what the test says; of a mutant nobody does.
        restart: replaces the submission's process by a fresh one; None before there is one.
        begin_again: the same, as if there had been none before.
    """

    shrink: bool = True
    read: bool = True
    restart: Callable[[], None] | None = None
    begin_again: Callable[[], None] | None = None
    examples: Examples = field(default_factory=Examples)


running = GivenOptions()


def given(*, max_examples: int = DEFAULT_EXAMPLES, **strategies: Any) -> Callable[[Test], Test]:
    """Run a test on many generated examples; the same ones for every student.

    Args:
        max_examples: how many are generated.
        strategies: one hypothesis strategy per argument of the test.
    """

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        missing = sorted(set(strategies) - set(signature.parameters))
        if missing:
            raise errors.SuiteError(f"{test.__name__} has no argument {', '.join(missing)}.")

        @functools.wraps(test)
        def run(*args: Any, **fixtures: Any) -> None:
            bound = functools.partial(test, *args)
            if not _pass_on_drawn(bound, fixtures, test):
                _run_examples(bound, fixtures, strategies, max_examples, test)

        rest = [p for name, p in signature.parameters.items() if name not in strategies]
        run.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]  # read by inspect
        setattr(run, PROPERTY, drawn_examples.Property(test, strategies, max_examples))
        return run  # type: ignore[return-value]  # same call, fewer arguments

    return decorate


def _pass_on_drawn(
    test: Callable[..., Any], fixtures: Mapping[str, Any], original: Callable[..., Any]
) -> bool:
    """Whether the test passes on the examples that were drawn for it before.

    If it does not, the submission's process is as fresh as before, and hypothesis draws the same
    examples again: what a failing one is made of, and what is said of it, is its to find out. Where
    nobody reads that, the test ends here.
    """
    drawn = drawn_examples.take(original)
    if drawn is None or running.begin_again is None:
        return False
    examples = running.examples = Examples()
    for arguments in drawn:
        examples.start(arguments)
        try:
            with drawn_examples.as_hypothesis_runs_it():
                test(**fixtures, **arguments)
        except host.Stopped:
            raise
        except BaseException as exc:
            if isinstance(exc, Exception) and not running.read:
                examples.fail(exc)
                raise
            running.begin_again()
            return False
    return True


def _run_examples(
    test: Callable[..., Any],
    fixtures: Mapping[str, Any],
    strategies: Mapping[str, Any],
    max_examples: int,
    original: Callable[..., Any],
) -> None:
    examples = running.examples = Examples()

    @functools.wraps(original)  # hypothesis seeds by the source of what it finds here
    def one_example(**arguments: Any) -> None:
        examples.start(arguments)
        try:
            test(**fixtures, **arguments)
        except hypothesis.errors.UnsatisfiedAssumption:
            raise
        except Exception as exc:
            examples.fail(exc)
            raise

    one_example.__signature__ = drawn_examples.signature(strategies)  # type: ignore[attr-defined]  # read by inspect
    run = settings(max_examples, shrink=running.shrink)(hypothesis.given(**strategies)(one_example))
    try:
        run()
    except EnoughShrinking:
        pass
    except Exception:
        if examples.failure is None:
            raise
    if examples.failure is not None:
        if running.shrink and running.restart:  # a student reads it
            failing = functools.partial(test, **fixtures, **(examples.failing or {}))
            examples.passes_alone = _passes_in_fresh_process(failing, running.restart)
        raise examples.failure


def _passes_in_fresh_process(test: Callable[[], None], restart: Callable[[], None]) -> bool:
    """Whether one example holds where nothing was asked before it."""
    try:
        restart()
        test()
    except (Exception, host.Stopped):
        return False
    return True


def settings(max_examples: int, *, shrink: bool) -> hypothesis.settings:
    """How hypothesis runs every property."""
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    if shrink:
        phases.append(hypothesis.Phase.shrink)
    return hypothesis.settings(
        max_examples=max_examples,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=SUPPRESSED,
    )
