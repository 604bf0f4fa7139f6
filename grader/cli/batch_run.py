"""`grader batch`: a folder of submissions graded here, without a server; it can be broken off.

Owns the order, the parallel work, and the folder of results that makes a second call go on where
the first ended. Splitting, intake and grading are the service's own, so the results are the same.

Theory of operation
    Each result is written to `.grader/` in the folder as soon as it is there, under the hash of
    what was handed in and the version of the suite. A later call takes it from there, unless the
    submission or the suite has changed. Refusals are found anew, which takes no sandbox; failures
    of the machine are tried again.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grader import disk, errors, models, settings
from grader.assignment import manifest as assignments
from grader.exchange import csv_table, results
from grader.grading import bench as grading_bench
from grader.intake import bulk_archive
from grader.intake import uploads as intake_uploads
from grader.sandbox import capacity
from grader.store import codec

RESULTS = ".grader"
RETRY_PAUSE_S = 2.0

Files = Sequence[tuple[str, bytes]]
Advance = Callable[[int, int], None]
Grade = Callable[[models.FileTree], models.Report]
State = models.SubmissionState


@dataclass(frozen=True, slots=True)
class Sweep:
    """One call over one folder.

    Attributes:
        grade: grades one file tree; called from several threads at once.
        kept: folder of the results under this version of the suite.
        tries: of one submission when the machine fails.
    """

    assignment: assignments.Assignment
    grade: Grade
    kept: Path
    tries: int

    def line(self, name: str, files: Files) -> csv_table.Line:
        """Grade one upload, or take its result from an earlier call."""
        path = self.kept / f"{intake_uploads.digest(self.assignment.slug, files)}.json"
        report = _kept(path)
        if report is not None:
            return csv_table.Line(name, State.DONE, (), report)
        manifest = self.assignment.manifest
        try:
            tree = intake_uploads.unpack(intake_uploads.pack(files, manifest), manifest)
            report = self._graded(tree)
        except errors.UploadRefused as exc:
            return csv_table.Line(name, State.REFUSED, exc.reasons)
        except (errors.OperatorError, errors.SuiteError) as exc:
            return csv_table.Line(name, State.FAILED, (str(exc),))
        _keep(path, report)
        return csv_table.Line(name, State.DONE, (), report)

    def _graded(self, tree: models.FileTree) -> models.Report:
        for attempt in range(1, self.tries):
            try:
                return self.grade(tree)
            except errors.OperatorError:
                time.sleep(RETRY_PAUSE_S * 2**attempt)
        return self.grade(tree)


def run(
    chosen: settings.Settings, slug: str, folder: Path, advance: Advance
) -> list[csv_table.Line]:
    """Grade every submission of a folder; a line for each, by name.

    Args:
        advance: called with how many are done and how many there are.

    Raises:
        UploadRefused: the folder is not there or empty.
        OperatorError: no sandbox can be had.
    """
    if not folder.is_dir():
        raise errors.UploadRefused(f"{folder}: no such folder.")
    uploads = bulk_archive.scan(folder)
    assignment = assignments.load(chosen.course_dir, slug)
    kept = folder / RESULTS / f"{slug}-{assignment.suite_version()}"
    with grading_bench.open_bench(
        chosen, chosen.pool_size, grading_bench.one_time_owner()
    ) as bench:
        sweep = Sweep(
            assignment,
            lambda tree: bench.grader.grade(assignment, tree),
            kept,
            chosen.max_attempts,
        )
        return grade_all(sweep, uploads, capacity.workers(chosen), advance)


def grade_all(
    sweep: Sweep, uploads: bulk_archive.Uploads, parallel: int, advance: Advance
) -> list[csv_table.Line]:
    """A line for each upload, by name; a break leaves those that are ready on disk."""
    lines: list[csv_table.Line] = []
    pool = ThreadPoolExecutor(parallel)
    try:
        waiting = [pool.submit(sweep.line, name, files) for name, files in uploads.items()]
        for done, one in enumerate(as_completed(waiting), 1):
            lines.append(one.result())
            advance(done, len(waiting))
    finally:
        pool.shutdown(cancel_futures=True)
    return sorted(lines, key=lambda line: line.name)


def to_json(slug: str, lines: Sequence[csv_table.Line]) -> dict[str, Any]:
    """All lines with their whole reports."""
    return {"assignment": slug, "submissions": [_entry(line) for line in lines]}


def summary(lines: Sequence[csv_table.Line]) -> str:
    """The lines for a terminal: scores, and why there is none."""
    said = []
    for line in lines:
        if line.report and line.report.score is not None:
            score, maximum = float(line.report.score), float(line.report.max_score)
            said.append(f"{line.name:24} {score:7.2f} / {maximum:g}")
        else:
            said.append(f"{line.name:24} {line.state}: {' '.join(line.reasons)}")
    return "\n".join(said)


def _entry(line: csv_table.Line) -> dict[str, Any]:
    known = dataclasses.asdict(dataclasses.replace(line, report=None))
    return known | {"report": results.to_json(line.report) if line.report else None}


def _kept(path: Path) -> models.Report | None:
    try:
        return codec.report(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):  # the latter is another release's
        return None


def _keep(path: Path, report: models.Report) -> None:
    """Write whole or not at all: a call may be broken off at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write_whole(path, codec.encode(report).encode())


def write(
    slug: str, lines: Sequence[csv_table.Line], csv_file: Path | None, json_file: Path | None
) -> None:
    """Write the formats asked for."""
    if csv_file:
        csv_file.write_text(csv_table.to_csv(lines))
    if json_file:
        json_file.write_text(json.dumps(to_json(slug, lines), indent=2) + "\n")
