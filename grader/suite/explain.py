"""From what a test raised to a verdict and a message that a student can act upon.

Owns the wording for failures seen by the suite process. Does not decide who may read it
(`grader.scoring.points.redact`): a message may hold inputs and the student's own text.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import hypothesis
import numpy as np

from grader import errors, models, wording
from grader.rpc import host, proxy
from grader.suite import decorators, mismatch, operands

MAX_MESSAGE_CHARS = 4000
MAX_INLINE_ELEMENTS = 6
UNSTEADY = (
    "The same input gave another answer the first time: does your function keep state or draw "
    "random numbers?"
)
MACHINE_FAULTS = (OSError, errors.GraderError)
SUITE_FAULTS = (hypothesis.errors.FailedHealthCheck, hypothesis.errors.Unsatisfiable)


def verdict_of(failure: BaseException) -> models.Verdict | None:
    """The verdict a failure stands for; None when the submission is not to blame."""
    if isinstance(failure, host.Stopped):
        return failure.verdict
    if isinstance(failure, host.StudentRaised):
        out_of_memory = failure.type_name.endswith("MemoryError")
        return models.Verdict.MEMORY_LIMIT if out_of_memory else models.Verdict.EXCEPTION
    if isinstance(failure, MemoryError):
        # This process has a bound of its own that the suite keeps to on the reference; a machine
        # that is out of memory kills and raises nothing.
        return models.Verdict.MEMORY_LIMIT
    if isinstance(failure, MACHINE_FAULTS + SUITE_FAULTS) or not isinstance(failure, Exception):
        return None
    # The suite passes on the reference, so what breaks it here are the submission's values.
    return models.Verdict.WRONG_ANSWER


def message_of(failure: BaseException, examples: decorators.Examples) -> str:
    """What went wrong, after the example it went wrong with."""
    lines = [_told(failure), _where(failure), UNSTEADY if examples.passes_alone else ""]
    if example := examples.failing or examples.current:
        lines = [f"With {', '.join(_described(example))}:", *lines]
    return visible("\n".join(filter(None, lines))[:MAX_MESSAGE_CHARS])


def _told(failure: BaseException) -> str:
    if isinstance(failure, host.StudentRaised):
        return f"Your code raised {failure}"
    if isinstance(failure, host.AnswerTooLarge):
        return str(failure)
    if isinstance(failure, AssertionError):
        return str(failure) or "The check does not hold."
    if isinstance(failure, host.Stopped):
        return failure.message
    if isinstance(failure, MemoryError):
        return "What your code returned takes more memory than the test has for it."
    kind = type(failure).__name__
    return f"The test could not use what your code returned ({kind}: {failure})."


def _where(failure: BaseException) -> str:
    """The student's own lines of the traceback."""
    frames = failure.frames if isinstance(failure, host.StudentRaised) else ()
    return "\n".join(f"  {f.file}, line {f.line}, in {f.function}: {f.source}" for f in frames)


def _described(example: Mapping[str, Any]) -> Iterable[str]:
    for name, value in example.items():
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
            yield from _described(fields)
        else:
            yield f"{name} {_value(value)}"


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
