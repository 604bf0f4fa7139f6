"""What `grader check` prints as tests end: one line for each test function, and what to fix.

Owns the lines. Cases of one function are held back until the last of them has ended; a file that
cannot be imported is explained once. Running the tests is `grader.suite.local_run`'s.
"""

import os
import sys
from collections import Counter
from fractions import Fraction

from grader import models
from grader.scoring import parametrised
from grader.suite import collect, events


class HomeReport:
    """The consumer of a run at home."""

    def __init__(self) -> None:
        self.results = collect.Results(self._show)
        self._sizes: Counter[str] | None = None  # cases of each function
        self._waiting: dict[str, list[models.Tested]] = {}
        self._explained: set[str] = set()  # files that cannot be imported

    def add(self, event: events.Event) -> None:
        """Take up one event; print what it completes."""
        self.results.add(event)

    def _show(self, progress: models.Progress) -> None:
        if not isinstance(progress, models.Tested):
            return
        if self._sizes is None:
            self._sizes = Counter(case.function for case in self.results.cases)
        function = progress.case.function
        ended = self._waiting.setdefault(function, [])
        ended.append(progress)
        if len(ended) == self._sizes[function]:
            _print(self._lines(self._waiting.pop(function)))

    def _lines(self, ended: list[models.Tested]) -> list[str]:
        cases = tuple(_result(each) for each in ended)
        name = ended[0].case.function if cases[1:] else cases[0].name
        function = parametrised.TestFunction(name, cases)
        shown = (function.failed or cases)[0]
        count = f": {function.count}" if function.count else ""
        lines = [f"{shown.verdict.value:12} {name}{count}"]
        return lines + self._reason(function, shown) if function.failed else lines

    def _reason(self, function: parametrised.TestFunction, shown: models.TestResult) -> list[str]:
        """Of the first case that fails; what it printed as well."""
        if shown.unimportable in self._explained:
            return [f"{shown.unimportable} cannot be imported, as above."]
        lines = [f"[{parametrised.case_of(shown.name)}]"] if function.count else []
        lines.append(shown.message)
        if shown.unimportable:
            self._explained.add(shown.unimportable)
        else:
            lines.append(f"Hint: {shown.hint or '-'}")
        return lines + ([f"Printed: {shown.output}"] if shown.output else [])


def _result(tested: models.Tested) -> models.TestResult:
    case, outcome = tested.case, tested.outcome
    return models.TestResult(
        name=case.name,
        task=case.task,
        visibility=case.visibility,
        verdict=outcome.verdict,
        score=Fraction(0),
        max_score=Fraction(0),
        message=outcome.message,
        output=outcome.output,
        hint=case.hint,
        cases=case.cases,
        unimportable=outcome.unimportable,
    )


def _print(lines: list[str]) -> None:
    """The first line as it is, the others below it."""
    try:
        sys.stdout.write("\n    ".join("\n".join(lines).splitlines()) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `grader check . | head`: nobody reads on
        os._exit(0)
