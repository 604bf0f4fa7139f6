"""A `results.json` of any Gradescope autograder, read.

Owns what is understood of files that others wrote: every field may be missing or null, numbers may
be strings (gradescope-utils writes `execution_time` so), a mark of byte order may come first, and
unknown fields are passed over. Ours are
written by `gradescope`.
"""

import math
from pathlib import Path

import msgspec

from grader import errors, wording
from grader.source import filenames

MAX_BYTES = 32 * wording.MB
MAX_LINE = 1000  # characters of one shown
Number = float | str | None
STATUSES = ("passed", "failed")  # Gradescope's two; others are no word on it
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Test(msgspec.Struct, frozen=True):
    """One test; its status may have to be told from its points."""

    name: str | None = ""
    number: str | float | None = ""
    score: Number = None
    max_score: Number = None
    status: str | None = None
    output: str | None = ""
    visibility: str | None = "visible"

    @property
    def passed(self) -> bool:
        """What `status` says; without one of the two, whether all points were earned."""
        if self.status in STATUSES:
            return self.status == STATUSES[0]
        score, most = number(self.score), number(self.max_score)
        return score is not None and score >= (most or 0)


class ResultsFile(msgspec.Struct, frozen=True):
    """The whole file."""

    score: Number = None
    execution_time: Number = None
    output: str | None = ""
    tests: tuple[Test, ...] | None = ()

    @property
    def points(self) -> float:
        """The score; the sum of the tests' where the file leaves it out."""
        own = number(self.score)
        return sum(number(t.score) or 0.0 for t in self.tests or ()) if own is None else own

    @property
    def most(self) -> float | None:
        """The sum of the tests' maxima; None where no test has one."""
        found = (number(test.max_score) for test in self.tests or ())
        maxima = [most for most in found if most is not None]
        return sum(maxima) if maxima else None


def read(path: Path) -> ResultsFile:
    """A file's results.

    Raises:
        UploadRefused: it is not there, too large, or no `results.json`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise errors.UploadRefused(f"{path}: larger than {wording.megabytes(MAX_BYTES)}.")
        data = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
        results = msgspec.json.decode(data, type=ResultsFile)
        _check(results)
    except OSError as exc:
        raise errors.UploadRefused(f"{path}: cannot be read ({exc.strerror}).") from exc
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise errors.UploadRefused(f"{path} is no results.json of Gradescope: {exc}") from exc
    return results


def number(value: Number) -> float | None:
    """A number that may be written as a string.

    Raises:
        ValueError: neither, or not finite.
    """
    if value is None or value == "":
        return None
    parsed = float(value)
    if not math.isfinite(parsed):
        raise ValueError(f"{value} is not a finite number")
    return parsed


def _check(results: ResultsFile) -> None:
    """Gradescope refuses a file from which no score follows; so do we."""
    given = [number(test.score) for test in results.tests or ()]
    [number(test.max_score) for test in results.tests or ()]
    if number(results.score) is None and all(score is None for score in given):
        raise ValueError("it has neither a score nor tests with scores")


def summary(results: ResultsFile) -> str:
    """The results for a terminal: what failed, then the points."""
    lines = []
    tests = results.tests or ()
    for test in tests:
        if not test.passed:
            name = str(test.name or test.number or "a test without a name")
            lines.append(f"failed: {filenames.shown(name, MAX_LINE)}")
            # What students printed must not steer the terminal.
            shown = (
                filenames.shown(s.expandtabs(), MAX_LINE) for s in (test.output or "").splitlines()
            )
            lines += [f"    {line}" for line in shown]
    most = "" if results.most is None else f" / {results.most:g}"
    passed = sum(test.passed for test in tests)
    return "\n".join(
        [
            *lines,
            f"tests {passed} of {len(tests)} passed",
            f"score {results.points:g}{most}",
        ]
    )
