"""What is watched while hostile submissions are graded: leases, the host's files, memory and time.

A bench grades one upload as the service's worker does and says what it saw; `invariants` are the
checks that hold after every case, whatever the submission did.
"""

import base64
import contextlib
import json
import multiprocessing
import re
import resource
import struct
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader import models
from grader.assignment import manifest
from grader.confined import reader
from grader.exchange import junit, results
from grader.grading import submission_grader
from grader.intake import uploads
from grader.sandbox import container, policy, pool
from grader.scoring import redaction
from tests.hostile import course
from tests.support import machine

ROOT = Path(__file__).parents[2]
MARKER = "hostile-was-here"  # what submissions try to leave on the host
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
GONE_WITHIN_S = 10.0  # 2 s where the machine is idle; the slowest is printed with the table
SPARES_WITHIN_S = 120.0
SHARDS = 2  # of each submission; as many sandboxes are warm
WATCHED = ("grader", "tests/suites", "reference", "student_template")
RAW_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Recording:
    """The pool, with a note of every sandbox that was leased from it."""

    sandboxes: pool.Pool
    leased: list[tuple[str, str]] = field(default_factory=list)

    @contextlib.contextmanager
    def lease(self, profile: policy.Profile) -> Iterator[container.Sandbox]:
        with self.sandboxes.lease(profile) as sandbox:
            self.leased.append((sandbox.container_id, sandbox.lease))
            yield sandbox

    @contextlib.contextmanager
    def spare(self, profile: policy.Profile) -> Iterator[container.Sandbox | None]:
        with self.sandboxes.spare(profile) as sandbox:
            if sandbox:
                self.leased.append((sandbox.container_id, sandbox.lease))
            yield sandbox

    def was_killed(self, sandbox: container.Sandbox) -> bool:
        return self.sandboxes.was_killed(sandbox)

    def kill(self, sandbox: container.Sandbox) -> None:
        self.sandboxes.kill(sandbox)


@dataclass
class Bench:
    """A grader with everything that a submission could have touched in view."""

    confined: reader.Reader
    grader: submission_grader.Grader
    engine: container.Engine
    recording: Recording
    run_dir: Path
    docker: object
    honest: manifest.Assignment
    canary: str
    slowest_removal_s: float = 0.0

    def grade(self, target: manifest.Assignment, upload: list[tuple[str, bytes]]):
        """The instructor's report of an upload, by the way of the service: pack, read, grade."""
        read = self.confined.read(uploads.pack(upload, target.manifest), target)
        self._await_spares(target)
        return self.grader.grade(target, read)

    def _await_spares(self, target: manifest.Assignment) -> None:
        """Each submission meets the case that is worst for it: a sandbox for each shard is warm."""
        profile = self.grader.profile(target.manifest)
        deadline = time.monotonic() + SPARES_WITHIN_S
        self.recording.sandboxes.prewarm(profile)
        while self.recording.sandboxes.stats().starting:
            assert time.monotonic() < deadline, "no warm sandboxes"
            time.sleep(0.01)

    def check_gone(self) -> None:
        """(c) Containers, processes, sockets and mounts of every past lease are gone soon."""
        started = time.monotonic()
        while left := self._left():
            assert time.monotonic() - started < GONE_WITHIN_S, left
            time.sleep(0.02)
        self.slowest_removal_s = max(self.slowest_removal_s, time.monotonic() - started)
        self.recording.leased.clear()

    def _left(self) -> list[str]:
        living = {c["Id"] for c in self.docker.api.containers(all=True)}
        groups = "".join(_text(path) for path in Path("/proc").glob("[0-9]*/cgroup"))
        mounts = _text(Path("/proc/self/mountinfo"))
        found = []
        for name, lease in self.recording.leased:
            found += [f"container {name[:12]}"] if name in living else []
            found += [f"process of {name[:12]}"] if name in groups else []
            found += [f"mount of {name[:12]}"] if name in mounts else []
            found += [f"socket folder {lease}"] if (self.run_dir / lease).exists() else []
        return found

    def check_alive(self) -> None:
        """(d) The next honest submission earns everything."""
        report = self.grade(self.honest, [("layers.py", course.HONEST.encode())])
        assert report.score == report.max_score == 40, [t.message for t in report.tests]

    def check_unseen(self, report: models.Report, target: manifest.Assignment) -> str:
        """(b) Nothing hidden, no path of ours and no raw control character reaches a student."""
        shown = redaction.redact(report, models.Audience.STUDENT, datetime.now(UTC))
        pages = [json.dumps(results.to_json(shown), ensure_ascii=False), junit.to_xml(shown)]
        ET.fromstring(pages[1])
        # A hash, which once began with the digits that are looked for.
        pages = [page.replace(report.suite_version, "") for page in pages]
        for secret in secrets_of(self.canary, target):
            assert not [page[at - 80 : at + 80] for page in pages if (at := page.find(secret)) >= 0]
        told = "".join(t.message + t.output for t in shown.tests)
        assert not RAW_CONTROL.search(told), RAW_CONTROL.search(told)
        assert shown.timing == models.Timing(total_s=round(shown.timing.total_s))
        return "".join(pages)


def secrets_of(canary: str, target: manifest.Assignment) -> list[str]:
    """Texts that would betray something hidden: names, values in several spellings, places."""
    raw = struct.pack("<d", course.HIDDEN_INPUT)
    spellings = [repr(course.HIDDEN_INPUT), raw.hex(), base64.b64encode(raw).decode()[:10], "31337"]
    places = [str(target.suite_dir), str(ROOT), "test_hidden"]
    return [canary, *spellings, *places, "Falsifying"]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process has just ended
        return ""


def host_files() -> dict[str, tuple[int, int]]:
    """(e) Files of ours on the host, with size and time of change, and what a case left behind."""
    paths = [
        p for name in WATCHED for p in (ROOT / name).rglob("*") if "__pycache__" not in p.parts
    ]
    stats = {str(p): p.stat() for p in paths if p.is_file()}
    marks = [p for top in TEMPORARY for p in Path(top).glob(f"*{MARKER}*")]
    assert not marks, marks
    return {name: (s.st_size, s.st_mtime_ns) for name, s in stats.items()}


@dataclass(frozen=True)
class Cost:
    """What a call in a process of its own said and used."""

    answer: object
    seconds: float  # of processor time, as on a quiet machine
    megabytes: float


def measured(call: Callable[[], object]) -> Cost:
    """Run a call in a fork of this process; its answer, processor time and growth in memory."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_measure, args=(call, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join(60)


def _measure(call: Callable[[], object], pipe) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowness = machine.slowness()
    started = time.process_time()  # the wall clock says more of the machine than of the call
    answer = call()
    took = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    seconds = took / max(slowness, machine.slowness())
    pipe.send(Cost(answer, seconds, grown / 1024))
