"""The story of one submission: a file tree in, a report out.

Owns the order of events between sandbox, suite process and scoring, and the replacement of a lost
sandbox. Does not own intake, storage or retries: a machine fault leaves as an `OperatorError`.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader import assignment as assignments
from grader import conduct, errors, given, models, scoring
from grader.rpc import host
from grader.sandbox import container, policy
from grader.suite import events, runner, template

DATA_SHARE = 0.8  # of the container's memory: a clean MemoryError before the kernel's kill
GRACE_S = 30.0  # beyond run_s, before a suite process is given up
GUEST_PACKAGE = "stage"  # reserved: the suite's own helpers inside the sandbox

Progress = Callable[[models.Outcome, int, int], None]


class Sandboxes(Protocol):
    """Where sandboxes come from; each is used for one submission and then destroyed."""

    def lease(self, profile: policy.Profile) -> AbstractContextManager[container.Sandbox]:
        """A ready sandbox for the duration of the block."""


@dataclass(slots=True)
class Run:
    """What is known of a run while it goes on."""

    cases: tuple[models.TestCase, ...] = ()
    outcomes: tuple[models.Outcome, ...] = ()
    ended: bool = False

    def note(self, event: events.Event, progress: Progress | None) -> None:
        """Take up one event of the suite process.

        Raises:
            SuiteError: the suite is wrong.
            OperatorError: the machine failed.
        """
        if isinstance(event, events.Collected):
            self.cases = event.cases
        elif isinstance(event, events.Finished):
            self.outcomes += (event.outcome,)
            if progress:
                progress(event.outcome, len(self.outcomes), len(self.cases))
        elif isinstance(event, events.SuiteBroken):
            raise errors.SuiteError(event.message)
        elif isinstance(event, events.MachineFault):
            raise errors.OperatorError(event.message)


class Grader:
    """Grades submissions; safe to use from several threads at once.

    Args:
        sandboxes: the pool of sandboxes.
        suites: the preloaded template of suite processes.
        image: tag of the sandbox image.
        oci_runtime: runtime of the sandboxes; empty is the engine's default.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        suites: template.SuiteTemplate,
        image: str,
        oci_runtime: str = "",
    ) -> None:
        self._sandboxes = sandboxes
        self._suites = suites
        self._image = image
        self._oci_runtime = oci_runtime

    def profile(self, manifest: assignments.Manifest) -> policy.Profile:
        """The kind of sandbox that an assignment's submissions run in."""
        limits = manifest.limits
        return policy.Profile(
            image=self._image,
            preload=manifest.runtime,
            memory_bytes=limits.memory_bytes,
            pids=limits.pids,
            runtime=self._oci_runtime,
        )

    def grade(
        self,
        assignment: assignments.Assignment,
        tree: models.FileTree,
        *,
        queued_s: float = 0.0,
        progress: Progress | None = None,
        shrink: bool = True,
    ) -> models.Report:
        """Run the whole suite against one submission.

        Args:
            tree: the validated files.
            queued_s: seconds between upload and this call, for the report.
            progress: called with each outcome, the number so far and the number in all.
            shrink: make failing public examples small; a check of mutants reads none.

        Returns:
            The instructor's report.

        Raises:
            UploadRefused: the source breaks a rule that refuses it.
            SuiteError: the suite itself is wrong.
            OperatorError: the machine failed; try again.
        """
        started = time.monotonic()
        breaches = conduct.in_source(assignment, tree)
        tree = given.overlay(tree, given.files(assignment))
        files = tree.files | _guest_files(assignment.suite_dir)
        with contextlib.ExitStack() as stack:
            sandbox = self._sandbox(stack, assignment, files)
            process = stack.enter_context(
                contextlib.closing(
                    self._suites.spawn(_request(assignment, shrink), _fds(stack, sandbox))
                )
            )
            ready = time.monotonic()
            run = Run()
            for event in process.events(assignment.manifest.limits.run_s + GRACE_S):
                run.note(event, progress)
                if isinstance(event, events.SandboxLost):
                    process.hand_over(_fds(stack, self._sandbox(stack, assignment, files)))
            ended = time.monotonic()
        timing = models.Timing(
            queue_s=queued_s,
            sandbox_s=ready - started,
            tests_s=ended - ready,
            total_s=queued_s + ended - started,
        )
        breaches += conduct.in_output(assignment, tree, run.cases, run.outcomes)
        return scoring.score(assignment, run.cases, run.outcomes, timing, tree.notes, breaches)

    def _sandbox(
        self,
        stack: contextlib.ExitStack,
        assignment: assignments.Assignment,
        files: Mapping[str, bytes],
    ) -> container.Sandbox:
        """A sandbox with the submission in it; no line of it has run yet."""
        sandbox = stack.enter_context(self._sandboxes.lease(self.profile(assignment.manifest)))
        try:
            guest = host.Guest(sandbox.listener, sandbox.control, host.NoMeter())
            guest.load(files)
        except host.GuestLost as exc:
            raise errors.SandboxUnavailable(
                "A fresh sandbox died before any submitted code ran."
            ) from exc
        return sandbox


def _guest_files(suite_dir: Path) -> dict[str, bytes]:
    """The suite's helpers for inside the sandbox, under their reserved package."""
    folder = suite_dir / "guest"
    found = (path for path in assignments.plain_files(folder) if path.suffix == ".py")
    return {f"{GUEST_PACKAGE}/{p.relative_to(folder).as_posix()}": p.read_bytes() for p in found}


def _request(assignment: assignments.Assignment, shrink: bool) -> runner.Request:
    limits = assignment.manifest.limits
    folders = ("public", "hidden")
    return runner.Request(
        suite_dir=str(assignment.suite_dir.resolve()),
        folders=tuple(name for name in folders if (assignment.suite_dir / name).is_dir()),
        test_s=limits.test_s,
        run_s=limits.run_s,
        data_bytes=int(limits.memory_bytes * DATA_SHARE),
        output_bytes=limits.output_kb * 1024,
        shrink=shrink,
    )


def _fds(stack: contextlib.ExitStack, sandbox: container.Sandbox) -> list[int]:
    """Listener, control, memory meter, CPU meter; the null device stands for a missing meter."""
    null = os.open(os.devnull, os.O_RDONLY)
    stack.callback(os.close, null)
    memory_fd, cpu_fd = sandbox.meters.memory_fd, sandbox.meters.cpu_fd
    return [
        sandbox.listener.fileno(),
        sandbox.control.fileno(),
        null if memory_fd is None else memory_fd,
        null if cpu_fd is None else cpu_fd,
    ]
