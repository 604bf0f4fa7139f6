"""Figures about a sandbox that its inhabitants cannot forge, read from the kernel's cgroup files.

Owns opening and reading these files, for both cgroup versions; where they are is `cgroup_paths`'.
Imports neither an
engine's library nor anything heavy: the process that runs a suite has no access to the engine, is
handed the open descriptors and reads them here.

The kernel removes a cgroup with its last process. A descriptor then answers ENODEV, and the
readers say None: read before the sandbox is destroyed.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.sandbox import cgroup_paths

_READ_BYTES: Final = 4096  # every file read here is a few short lines
_NS_PER_S: Final = 1e9
_US_PER_S: Final = 1e6


@dataclass(frozen=True, slots=True)
class Meters:
    """Open read-only descriptors; None where the machine does not show the file.

    Attributes:
        memory_fd: `memory.oom_control` (v1) or `memory.events` (v2).
        cpu_fd: `cpuacct.usage` (v1) or `cpu.stat` (v2).
        peak_fd: `memory.max_usage_in_bytes` (v1) or `memory.peak` (v2), open for writing, too,
            where that is allowed: writing sets the peak to what is held at that moment.
    """

    memory_fd: int | None = None
    cpu_fd: int | None = None
    peak_fd: int | None = None

    def close(self) -> None:
        """Close both descriptors; only once, as their numbers are reused."""
        for fd in (self.memory_fd, self.cpu_fd, self.peak_fd):
            if fd is not None:
                os.close(fd)


@dataclass(frozen=True, slots=True)
class Readable:
    """Which figures of a sandbox this machine shows.

    Attributes:
        memory: kills for lack of memory.
        cpu: processor time.
        peak: the most memory held, for each test apart.
    """

    memory: bool
    cpu: bool
    peak: bool

    @property
    def missing(self) -> list[str]:
        """What follows from each figure that cannot be read, in words."""
        said = {
            "memory kills: a test that runs out of memory reads as a crash": self.memory,
            "processor time: slow code is not judged, and busy hours count": self.cpu,
            "peak memory of single tests: shown as a dash": self.peak,
        }
        return [text for text, there in said.items() if not there]


def readable(meters: Meters) -> Readable:
    """Try the meters of a running sandbox; its peak is measured from now on where it can be."""
    return Readable(
        memory=oom_kills(meters.memory_fd) is not None,
        cpu=cpu_seconds(meters.cpu_fd) is not None,
        peak=reset_peak(meters.peak_fd) and peak_bytes(meters.peak_fd) is not None,
    )


def oom_kills(fd: int | None) -> int | None:
    """How many processes of the sandbox the kernel killed for memory; None if unknown."""
    found = re.search(r"^oom_kill (\d+)$", _read(fd), re.MULTILINE)
    return int(found[1]) if found else None


def cpu_seconds(fd: int | None) -> float | None:
    """CPU seconds used by all processes of the sandbox so far; None if unknown."""
    text = _read(fd)
    if found := re.search(r"^usage_usec (\d+)$", text, re.MULTILINE):
        return int(found[1]) / _US_PER_S
    return int(text) / _NS_PER_S if text.strip().isdigit() else None


def reset_peak(fd: int | None) -> bool:
    """Measure the peak from now on; False where the kernel cannot (cgroup v2 before Linux 6.12)."""
    try:
        return fd is not None and os.pwrite(fd, b"0", 0) > 0
    except OSError:
        return False


def peak_bytes(fd: int | None) -> int | None:
    """The most memory that the sandbox held since the peak was set; None if unknown."""
    text = _read(fd).strip()
    return int(text) if text.isdigit() else None


def open_meters(pid: int, container_id: str) -> Meters:
    """Open the meters of a running container.

    Args:
        pid: a process of the container, as numbered on this machine.
        container_id: must occur in the cgroup's path. An engine in a virtual machine counts
            its own pids; here the same number is a stranger, whose figures must not be used.
    """
    cgroups, mounts = _text(f"/proc/{pid}/cgroup"), _text("/proc/self/mountinfo")

    def path(controller: str) -> Path | None:
        found = cgroup_paths.find_file(cgroups, mounts, container_id, controller)
        # A worker in a container that shares the machine's process ids sees its own part of the
        # hierarchy first, and in it a path that leads nowhere.
        if found and found.exists():
            return found
        return cgroup_paths.find_by_name(mounts, container_id, controller)

    memory = path("memory")
    peak = memory.with_name(_PEAKS[memory.name]) if memory else None
    return Meters(_open(memory), _open(path("cpuacct")), _open(peak, os.O_RDWR))


# Beside the file of each version.
_PEAKS: Final = {
    "memory.oom_control": "memory.max_usage_in_bytes",
    "memory.events": "memory.peak",
}


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _open(path: Path | None, way: int = os.O_RDONLY) -> int | None:
    try:
        return None if path is None else os.open(path, way | os.O_CLOEXEC)
    except OSError:
        return None


def _read(fd: int | None) -> str:
    try:
        return "" if fd is None else os.pread(fd, _READ_BYTES, 0).decode("ascii", "replace")
    except OSError:  # the cgroup is gone with its last process
        return ""
