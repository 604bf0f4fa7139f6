"""What the service needs of its replaceable parts: intake, grading, reports for an audience.

Owns these ports alone, so that tests can fake what is behind them. The real parts are in
`adapters`: cutting reports is `scoring`'s, their formats are `exchange`'s and `gradescope`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from grader import models
from grader.assignment import manifest
from grader.scoring import final_score

OnProgress = Callable[[models.Progress], None]


class IntakePort(Protocol):
    """What the API needs of the intake; called from several threads at once."""

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        """Look quickly at what was sent and return the bytes to store.

        A single zip is stored as it is; plain files are packed into one.

        Raises:
            UploadRefused: with every reason found.
        """

    def notes(self, slug: str, upload: bytes) -> tuple[str, ...]:
        """What can be said of the files of an upload that was inspected, at a quick look."""


@dataclass(frozen=True, slots=True)
class VersionCheck:
    """What the check of a homework's version found.

    Attributes:
        findings: what is wrong, as sentences; without any it passes.
        figures: by name, plain as in JSON.
    """

    findings: tuple[str, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)


class GradingPort(Protocol):
    """What a worker needs of the grading; called from several threads at once."""

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_progress: OnProgress | None,
        earlier: models.Report | None = None,
        assignment: manifest.Assignment | None = None,
    ) -> models.Report:
        """Grade one stored upload; blocks. What `on_progress` raises ends the grading.

        Args:
            earlier: a report of the same upload, of which results that cannot have changed are
                kept; None runs every test.
            assignment: the version of the homework to grade by; None: the one in force.

        Raises:
            UploadRefused, SuiteError, OperatorError: by whose fault there is no report.
        """

    def check_version(
        self, assignment: manifest.Assignment, give_way: Callable[[], None]
    ) -> VersionCheck:
        """Whether a homework's template, reference and tests fit each other; blocks.

        Args:
            give_way: called between two gradings; what it raises ends the check, whose next try
                begins where this one ended.

        Raises:
            UploadRefused, SuiteError, OperatorError: by whose fault that cannot be found out.
        """

    def check(self) -> None:
        """Do nothing if submissions can be graded.

        Raises:
            OperatorError: why not.
        """

    def close(self) -> None:
        """Stop what is running and let go of sandboxes."""

    def figures(self) -> Mapping[str, int]:
        """Counts of its sandboxes, for the metrics."""


@dataclass(frozen=True, slots=True)
class ReportViews:
    """How a report is cut to its audience and written."""

    redact: Callable[[models.Report, models.Audience, datetime], models.Report]
    redact_test: Callable[
        [models.Tested, models.Release, models.Audience, datetime], models.TestResult | None
    ]
    to_json: Callable[[models.Report], dict[str, Any]]
    to_junit: Callable[[models.Report], str]
    to_gradescope: Callable[[models.Report, final_score.Totals], dict[str, Any]]
