"""What a submission answered last, for a test that cannot go on with it.

Owns the guess at what is missing: a `return`, a second value, a gradient. It is made only where the
last answer explains what the test raised; a general sentence is `grader.suite.explain`'s. It names
what the test called and how many values came back, never one of them.
"""

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.rpc import proxy
from grader.suite import mismatch, operands

MAX_NAME_CHARS = 60
STAGE = "stage"  # the suite's own helpers next to the submission
SIZED = (tuple, list, dict)
NO_RETURN = "{} returned None; is a `return` missing?"
NO_GRADIENT = (
    "No gradient reaches {}; is it used in the result, and is every step PyTorch's (no detach, "
    "no .data, no NumPy)?"
)
NO_GRAD = "A gradient (.grad) is None; is the parameter used in the loss, and was backward called?"
_UNPACKED = re.compile(r"^(?:not enough|too many) values to unpack \(expected (?:at least )?(\d+)")
_NO_ITEMS = re.compile(r"^cannot unpack non-iterable \w+ object$")


class Answers:
    """The questions of one example, as far as they name the last answer."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}  # of what stays with the student, by its number
        self._last: Callable[[BaseException], str] = _nothing

    def note(self, question: Sequence[Any], answer: object) -> None:
        """A question, as `host.Session.ask` takes it, and what came back."""
        op, target, name = (*question, "", "")[:3]
        called = self._called(target, str(name))
        if isinstance(answer, proxy.Remote):
            handle = proxy.handle_of(answer)
            kind = f"The {handle.type_name.rpartition('.')[2]} object"
            self._names[handle.id] = called if op == "get" else kind
        self._last = _nothing
        if op == "call" and called:
            self._last = _of_call(called, answer)
        elif op == "value_and_grad":
            self._last = _of_gradients(answer)
        elif (op, name, answer) == ("get", "grad", None):
            self._last = lambda failure: NO_GRAD if _is_of_none(failure) else ""

    def missing(self, failure: BaseException) -> str:
        """What is missing in the last answer, if that explains what was raised; else nothing."""
        return self._last(failure)

    def _called(self, target: str | int, name: str) -> str:
        """What a question is about; empty for what the suite has put there."""
        if isinstance(target, str):
            return "" if target.partition(".")[0] == STAGE else name[:MAX_NAME_CHARS]
        return (name or self._names.get(target, ""))[:MAX_NAME_CHARS]


def _nothing(_failure: BaseException) -> str:
    return ""


def _is_of_none(failure: BaseException) -> bool:
    return isinstance(failure, TypeError | AttributeError) and "NoneType" in str(failure)


def _of_call(name: str, answer: object) -> Callable[[BaseException], str]:
    """The answer itself is not kept: it may be large."""
    if answer is None:
        return lambda failure: NO_RETURN.format(name) if _is_of_none(failure) else ""
    if isinstance(answer, SIZED):
        return _of_count(name, len(answer), _values(len(answer)))
    return _of_count(name, _length(answer), f"1 value ({mismatch.kind_of(answer)})")


def _length(answer: object) -> int | None:
    """Into how many parts Python would take an array."""
    side = operands.of(answer)
    return len(side.array) if side is not None and side.array.ndim else None


def _of_count(name: str, count: int | None, words: str) -> Callable[[BaseException], str]:
    def said(failure: BaseException) -> str:
        if _is_elsewhere(name, failure):
            return ""
        if isinstance(failure, TypeError) and count is None and _NO_ITEMS.match(str(failure)):
            return f"{name} returned {words}, more are expected."
        found = _UNPACKED.match(str(failure)) if isinstance(failure, ValueError) else None
        if found is None or count is None or not _fits(str(failure), count, int(found[1])):
            return ""
        return f"{name} returned {words}, {found[1]} {'is' if found[1] == '1' else 'are'} expected."

    return said


def _is_elsewhere(name: str, failure: BaseException) -> bool:
    """Whether the line of the test that failed does not call the function, or takes a part of its
    answer apart as well.
    """
    frames = traceback.extract_tb(failure.__traceback__)
    target, _, asked = (frames[-1].line or "" if frames else "").partition("=")
    return "(" in target or f"{name}(" not in asked


def _fits(message: str, count: int, expected: int) -> bool:
    """Whether it was this answer that was unpacked, and no part of it."""
    few = message.startswith("not enough")
    return f"got {count})" in message if few else count > expected


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _of_gradients(answer: object) -> Callable[[BaseException], str]:
    if not (isinstance(answer, tuple) and len(answer) == 3):
        return _nothing
    _value, inputs, parameters = answer
    missing = ["the input"] if _has_none(inputs) else []
    if isinstance(parameters, Mapping):
        missing += [name for name, gradient in parameters.items() if gradient is None]
    if not missing:
        return _nothing
    sentence = NO_GRADIENT.format(str(missing[0])[:MAX_NAME_CHARS])
    return lambda failure: sentence if _is_of_none(failure) else ""


def _has_none(values: object) -> bool:
    return isinstance(values, tuple) and any(value is None for value in values)
