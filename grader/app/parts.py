"""The replaceable parts of a service: real ones, or a test's.

Owns this one value; what each part must do is of `service.ports`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from grader import settings
from grader.service import (
    ports,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The replaceable parts: real ones in the service, fakes in tests."""

    intake: Callable[[settings.Settings], ports.IntakePort]
    grading: Callable[[settings.Settings], ports.GradingPort]
    views: Callable[[], ports.ReportViews]


def real_parts() -> Parts:
    """Sandboxed grading and the real report formats."""
    from grader.service import adapters  # here: it pulls in Docker, the suite, report formats

    return Parts(adapters.Intake, adapters.Grading, adapters.views)
