"""The real parts behind the ports of `jobs` and the API.

Owns the joining of intake, assignment and grading for one upload, and the life of the sandbox pool
inside the service. Decides nothing itself.
"""

import contextlib
from collections.abc import Sequence

from grader import assignment as assignments
from grader import errors, intake, jobs, local, models, scoring, settings
from grader.api import routes
from grader.exchange import junit, results


class Grading:
    """Sandboxed grading as `jobs.GradingPort`; thread-safe.

    Raises:
        OperatorError: no sandbox can be had on this machine.
    """

    def __init__(self, chosen: settings.Settings) -> None:
        self._course_dir = chosen.course_dir
        self._open = True
        with contextlib.ExitStack() as stack:
            self._grader = stack.enter_context(local.open_grader(chosen, warm=chosen.pool_size))
            self._stack = stack.pop_all()

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_outcome: jobs.OnOutcome | None,
    ) -> models.Report:
        """Unpack one upload and run the suite against it."""
        assignment = assignments.load(self._course_dir, slug)
        tree = intake.unpack(upload, assignment.manifest)
        return self._grader.grade(assignment, tree, queued_s=queued_s, progress=on_outcome)

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        """The bytes to store; nothing is inflated."""
        return intake.pack(files, assignments.load(self._course_dir, slug).manifest)

    def check(self) -> None:
        """Raises OperatorError once closed."""
        if not self._open:
            raise errors.SandboxUnavailable("The sandboxes are being removed: the service stops.")

    def close(self) -> None:
        """Remove all sandboxes."""
        self._open = False
        self._stack.close()


def views() -> routes.Views:
    """The real redaction and formats."""
    return routes.Views(scoring.redact, results.to_json, junit.to_xml)
