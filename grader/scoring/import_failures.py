"""Files of a submission that cannot be imported: said once, not under each test that needs them.

Owns the reading of a report. It looks at one report alone, so a student is told nothing that
their own report does not show. Which failure it was is the suite process's to say
(`grader.suite.explain`). Pure.
"""

from dataclasses import dataclass

from grader import models


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A file that cannot be imported.

    Attributes:
        reason: what was raised, and where; several lines.
        tests: how many tests of the report fail for it.
    """

    file: str
    reason: str
    tests: int

    @property
    def sentence(self) -> str:
        """What it costs."""
        tests = "one test needs it" if self.tests == 1 else f"{self.tests} tests need it"
        return f"{self.file} cannot be imported; {tests}."


def of(report: models.Report) -> list[ImportFailure]:
    """The files, in the order in which tests came upon them."""
    by_file: dict[str, list[models.TestResult]] = {}
    for test in report.tests:
        if test.unimportable:
            by_file.setdefault(test.unimportable, []).append(test)
    return [
        ImportFailure(file, tests[0].message.partition("\n")[2], len(tests))
        for file, tests in by_file.items()
    ]


def short(test: models.TestResult) -> str:
    """What a line of the report says where the reason stands above it."""
    return f"{test.unimportable} cannot be imported; the reason is at the top."
