"""Examples of properties that were drawn once for a version of a suite, before any submission.

Owns the drawing, what cannot be drawn ahead, and the handing out. Does not own what becomes of a
test on its examples (`suite.decorators`), nor the process that draws (`suite.version_process`).

Theory of operation
    Hypothesis derives the examples of a test from its source alone (`derandomize`), and goes on
    with the next while all pass. So those that a passing submission meets are those that it draws
    for a body that only notes them down. As soon as one fails, hypothesis runs the test as if
    nothing had been drawn: only then do examples depend on the submission.

    Not drawn ahead, because a body decides which examples come next, or the value is of hypothesis
    itself: tests that call `assume`, `target` and the like, or draw in their body (`data()`).
    Neither are tests with fixtures of their own, which may hold objects of the first process.
"""

import contextlib
import copy
import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import hypothesis
from hypothesis.internal import entropy

FIXTURES = frozenset({"student", "request"})
DECIDES = frozenset({"assume", "reject", "target", "note", "event"})
MAX_BYTES = 64 * 1024**2  # of the arrays of one suite's examples
DEEPEST = 4

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Property:
    """What `given` says of a test."""

    test: Callable[..., Any]
    strategies: Mapping[str, Any]
    max_examples: int


@dataclass(slots=True)
class Drawn:
    """The examples of one function, and for how many tests they still are."""

    examples: Sequence[Arguments]
    uses: int = 1


@dataclass(slots=True)
class Supply:
    """All that was drawn in this process, or in the one that it was forked from."""

    by_test: dict[Callable[..., Any], Drawn] = field(default_factory=dict)
    held_bytes: int = 0


supply = Supply()


def take(test: Callable[..., Any]) -> Sequence[Arguments] | None:
    """The examples of a test, for one run of it; None where none were drawn."""
    drawn = supply.by_test.get(test)
    if drawn is None:
        return None
    drawn.uses -= 1
    if drawn.uses > 0:  # a body may change what it is given
        return copy.deepcopy(drawn.examples)
    del supply.by_test[test]
    return drawn.examples


def draw(made: Property, fixtures: Collection[str], settings: hypothesis.settings) -> bool:
    """Draw the examples of a test ahead, unless that cannot be done; whether it was.

    Args:
        fixtures: names of all that the test asks for besides its examples.
        settings: those that it is run with.
    """
    if known := supply.by_test.get(made.test):
        known.uses += 1
        return True
    if not FIXTURES.issuperset(fixtures) or _names(made.test.__code__) & DECIDES:
        return False
    examples = _drawn(made, settings)
    if examples is None or supply.held_bytes > MAX_BYTES:
        return False
    supply.by_test[made.test] = Drawn(examples)
    return True


def signature(strategies: Mapping[str, Any]) -> inspect.Signature:
    """What hypothesis shall think that a test takes; it is part of what examples follow from."""
    return inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in strategies]
    )


@contextlib.contextmanager
def as_hypothesis_runs_it() -> Iterator[None]:
    """Global generators are seeded for each example, and put back after it."""
    with entropy.deterministic_PRNG():
        yield


def _drawn(made: Property, settings: hypothesis.settings) -> list[Arguments] | None:
    examples = list[Arguments]()

    @functools.wraps(made.test)  # hypothesis seeds by the source of what it finds here
    def note_down(**arguments: Any) -> None:
        examples.append(arguments)

    note_down.__signature__ = signature(made.strategies)  # type: ignore[attr-defined]  # read by inspect
    try:
        settings(hypothesis.given(**made.strategies)(note_down))()
        sizes = [_plain_bytes(value) for each in examples for value in each.values()]
        copy.deepcopy(examples[:1])
    except Exception:  # whatever is wrong with it shows when the test runs
        return None
    supply.held_bytes += sum(sizes)
    return examples


def _names(code: CodeType) -> set[str]:
    """Names that a function and the functions inside it use."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _plain_bytes(value: Any, depth: int = 0) -> int:
    """About how many bytes the arrays in a value have.

    Raises:
        TypeError: something in it is hypothesis's own, and of use only while it draws.
    """
    if type(value).__module__.partition(".")[0] == "hypothesis":
        raise TypeError(type(value).__name__)
    if depth == DEEPEST:
        return 0
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts = list(value)
    elif dataclasses.is_dataclass(value):
        parts = [getattr(value, each.name) for each in dataclasses.fields(value)]
    else:
        return int(getattr(value, "nbytes", 0))
    return sum(_plain_bytes(part, depth + 1) for part in parts)
