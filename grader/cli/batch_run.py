"""`grader batch`: a folder of submissions graded here, without a server; it can be broken off.

Owns the order, the parallel work, and the folder of results that makes a second call go on where
the first ended. Splitting, intake and grading are the service's own, so the results are the same.

Theory of operation
    Each result is written to `.grader/` in the folder as soon as it is there, under the hash of
    what was submitted and the version of the suite. A later call takes it from there, unless the
    submission or the suite has changed. After a change of the suite only the tests that it can have
    changed are run; the other results are kept from the version before. Uploads are checked again,
    which takes no sandbox; failures of the machine are tried again.
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
from grader.confined import reader
from grader.exchange import csv_table, results
from grader.grading import bench, patience
from grader.intake import bulk_archive, source_rules, uploads
from grader.sandbox import capacity
from grader.store import codec

RESULTS = ".grader"
RETRY_PAUSE_S = 2.0

Files = Sequence[tuple[str, bytes]]
Advance = Callable[[int, int], None]
State = models.SubmissionState


@dataclass(frozen=True, slots=True)
class Sweep:
    """One call over one folder.

    Attributes:
        read, grade: of one upload; called from several threads at once. `grade` gets the report of
            an earlier version of the suite, if there is one.
        results_dir: folder of the results under this version of the suite.
        tries: of one submission when the machine fails.
        every_test: take nothing from earlier calls, of whatever version.
    """

    assignment: assignments.Assignment
    read: Callable[[bytes], source_rules.CheckedUpload]
    grade: Callable[[source_rules.CheckedUpload, models.Report | None], models.Report]
    results_dir: Path
    tries: int
    every_test: bool = False

    def line(self, name: str, files: Files) -> csv_table.Line:
        """Grade one upload, or take its result from an earlier call."""
        path = self.results_dir / f"{uploads.digest(self.assignment.slug, files)}.json"
        report = _read_result(path)
        if report is not None and not self.every_test:
            return csv_table.Line(name, State.DONE, (), report)
        manifest = self.assignment.manifest
        try:
            upload = self.read(uploads.pack(files, manifest))
            report = self._graded(upload, None if self.every_test else self._earlier(path.name))
        except errors.UploadRefused as exc:
            return csv_table.Line(name, State.REFUSED, exc.reasons)
        except (errors.OperatorError, errors.SuiteError) as exc:
            return csv_table.Line(name, State.FAILED, (str(exc),))
        _write_result(path, report)
        return csv_table.Line(name, State.DONE, (), report)

    def _earlier(self, name: str) -> models.Report | None:
        """The newest result of the same upload under another version of the suite."""
        folders = self.results_dir.parent.glob(f"{self.assignment.slug}-{'[0-9a-f]' * 16}")
        paths = [path for folder in folders if (path := folder / name).is_file()]
        paths.sort(key=lambda path: path.stat().st_mtime)
        return _read_result(paths[-1]) if paths else None

    def _graded(
        self, upload: source_rules.CheckedUpload, earlier: models.Report | None
    ) -> models.Report:
        for attempt in range(1, self.tries):
            try:
                return self.grade(upload, earlier)
            except errors.OperatorError:
                time.sleep(RETRY_PAUSE_S * 2**attempt)
        return self.grade(upload, earlier)


def run(
    chosen: settings.Settings,
    slug: str,
    folder: Path,
    advance: Advance,
    *,
    every_test: bool = False,
) -> list[csv_table.Line]:
    """Grade every submission of a folder; a line for each, by name.

    Args:
        advance: called with how many are done and how many there are.
        every_test: run every test, also where the result of an earlier call holds.

    Raises:
        UploadRefused: the folder is not there or empty.
        OperatorError: no sandbox can be had.
    """
    if not folder.is_dir():
        raise errors.UploadRefused(f"{folder}: no such folder.")
    students = bulk_archive.scan(folder)
    assignment = assignments.load(chosen.course_dir, slug)
    results_dir = folder / RESULTS / f"{slug}-{assignment.suite_version()}"
    owner = bench.one_time_owner()
    with (
        reader.Reader() as confined,
        bench.open_bench(chosen, chosen.pool_size, owner) as workbench,
    ):
        sweep = Sweep(
            assignment,
            lambda upload: confined.read(upload, assignment),
            lambda upload, earlier: patience.patiently(
                lambda: workbench.grader.grade(assignment, upload, earlier=earlier)
            ),
            results_dir,
            chosen.max_attempts,
            every_test,
        )
        return grade_all(sweep, students, capacity.workers(chosen), advance)


def grade_all(
    sweep: Sweep, students: bulk_archive.Uploads, parallel: int, advance: Advance
) -> list[csv_table.Line]:
    """A line for each upload, by name; a break leaves those that are ready on disk."""
    lines: list[csv_table.Line] = []
    pool = ThreadPoolExecutor(parallel)
    try:
        waiting = [pool.submit(sweep.line, name, files) for name, files in students.items()]
        for done, graded in enumerate(as_completed(waiting), 1):
            lines.append(graded.result())
            advance(done, len(waiting))
    finally:
        pool.shutdown(cancel_futures=True)
    return sorted(lines, key=lambda line: line.name)


def to_json(slug: str, lines: Sequence[csv_table.Line]) -> dict[str, Any]:
    """All lines with their whole reports."""
    return {"assignment": slug, "submissions": [_entry(line) for line in lines]}


def summary(lines: Sequence[csv_table.Line]) -> str:
    """The lines for a terminal: scores, and why there is none."""
    texts = []
    for line in lines:
        if line.report and line.report.score is not None:
            score, maximum = float(line.report.score), float(line.report.max_score)
            texts.append(f"{line.name:24} {score:7.2f} / {maximum:g}")
        else:
            texts.append(f"{line.name:24} {line.state}: {' '.join(line.reasons)}")
    graded = [line.report for line in lines if line.report]
    ran, kept = sum(report.ran for report in graded), sum(report.kept for report in graded)
    if kept:
        texts.append(f"{ran} tests were run; {kept} results were kept: nothing of them changed.")
    return "\n".join(texts)


def _entry(line: csv_table.Line) -> dict[str, Any]:
    fields = dataclasses.asdict(dataclasses.replace(line, report=None))
    return fields | {"report": results.to_json(line.report) if line.report else None}


def _read_result(path: Path) -> models.Report | None:
    try:
        return codec.report(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):  # the latter is another release's
        return None


def _write_result(path: Path, report: models.Report) -> None:
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
