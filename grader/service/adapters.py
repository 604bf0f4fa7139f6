"""The real parts behind the service's ports.

Owns the joining of intake, assignment and grading for one upload, and the life of the sandbox pool
inside the service. Decides nothing itself.
"""

import contextlib
import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader import errors, models, settings
from grader.assignment import manifest
from grader.authoring import suite_quality, template_builder
from grader.confined import reader
from grader.datasets import files as datasets
from grader.exchange import junit, results
from grader.gradescope import results as gradescope_results
from grader.grading import bench
from grader.intake import uploads
from grader.sandbox import container, worker_slots
from grader.scoring import redaction
from grader.service import course_folder, paced_check, ports

log = logging.getLogger(__name__)

SAMPLED_MUTANTS = 6  # of a published version, besides those that have a fair price


class Intake:
    """The assignments' rules for uploads as `ports.IntakePort`; needs no sandbox."""

    def __init__(self, chosen: settings.Settings) -> None:
        self._course = course_folder.of_service(chosen)
        self._datasets_dir = chosen.datasets

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        """The bytes to store; nothing is inflated."""
        manifest = self._course.load(slug).manifest
        datasets.require(self._datasets_dir, manifest.datasets, slug)
        return uploads.pack(files, manifest)

    def notes(self, slug: str, upload: bytes) -> tuple[str, ...]:
        """By the names of its files; what these hold is noted when a worker has read them."""
        return uploads.noted(upload, self._course.load(slug).manifest)


class Grading:
    """Sandboxed grading as `ports.GradingPort`; thread-safe.

    Raises:
        OperatorError: no sandbox can be had on this machine.
    """

    def __init__(self, chosen: settings.Settings) -> None:
        self._course = course_folder.of_service(chosen)
        self._datasets_dir = chosen.datasets
        self._image = chosen.sandbox_image
        self._open = True
        self._known: dict[str, dict[str, models.Report]] = {}
        with contextlib.ExitStack() as stack:
            self._reader = stack.enter_context(reader.Reader())
            self._bench = stack.enter_context(_bench(chosen))
            self._warn_of_missing_data()
            stack.enter_context(self._course.trying(self._bench.grader.try_suite))
            self._stack = stack.pop_all()

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_progress: ports.OnProgress | None,
        earlier: models.Report | None = None,
        assignment: manifest.Assignment | None = None,
    ) -> models.Report:
        """Read one upload and run the suite against it, or what of it can have changed."""
        assignment = assignment or self._course.load(slug)
        checked = self._reader.read(upload, assignment)
        if on_progress:
            on_progress(models.UploadNoted(checked.tree.notes))
        return self._bench.grader.grade(
            assignment, checked, queued_s=queued_s, progress=on_progress, earlier=earlier
        )

    def check_version(
        self, assignment: manifest.Assignment, give_way: Callable[[], None]
    ) -> ports.VersionCheck:
        """Template up to date, reference full, starters nothing, and a sample of the mutants."""
        if not assignment.template_dir.is_dir():
            raise errors.SuiteError("The version has no template: student_template/ is missing.")
        drift = template_builder.check(assignment)
        self._bench.grader.try_suite(assignment)
        name = str(assignment.suite_dir)
        self._known = {name: self._known.get(name, {})}  # of one version at a time
        quality = bench.quality(
            self._bench,
            assignment,
            named=SAMPLED_MUTANTS,
            through=lambda grade: paced_check.PacedGrading(grade, give_way, self._known[name]),
        )
        self._known = {}
        return ports.VersionCheck((*drift, *quality.complaints), _figures(quality))

    def _warn_of_missing_data(self) -> None:
        """Tell the operator at the start, not at a student's first upload."""
        for slug in self._course.slugs():
            try:
                manifest = self._course.load(slug).manifest
                datasets.require(self._datasets_dir, manifest.datasets, slug)
            except errors.GraderError as exc:
                log.warning("uploads for %s are refused: %s", slug, exc)

    def check(self) -> None:
        """Whether the engine answers and has the image.

        Raises:
            OperatorError: it does not, or the service is stopping.
        """
        if not self._open:
            raise errors.SandboxUnavailable("The sandboxes are being removed: the service stops.")
        self._bench.engine.check(self._image)

    def figures(self) -> Mapping[str, int]:
        """Counts of the pool."""
        return dataclasses.asdict(self._bench.sandboxes.stats())

    def close(self) -> None:
        """Remove all sandboxes."""
        self._open = False
        self._stack.close()


def _figures(quality: suite_quality.Quality) -> dict[str, Any]:
    """What a page says of a check: points, and how many mutants were found."""
    found = quality.to_json()
    named = found["mutants"]["named"]
    return {
        "reference": found["reference"],
        "template": found["template"],
        "mutants": {"killed": named["killed"], "total": named["total"]},
    }


@contextlib.contextmanager
def _bench(chosen: settings.Settings) -> Iterator[bench.Bench]:
    """A bench of our own, in a folder of our own, or in our slot of the one that is shared."""
    if not chosen.run_dir:
        with bench.open_bench(chosen, chosen.pool_size, _owner(chosen)) as opened:
            yield opened
        return
    shared = Path(chosen.run_dir).absolute()
    with worker_slots.claimed(shared) as own:
        for left in worker_slots.abandoned(shared, own):
            container.Engine(left.folder, left.owner).reap()
        with bench.open_bench(chosen, chosen.pool_size, own.owner, own.folder) as opened:
            yield opened


def _owner(chosen: settings.Settings) -> str:
    """The same label at each start, and one service per data folder: what a crash left is ours."""
    return f"serve-{hashlib.sha256(bytes(chosen.data_dir.resolve())).hexdigest()[:12]}"


def views() -> ports.ReportViews:
    """The real redaction and formats."""
    return ports.ReportViews(
        redaction.redact,
        redaction.redact_test,
        results.to_json,
        junit.to_xml,
        gradescope_results.to_results,
    )
