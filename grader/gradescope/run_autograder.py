"""Grading inside a Gradescope container: the program that an exported `run_autograder` starts.

Owns the way from /autograder/submission to /autograder/results/results.json. The same intake,
rules, suite, proxy and scoring as the service's; what differs is the wall between the two sides.

There is one container for the suite and the submission, so the wall is a user: this program runs
as root and reads the suite from folders that are closed to others; the submission runs as
`nobody`, in processes of its own, and is asked over the same socket. There is no second container,
no cut network and no kernel filter, and CPU budgets check nothing. docs/gradescope.md says what
that means.
"""

import argparse
import contextlib
import functools
import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.assignment import manual_instead, provided_files
from grader.confined import kernel, reader
from grader.datasets import files as data_files
from grader.gradescope import results as gradescope_results
from grader.intake import ignored_files, source_rules, uploads
from grader.rpc import host
from grader.scoring import points
from grader.suite import collect, datasets, local_run, plugin, pytest_run, run_options, run_terms

NOBODY = 65534
NO_BUDGETS = "CPU time is not measured here, so that time budgets were not checked."


def main() -> None:
    """Entry point: grade the submission of this container and write its results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=Path("/autograder"))
    parser.add_argument("--guest", type=Path, default=Path("/opt/grader-guest"))
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise errors.OperatorError(
            "This runs as root, to read the hidden tests and to start the submission as nobody."
        )
    course = options.root / "source" / "course"
    assignment = assignments.load(course, assignments.slugs(course)[0])
    found = results(assignment, options.root / "submission", options.guest, course / "datasets")
    target = options.root / "results"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    (target / "results.json").write_text(json.dumps(found, indent=2) + "\n")


def results(
    assignment: assignments.Assignment, folder: Path, guest: Path, data: Path
) -> dict[str, Any]:
    """The content of results.json for a folder of files; a refused upload says why.

    Args:
        guest: folder with the guest's half of the wire, which everybody may read.
        data: folder of data sets, the held-back halves too.
    """
    try:
        files = list(ignored_files.in_folder(folder, links=False))
        with reader.Reader() as confined:
            upload = confined.read(uploads.pack(files, assignment.manifest), assignment)
    except errors.UploadRefused as exc:
        said = "\n".join(("This was not graded:", *exc.reasons))
        return {"score": 0.0, "output": said, "output_format": gradescope_results.TEXT}
    return gradescope_results.to_results(_graded(assignment, upload, guest, data))


def _graded(
    assignment: assignments.Assignment,
    upload: source_rules.CheckedUpload,
    guest: Path,
    data: Path,
) -> models.Report:
    began = time.monotonic()
    remarks = data_files.require(data, assignment.manifest.datasets, assignment.slug)
    tree = provided_files.overlay(upload.tree, provided_files.files(assignment))
    collected = collect.Results()
    by_hand = manual_instead.lacking(assignment.manifest, tree.files)
    options = run_options.RunOptions(without=tuple(task.id for task in by_hand))
    files = tree.files | provided_files.helpers(assignment)
    _run(assignment, files, collected, guest, data, options)
    remarks += manual_instead.notes(by_hand) + collected.notebook_notes(tree.files)
    budgets = run_options.files_with_budgets(assignment.suite_dir)
    notes = (*tree.notes, *remarks, *((NO_BUDGETS,) if budgets else ()))
    seconds = time.monotonic() - began
    timing = models.Timing(tests_s=seconds, total_s=seconds)
    cases, outcomes = collected.cases, collected.outcomes
    violations = source_rules.after_run(assignment.manifest, upload, cases, outcomes)
    graded = manual_instead.applied(assignment, by_hand)
    return points.score(graded, cases, outcomes, timing, notes, violations)


def _run(
    assignment: assignments.Assignment,
    files: Mapping[str, bytes],
    collected: collect.Results,
    guest: Path,
    data: Path,
    options: run_options.RunOptions,
) -> None:
    """Run the suite in this process; raises what kept it from running."""
    limits = assignment.manifest.limits
    bounds = host.Bounds(limits.test_s, run_options.data_bytes(limits), limits.output_bytes)
    datasets.use(str(data))
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        stack.callback(_end_all)
        launch = functools.partial(_launch_as_nobody, guest, data, limits.pids)
        sandboxes = local_run.LocalSandboxes(
            files, stack, assignment.manifest.runtime, launch=launch
        )
        terms = run_terms.RunTerms(
            sandboxes,
            bounds,
            limits.run_s,
            collected.add,
            options=options,
            slow_test_s=limits.slow_test_s,
        )
        suite = plugin.Plugin(assignment.suite_dir, terms)
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = scratch
        folders = run_options.test_folders(assignment.suite_dir)
        pytest_run.run(suite, assignment.suite_dir, folders)
    if suite.fault is not None:
        raise suite.fault


def _launch_as_nobody(
    guest: Path, data: Path, pids: int, command: Sequence[str], folder: Path
) -> "subprocess.Popen[bytes]":
    """Start a guest that cannot read what is root's, and nobody of its children either."""
    folder.chmod(0o711)
    (folder / "s").chmod(0o666)
    os.chown(folder / "scratch", NOBODY, NOBODY)
    own = str(Path(__file__).parents[2])
    others = [p for p in os.environ.get("PYTHONPATH", "").split(":") if p and p != own]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": ":".join([str(guest), *others]),
        "GRADER_DATA": str(data / "public"),
        "HOME": str(folder / "scratch"),
        "MPLCONFIGDIR": str(folder / "scratch"),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "LANG": "C.UTF-8",
    }
    return subprocess.Popen(  # noqa: S603  # our own guest
        command, env=environment, cwd="/", user=NOBODY, group=NOBODY, extra_groups=[],
        stdin=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=functools.partial(_limit, pids),  # no other thread runs here
    )  # fmt: skip


def _limit(pids: int) -> None:
    resource.setrlimit(resource.RLIMIT_NPROC, (pids, pids))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kernel.no_new_privileges()


def _end_all() -> None:
    """End whatever the submission left running: as its user, so that nothing else is met."""
    pid = os.fork()
    if pid == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
