"""The real parts behind the ports of `jobs` and the API.

Owns the joining of intake, assignment and grading for one upload, and the life of the sandbox pool
inside the service. Decides nothing itself.
"""

import contextlib
import hashlib
from collections.abc import Sequence

from grader import assignment as assignments
from grader import errors, intake, jobs, local, models, scoring, settings
from grader.api import context
from grader.exchange import junit, results


class Intake:
    """The assignments' rules for uploads as `jobs.IntakePort`; needs no sandbox."""

    def __init__(self, chosen: settings.Settings) -> None:
        self._course_dir = chosen.course_dir

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        """The bytes to store; nothing is inflated."""
        return intake.pack(files, assignments.load(self._course_dir, slug).manifest)


class Grading:
    """Sandboxed grading as `jobs.GradingPort`; thread-safe.

    Raises:
        OperatorError: no sandbox can be had on this machine.
    """

    def __init__(self, chosen: settings.Settings) -> None:
        self._course_dir = chosen.course_dir
        self._image = chosen.sandbox_image
        self._open = True
        with contextlib.ExitStack() as stack:
            bench = local.open_bench(chosen, chosen.pool_size, _owner(chosen))
            self._bench = stack.enter_context(bench)
            self._stack = stack.pop_all()

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_progress: jobs.OnProgress | None,
    ) -> models.Report:
        """Unpack one upload and run the suite against it."""
        assignment = assignments.load(self._course_dir, slug)
        tree = intake.unpack(upload, assignment.manifest)
        return self._bench.grader.grade(assignment, tree, queued_s=queued_s, progress=on_progress)

    def check(self) -> None:
        """Whether the engine answers and has the image.

        Raises:
            OperatorError: it does not, or the service is stopping.
        """
        if not self._open:
            raise errors.SandboxUnavailable("The sandboxes are being removed: the service stops.")
        self._bench.engine.check(self._image)

    def close(self) -> None:
        """Remove all sandboxes."""
        self._open = False
        self._stack.close()


def _owner(chosen: settings.Settings) -> str:
    """The same label at each start, and one service per data folder: what a crash left is ours."""
    return f"serve-{hashlib.sha256(bytes(chosen.data_dir.resolve())).hexdigest()[:12]}"


def views() -> context.Views:
    """The real redaction and formats."""
    return context.Views(scoring.redact, scoring.redact_test, results.to_json, junit.to_xml)
