"""What a check in a notebook found: by task, as text and as HTML.

Owns the result's shape and its words; HTML is made by `client.report_html`. Tests of what is not
written yet are no failures: they are counted, and named by what they ask for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grader import models
from grader.suite import home_check

_NOT_YET = re.compile(
    r"Your code raised (?:NotDefinedYet: (?P<name>\S+) is not defined yet|NotImplementedError\b)"
)


@dataclass(frozen=True, slots=True)
class TestLine:
    """One test's outcome with what its author says of it.

    Attributes:
        missing: it asks for something that is not written yet: the name, or a sentence.
    """

    case: models.TestCase
    outcome: models.Outcome
    missing: str = ""

    __test__ = False

    @property
    def passed(self) -> bool:
        """Whether every comparison held."""
        return self.outcome.verdict is models.Verdict.PASSED


@dataclass(slots=True)
class Checked:
    """The result of `grader.check`; the last line of a cell shows it.

    Attributes:
        lacking: modules without which some files of tests were left out.
        notes: what is said besides the tests, of the homework's rules above all.
        is_costly: whether points are lost whatever the tests say.
    """

    cases: tuple[models.TestCase, ...]
    outcomes: tuple[models.Outcome, ...]
    lacking: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_costly: bool = False
    is_shown: bool = field(default=False, repr=False)

    @property
    def lines(self) -> list[TestLine]:
        """Each test that has run, in order."""
        known = {case.name: case for case in self.cases}
        return [TestLine(known[o.test], o, _missing(o)) for o in self.outcomes if o.test in known]

    @property
    def passed(self) -> bool:
        """Whether all tests pass."""
        return bool(self.outcomes) and all(line.passed for line in self.lines)

    def by_task(self) -> dict[str, list[TestLine]]:
        """Task -> its tests."""
        tasks: dict[str, list[TestLine]] = {}
        for line in self.lines:
            tasks.setdefault(line.case.task, []).append(line)
        return tasks

    def text(self) -> str:
        """The result for a terminal."""
        return "\n".join(self._text())

    def _text(self) -> Iterator[str]:
        yield from self.notes
        for task, lines in self.by_task().items():
            yield f"{task:6} {task_words(lines)}"
            for line in lines:
                if not line.passed and not line.missing:
                    yield f"    {name_words(line)}"
                    yield from (f"        {one}" for one in message(line).splitlines())
        for module in self.lacking:
            yield f"Some tests were left out: {module} is not installed here."
        yield self.headline()

    def headline(self) -> str:
        """How many tests pass."""
        return f"{sum(line.passed for line in self.lines)} of {len(self.cases)} public tests pass"

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from grader.client import report_html

        return report_html.checked(self)

    def _ipython_display_(self) -> None:
        """The last expression of a cell is shown, but not twice."""
        if self.is_shown:
            self.is_shown = False
            return
        from grader.client import live_display

        live_display.Display(show=True).show(self)
        self.is_shown = False


def of(ended: home_check.EndedCheck) -> Checked:
    """The result of a check that has ended."""
    lacking = tuple(sorted(set(ended.absent.values())))
    results = ended.results
    return Checked(results.cases, results.outcomes, lacking, ended.notes, ended.is_costly)


def task_words(lines: list[TestLine]) -> str:
    """How a task stands, in a few words."""
    passed = sum(line.passed for line in lines)
    missing = sorted({line.missing for line in lines if line.missing})
    if passed == len(lines):
        return f"ok: {'its test passes' if passed == 1 else f'all {passed} tests pass'}"
    words = f"{passed} of {len(lines)} tests pass"
    return f"{words}; not written yet: {', '.join(missing)}" if missing else words


def name_words(line: TestLine) -> str:
    """A test's name as words: what it says of itself, then the verdict."""
    name = line.case.name.rpartition("::")[2]
    return f"{line.outcome.verdict.value.replace('_', ' ')}: {name}"


def message(line: TestLine) -> str:
    """What went wrong, with the author's hint and what the code printed."""
    parts = [line.outcome.message, f"Hint: {line.case.hint}" if line.case.hint else ""]
    if line.outcome.output.strip():
        parts.append(f"Printed: {line.outcome.output.rstrip()}")
    return "\n".join(filter(None, parts))


def _missing(outcome: models.Outcome) -> str:
    if outcome.verdict is not models.Verdict.EXCEPTION:
        return ""
    found = _NOT_YET.search(outcome.message)
    return "" if found is None else (found["name"] or "a part of it")


def as_json(done: Checked) -> dict[str, Any]:
    """The result for programs."""
    return {
        "passed": sum(line.passed for line in done.lines),
        "total": len(done.cases),
        "left_out": list(done.lacking),
        "notes": list(done.notes),
        "costs_points": done.is_costly,
        "tests": [
            {
                "name": line.case.name,
                "task": line.case.task,
                "verdict": line.outcome.verdict.value,
                "message": "" if line.passed else message(line),
            }
            for line in done.lines
        ],
    }
