"""From what a test raised to a message that a student can act upon.

Owns the wording for failures seen by the suite process. Does not decide whose fault they are
(`grader.suite.blame`), nor who may read it (`grader.scoring.redaction`): a message may hold
inputs and the student's own text.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from grader import wording
from grader.rpc import host, proxy
from grader.source import newer_python
from grader.suite import decorators, mismatch, operands

MAX_MESSAGE_CHARS = 4000
MAX_INLINE_ELEMENTS = 6
MAX_FILE_CHARS = 200
SYNTAX = (
    f"The grader runs Python {newer_python.SANDBOX}, which does not know what newer versions added."
)
ABSENT = "There is no such file in what you submitted."
UNSTEADY = (
    "The same input gave another answer the first time: does your function keep state or draw "
    "random numbers?"
)


def message_of(failure: BaseException, examples: decorators.Examples) -> str:
    """What went wrong, after the example it went wrong with.

    Of a file that cannot be imported the first line says so and the others why; no example matters.
    """
    lines = [_told(failure, examples), _where(failure)]
    if file := unimportable(failure):
        lines = [f"{file} cannot be imported:", *lines, _remedy(failure)]
    else:
        lines.append(UNSTEADY if examples.passes_alone else "")
        example, unused = examples.shown()
        if example:
            lines.insert(0, f"With {', '.join(_described(example, unused))}:")
    return visible("\n".join(filter(None, lines))[:MAX_MESSAGE_CHARS])


def unimportable(failure: BaseException) -> str:
    """The file at whose import a test ended; empty if it ended otherwise.

    It is the last of the student's files in the traceback: others may import it.
    """
    if not isinstance(failure, host.StudentRaised) or not failure.importing:
        return ""
    asked = f"{failure.importing.replace('.', '/')}.py"
    file = failure.frames[-1].file if failure.frames else asked
    return wording.visible(file[:MAX_FILE_CHARS])


def _remedy(failure: BaseException) -> str:
    """What may help with a file that cannot be imported."""
    if not isinstance(failure, host.StudentRaised):
        return ""
    first = failure.importing.partition(".")[0]
    if failure.type_name == "SyntaxError":
        return SYNTAX
    absent = f"No module named {first!r}", f"No module named {failure.importing!r}"
    return ABSENT if not failure.frames and failure.message in absent else ""


def _told(failure: BaseException, examples: decorators.Examples) -> str:
    if isinstance(failure, host.StudentRaised):
        return f"Your code raised {failure}"
    if isinstance(failure, host.AnswerTooLarge):
        return str(failure)
    if isinstance(failure, AssertionError | pytest.fail.Exception):
        return str(failure) or "The check does not hold."
    if isinstance(failure, host.Stopped):
        return failure.message
    if isinstance(failure, MemoryError):
        return "What your code returned takes more memory than the test has for it."
    missing = examples.missing if examples.failing else examples.answered.missing(failure)
    return missing or (
        f"Your code returned something that the test cannot use: {failure} "
        f"({type(failure).__name__}). Compare its type, its shape and what it holds with the task."
    )


def _where(failure: BaseException) -> str:
    """The student's own lines of the traceback."""
    frames = failure.frames if isinstance(failure, host.StudentRaised) else ()
    return "\n".join(f"  {f.file}, line {f.line}, in {f.function}: {f.source}" for f in frames)


def _described(example: Mapping[str, Any], unused: Collection[str] = ()) -> Iterable[str]:
    """Each argument; of a case its fields, but for those that the submission was never given; of
    several arrays each.
    """
    for name, value in example.items():
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [f.name for f in dataclasses.fields(value) if f.name not in unused]
            yield from _described({name: getattr(value, name) for name in names})
        elif isinstance(value, tuple | list) and any(map(_is_array, value)):
            yield from _described({f"{name}[{place}]": one for place, one in enumerate(value)})
        else:
            yield f"{name} {_value(value)}"


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or operands.is_tensor(value)


def _value(value: Any) -> str:
    if operands.is_tensor(value):
        value = operands.as_numpy(value)
    if isinstance(value, np.ndarray):
        if 0 < value.size <= MAX_INLINE_ELEMENTS:
            return f"= {mismatch.show(value)} of shape {value.shape}"
        return f"of shape {value.shape}"
    if isinstance(value, proxy.Remote):
        return repr(value)
    return f"= {value!r:.200}"


def visible(text: str) -> str:
    """Text with control and bidirectional characters made visible; line breaks and tabs stay."""
    return wording.visible(text, keep="\n\t")
