"""Where the processor's time of one submission goes, beside the limit: its tests and nothing else.

Owns one table: `python -m benchmarks.processor [SLUG ...]`. A reference's quick tests, three times:
through a real sandbox, where the suite's and the sandbox's share are told apart (the kernel's
figures), and in one process with the submission that has everything imported already, which is what
the tests themselves take. The start of a sandbox, paid ahead of the upload, is in the table of
isolation.
"""

import contextlib
import gc
import importlib
import io
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from benchmarks import ways
from grader import settings
from grader.assignment import manifest as assignments
from grader.datasets import files as datasets
from grader.grading import submission_grader
from grader.rpc import host
from grader.sandbox import cgroup, container
from grader.suite import run_options, suite_process

RUNS = 2
SLUGS = ("eecs545_hw4", "csc413_a2", "cs7643_a2", "cpsc663_ex2", "csci5527_hw3")
NO_FORCED_COLLECTION = ("-p", "no:unraisableexception")  # pytest's own: of the whole heap
SUITE, SANDBOX, ALONE = "suite process", "sandbox", "the tests alone, in one warm process"

Rows = dict[str, dict[str, list[float]]]  # slug -> share -> CPU seconds


class One:
    """The one sandbox of a run."""

    def __init__(self, guest: host.Guest) -> None:
        self._guest = guest

    def guest(self) -> host.Guest:
        """The same for every test."""
        return self._guest

    def lost(self, _loss: host.GuestLost) -> None:
        """A reference ends no sandbox."""
        raise RuntimeError("the sandbox was lost")

    def renew(self) -> None:
        """There are no slow tests."""


def measure(slugs: Sequence[str] = SLUGS, runs: int = RUNS) -> Rows:
    """CPU seconds of each share for the reference of each assignment."""
    return {slug: _of(slug, runs) for slug in slugs}


def _of(slug: str, runs: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {SUITE: [], SANDBOX: [], ALONE: []}
    for _ in range(runs):
        suite, sandbox = _forked(_apart, slug)
        seconds[SUITE].append(suite)
        seconds[SANDBOX].append(sandbox)
        seconds[ALONE].append(_forked(_together, slug)[0])
    return seconds


def _forked(action: Callable[[str], tuple[float, ...]], slug: str) -> tuple[float, ...]:
    """In a process of its own, forked from this one, whose libraries are loaded."""
    for name in suite_process.PRELOAD:
        importlib.import_module(name)
    os.environ |= ways.VARIABLES
    torch.set_num_threads(1)  # as the grader has it on both sides
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(action, slug).result()


def _apart(slug: str) -> tuple[float, float]:
    """CPU seconds of the suite process and of the sandbox."""
    chosen, assignment = settings.from_environment(), assignments.load(ways.ROOT, slug)
    profile = submission_grader.Grader(None, None, chosen.sandbox_image).profile(
        assignment.manifest
    )  # type: ignore[arg-type]  # nothing is graded by it
    limits = assignment.manifest.limits
    request = suite_process.SuiteRequest(
        *(str(assignment.suite_dir), run_options.TEST_FOLDERS, limits.test_s, limits.run_s),
        *(run_options.data_bytes(limits), limits.output_bytes),
        options=run_options.RunOptions(slow=False),
        datasets_dir=str(ways.DATASETS),
    )
    with tempfile.TemporaryDirectory(prefix="gr-") as name:  # short: sockets lie in it
        owner, public = f"bench-{uuid.uuid4().hex[:8]}", datasets.public_dir_if_any(ways.DATASETS)
        engine = container.Engine(Path(name), owner, public)
        sandbox = engine.start(profile)
        try:
            return _run(request, sandbox, _files(assignment))
        finally:
            engine.destroy(sandbox)


def _files(assignment: assignments.Assignment) -> dict[str, bytes]:
    with ways.folder_of(assignment, assignment.reference_dir) as folder:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


def _run(
    request: suite_process.SuiteRequest, sandbox: container.Sandbox, files: dict[str, bytes]
) -> tuple[float, float]:
    null = os.open(os.devnull, os.O_RDONLY)
    fds = (sandbox.meters.memory_fd, sandbox.meters.cpu_fd, sandbox.meters.peak_fd)
    meter = suite_process.KernelMeter(*(null if fd is None else fd for fd in fds))
    guest = host.Guest(sandbox.listener, sandbox.control, meter)
    guest.load(files)
    ours, theirs = socket.socketpair()
    threading.Thread(target=_drain, args=[theirs], daemon=True).start()
    began, inside = time.process_time(), cgroup.cpu_seconds(sandbox.meters.cpu_fd) or 0.0
    suite_process.run(request, One(guest), ours)
    used = cgroup.cpu_seconds(sandbox.meters.cpu_fd) or 0.0
    return time.process_time() - began, used - inside


def _drain(channel: socket.socket) -> None:
    while channel.recv(2**16):
        pass


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
        f"| assignment, CPU s | {SUITE} | {SANDBOX} | together | {ALONE} | times |",
        "|---|---|---|---|---|---|",
    ]
    for slug, kinds in rows.items():
        suite, sandbox, alone = (statistics.median(seconds) for seconds in kinds.values())
        whole = suite + sandbox
        lines.append(
            f"| {slug} | {suite:.2f} | {sandbox:.2f} | {whole:.2f} | {alone:.2f} "
            f"| {whole / alone:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure(sys.argv[1:] or SLUGS)) + "\n")
