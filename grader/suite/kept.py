"""Which tests of a suite are not run, because an earlier run's outcomes of them still hold.

Owns how a suite process is told, and its decision. What may be kept is `grader.grading.basis`'s.
"""

import collections
from collections.abc import Collection, Mapping

import msgspec

from grader import models


class KeptFile(msgspec.Struct, frozen=True):
    """A test file, unchanged since a run whose outcomes are there.

    Attributes:
        tests: how many it had; if it has another number now, all of it runs.
        again: names of those that run nevertheless.
    """

    tests: int
    again: tuple[str, ...] = ()


def left_out(cases: Collection[models.TestCase], files: Mapping[str, KeptFile]) -> tuple[str, ...]:
    """Names of the tests that need not run.

    Args:
        cases: all that were collected.
        files: by path in the suite.
    """
    counts = collections.Counter(file_of(case.name) for case in cases)
    kept = {path: file for path, file in files.items() if file.tests == counts[path]}
    return tuple(
        case.name
        for case in cases
        if (file := kept.get(file_of(case.name))) and case.name not in file.again
    )


def file_of(test: str) -> str:
    """The file of a test, by its name."""
    return test.partition("::")[0]
