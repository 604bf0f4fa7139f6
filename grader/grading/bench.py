"""Grading without a server: what `grade`, `batch` and `suite check` do.

Owns the lifetime of a private pool and suite template. The same grading as the service's worker,
called directly; what a terminal shows of it is `grader.cli.terminal`'s.
"""

import contextlib
import dataclasses
import functools
import logging
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader import errors, models, settings
from grader.assignment import manifest as assignments
from grader.assignment import suite_sources
from grader.authoring import suite_check, suite_quality, template_builder
from grader.confined import reader
from grader.datasets import files
from grader.grading import patience, submission_grader
from grader.intake import ignored_files, source_rules, uploads
from grader.sandbox import capacity, container, pool, selftest
from grader.scoring import redaction
from grader.suite import collect, forkserver

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """A grader and the engine under it."""

    grader: submission_grader.Grader
    engine: container.Engine
    suites: forkserver.SuiteTemplate
    sandboxes: pool.Pool


@contextlib.contextmanager
def open_bench(
    chosen: settings.Settings, warm: int, owner: str, run_dir: Path | None = None
) -> Iterator[Bench]:
    """A grader of one's own; its sandboxes are gone when the block ends.

    The confinement is probed from inside a sandbox first, while the suite template imports.

    Args:
        warm: sandboxes kept ready; 0 starts each on demand.
        owner: label of the sandboxes, of one process at a time; those that an earlier process of
            this name left behind are removed.
        run_dir: folder for the sandboxes' sockets; by default a temporary one.

    Raises:
        SandboxUnavailable: no engine, no image, or a control is not in force.
    """
    with contextlib.ExitStack() as stack:
        # A short path: the name of a Unix socket may have about 100 characters.
        if run_dir is None:
            parent = chosen.run_dir or None
            folder = tempfile.TemporaryDirectory(prefix="grader-", dir=parent)
            run_dir = Path(stack.enter_context(folder))
        engine = container.Engine(run_dir, owner, files.public_dir_if_any(chosen.datasets))
        engine.check(chosen.sandbox_image)
        suites = stack.enter_context(forkserver.SuiteTemplate())
        engine.reap()
        readable = patience.patiently(
            lambda: selftest.verify(engine, chosen.sandbox_image, chosen.sandbox_runtime)
        )
        for missing in readable.missing:
            log.warning("this machine does not show %s", missing)
        sandboxes = stack.enter_context(contextlib.closing(pool.Pool(engine, warm)))
        image, runtime = chosen.sandbox_image, chosen.sandbox_runtime
        processors = capacity.workers(chosen)
        grader = submission_grader.Grader(
            sandboxes, suites, image, runtime, chosen.datasets, processors, engine.image_id
        )
        yield Bench(grader, engine, suites, sandboxes)


def one_time_owner() -> str:
    """An owner label for a process without a data folder."""
    return f"local-{uuid.uuid4().hex[:12]}"


def read(paths: Sequence[Path], manifest: assignments.Manifest) -> models.FileTree:
    """Files of the course's own on disk, through the same intake as an upload.

    In this process: strangers' files are for `confined.reader`.

    Raises:
        UploadRefused: a rule of intake is broken, or nothing is there.
    """
    return uploads.unpack(pack(paths, manifest), manifest)


def pack(paths: Sequence[Path], manifest: assignments.Manifest) -> bytes:
    """Files of a submission on disk as the zip that the service would store; raises as `read`."""
    return uploads.pack([file for path in paths for file in uploads_of(path)], manifest)


def uploads_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of what a person would upload from here: one file, or a folder's files.

    Raises:
        UploadRefused: nothing is there.
    """
    if path.is_file():
        yield path.name, path.read_bytes()
    elif path.is_dir():
        yield from ignored_files.in_folder(path)
    else:
        raise errors.UploadRefused(f"{path}: no such file or folder.")


def grade(
    chosen: settings.Settings,
    slug: str,
    paths: Sequence[Path],
    audience: str,
    progress: collect.OnProgress | None = None,
) -> models.Report:
    """Grade files on disk and redact the report for an audience.

    Args:
        progress: called after each test and each phase.
    """
    try:
        shown_to = models.Audience(audience)
    except ValueError:
        raise errors.SuiteError(
            f"--audience {audience}: choose one of {', '.join(models.Audience)}."
        ) from None
    assignment = assignments.load(chosen.course_dir, slug)
    packed = pack(paths, assignment.manifest)
    with reader.Reader() as confined:
        upload = confined.read(packed, assignment)
    with open_bench(chosen, 0, one_time_owner()) as bench:
        report = patience.patiently(
            lambda: bench.grader.grade(assignment, upload, progress=progress)
        )
    return redaction.redact(report, shown_to, datetime.now(UTC))


def check_suite(
    chosen: settings.Settings,
    slug: str,
    named: int,
    generated: int,
    advance: suite_check.Advance,
) -> suite_quality.Quality:
    """Reference, template and mutants of an assignment through the real pipeline.

    Args:
        named: how many named mutants at most; 0 takes all.
        generated: how many machine-made mutants at most.
        advance: told how many submissions of how many are graded.

    Raises:
        SuiteError: a file cannot be read, does not fit the others, or is not there.
    """
    assignment = assignments.load(chosen.course_dir, slug)
    suite_sources.check(assignment)  # what it finds has a place, and takes no sandbox
    if not assignment.template_dir.is_dir():
        raise errors.SuiteError(
            f"{assignment.template_dir}: there is no template yet; write it with "
            f"`grader template build {slug}`."
        )
    drift = template_builder.check(assignment)  # what is given out is not what is graded here
    with open_bench(chosen, chosen.pool_size, one_time_owner()) as bench:
        found = quality(
            bench,
            assignment,
            named=named,
            generated=generated,
            parallel=capacity.workers(chosen),
            advance=advance,
        )
    return dataclasses.replace(found, sources=(*drift, *found.sources))


def _read_folder(assignment: assignments.Assignment, folder: Path) -> models.FileTree:
    return read([folder], assignment.manifest)


def quality(
    bench: Bench,
    assignment: assignments.Assignment,
    *,
    named: int = 0,
    generated: int = 0,
    parallel: int = 1,
    advance: suite_check.Advance = lambda _done, _total: None,
    through: Callable[[suite_check.Grade], suite_check.Grade] = lambda grade: grade,
) -> suite_quality.Quality:
    """The same on a bench that is there; see `suite_check.check`.

    Args:
        through: what each grading goes through.
    """
    rules = source_rules.rules_of(assignment)
    reference = _read_folder(assignment, assignment.reference_dir)

    def grade(trial: suite_check.Trial) -> models.Report:
        tree = source_rules.check(rules, trial.tree)
        report = patience.patiently(
            lambda: bench.grader.grade(assignment, tree, options=trial.options)
        )
        if trial.tree == reference:
            bench.grader.note_reference(assignment, report)
        return report

    return suite_check.check(
        assignment,
        through(grade),
        functools.partial(_read_folder, assignment),
        named=named,
        generated=generated,
        parallel=parallel,
        advance=advance,
    )
