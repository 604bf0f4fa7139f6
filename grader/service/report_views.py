"""How a report is cut to its audience and written: a port, so that tests can fake it.

Owns the port alone. Cutting is `scoring`'s, formats are `exchange`'s and `gradescope`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader import models
from grader.scoring import final_score


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
