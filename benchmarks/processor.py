"""Where the processor's time of one submission goes, beside the limit: its tests and nothing else.

Owns one table: `python -m benchmarks.processor [SLUG ...]`. A reference's quick tests as the
service grades them, with the template of the suite ready, where the start of the sandbox, the
sandbox and the suite process are told apart (the kernel's figures); and in one process with the
submission that has everything imported already, which is what the tests themselves take.
"""

import contextlib
import gc
import importlib
import io
import os
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from benchmarks import ways
from grader import settings
from grader.assignment import manifest as assignments
from grader.datasets import files as datasets
from grader.grading import bench, submission_grader
from grader.intake import source_rules
from grader.sandbox import cgroup, container, policy
from grader.suite import forkserver, run_options

RUNS = 3
SLUGS = ("eecs545_hw4", "csc413_a2", "cs7643_a2", "cpsc663_ex2", "csci5527_hw3")
NO_FORCED_COLLECTION = ("-p", "no:unraisableexception")  # pytest's own: of the whole heap
LIBRARIES = ("scipy.signal", "scipy.special", "hypothesis", "torch.nn.functional", "torch._dynamo")
START, SANDBOX, SUITE = "start of the sandbox", "sandbox", "suite process"
ALONE = "the tests alone, in one warm process"
QUICK = run_options.RunOptions(slow=False)
WARM_S = 60.0  # until a suite's own template is ready

Rows = dict[str, dict[str, list[float]]]  # slug -> share -> CPU seconds


@dataclass
class Sandboxes:
    """One sandbox for each lease, and the processor time that each took."""

    engine: container.Engine
    started_s: list[float] = field(default_factory=list)
    used_s: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def lease(self, profile: policy.Profile) -> Iterator[container.Sandbox]:
        """A sandbox of its own, and its figures."""
        sandbox = self.engine.start(profile)
        before = cgroup.cpu_seconds(sandbox.meters.cpu_fd) or 0.0
        self.started_s.append(before)
        try:
            yield sandbox
        finally:
            now = cgroup.cpu_seconds(sandbox.meters.cpu_fd) or 0.0
            self.used_s.append(now - before)
            self.engine.destroy(sandbox)

    def spare(self, _profile: policy.Profile) -> contextlib.nullcontext[None]:
        """None: one processor is enough."""
        return contextlib.nullcontext()

    def was_killed(self, _sandbox: container.Sandbox) -> bool:
        """Nobody does."""
        return False

    def kill(self, sandbox: container.Sandbox) -> None:
        """As the pool does."""
        self.engine.kill(sandbox)


def measure(slugs: Sequence[str] = SLUGS, runs: int = RUNS) -> Rows:
    """CPU seconds of each share for the reference of each assignment."""
    with tempfile.TemporaryDirectory(prefix="gr-") as name:  # short: sockets lie in it
        owner, public = f"bench-{uuid.uuid4().hex[:8]}", datasets.public_dir_if_any(ways.DATASETS)
        engine = container.Engine(Path(name), owner, public)
        with forkserver.SuiteTemplate() as suites:
            return {slug: _of(slug, runs, engine, suites) for slug in slugs}


def _of(
    slug: str, runs: int, engine: container.Engine, suites: forkserver.SuiteTemplate
) -> dict[str, list[float]]:
    sandboxes = Sandboxes(engine)
    image = settings.from_environment().sandbox_image
    grader = submission_grader.Grader(sandboxes, suites, image, "", ways.DATASETS)
    assignment = assignments.load(ways.ROOT, slug)
    tree = bench.read([assignment.reference_dir], assignment.manifest)
    upload = source_rules.check(source_rules.rules_of(assignment), tree)
    for _ in range(2):  # with the second it is worth a template
        grader.grade(assignment, upload, options=QUICK)
    _await_templates(suites)
    seconds: dict[str, list[float]] = {START: [], SANDBOX: [], SUITE: [], ALONE: []}
    for _ in range(runs):
        sandboxes.started_s, sandboxes.used_s = [], []
        before = _suite_s(suites)
        grader.grade(assignment, upload, options=QUICK)
        seconds[SUITE].append(_suite_s(suites) - before)
        seconds[START].append(sum(sandboxes.started_s))
        seconds[SANDBOX].append(sum(sandboxes.used_s))
        seconds[ALONE].append(_forked(_together, slug)[0])
    return seconds


def _await_templates(suites: forkserver.SuiteTemplate) -> None:
    """Until no template of a single suite uses its processor any more."""
    deadline, before = time.monotonic() + WARM_S, -1.0
    while time.monotonic() < deadline and before != (now := sum(_template_s(suites))):
        before = now
        time.sleep(3.0)


def _suite_s(suites: forkserver.SuiteTemplate) -> float:
    """CPU seconds of all suite processes that have ended."""
    time.sleep(0.5)  # the last one is being reaped
    return sum(_stat(pid)[1] for pid in _templates(suites))


def _template_s(suites: forkserver.SuiteTemplate) -> Iterator[float]:
    return (_stat(pid)[0] for pid in _templates(suites))


def _templates(suites: forkserver.SuiteTemplate) -> list[int]:
    """Numbers of the common template and those of single suites."""
    assert suites._process is not None
    pids = [suites._process.pid]
    for each in list(suites._versions._by_version.values()):
        info = Path(f"/proc/self/fdinfo/{each._process._pidfd}").read_text()
        pids += [int(found[1])] if (found := re.search(r"^Pid:\s+(\d+)", info, re.M)) else []
    return pids


def _stat(pid: int) -> tuple[float, float]:
    """CPU seconds of a process, and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own, children = fields[11:13], fields[13:15]
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(map(int, own)) / ticks, sum(map(int, children)) / ticks


def _forked(action: Callable[[str], tuple[float, ...]], slug: str) -> tuple[float, ...]:
    """In a process of its own, forked from this one, whose libraries are loaded."""
    for name in LIBRARIES:
        importlib.import_module(name)
    os.environ |= ways.VARIABLES
    torch.set_num_threads(1)  # as the grader has it on both sides
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(action, slug).result()


def _together(slug: str) -> tuple[float]:
    """CPU seconds of pytest with suite and submission in this process."""
    assignment = assignments.load(ways.ROOT, slug)
    with ways.folder_of(assignment, assignment.reference_dir) as folder:
        os.environ |= ways.places(folder, ways.DATASETS)
        gc.freeze()  # the suite's template does so, too: collections pass over the libraries
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([*NO_FORCED_COLLECTION, *ways.arguments(assignment.suite_dir)[2:]])
        return (time.process_time() - began,)


def table(rows: Rows) -> str:
    """A Markdown table of medians."""
    lines = [
        f"| assignment, CPU s | {START} | {SANDBOX} | {SUITE} | all three | {ALONE} | times |",
        "|---|---|---|---|---|---|---|",
    ]
    for slug, kinds in rows.items():
        start, sandbox, suite, alone = (
            statistics.median(kinds[kind]) for kind in (START, SANDBOX, SUITE, ALONE)
        )
        whole = start + sandbox + suite
        lines.append(
            f"| {slug} | {start:.2f} | {sandbox:.2f} | {suite:.2f} | {whole:.2f} | {alone:.2f} "
            f"| {whole / alone:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure(sys.argv[1:] or SLUGS)) + "\n")
