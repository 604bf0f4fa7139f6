"""Figures about a sandbox that its inhabitants cannot forge, read from the kernel's cgroup files.

Owns finding, opening and reading these files, for both cgroup versions. Imports neither an
engine's library nor anything heavy: the process that runs a suite has no access to the engine, is
handed the open descriptors and reads them here.

The kernel removes a cgroup with its last process. A descriptor then answers ENODEV, and the
readers say None: read before the sandbox is destroyed.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
        found = find_file(cgroups, mounts, container_id, controller)
        return found or find_by_name(mounts, container_id, controller)

    memory = path("memory")
    peak = memory.with_name(_PEAKS[memory.name]) if memory else None
    return Meters(_open(memory), _open(path("cpuacct")), _open(peak, os.O_RDWR))


# Where Docker puts a container's cgroup, below the mount of its hierarchy.
_LAYOUTS: Final = ("docker/{}", "system.slice/docker-{}.scope")
_FILES: Final = {
    "memory": ("memory.oom_control", "memory.events"),
    "cpuacct": ("cpuacct.usage", "cpu.stat"),
}
# Beside the file of each version.
_PEAKS: Final = {
    "memory.oom_control": "memory.max_usage_in_bytes",
    "memory.events": "memory.peak",
}


def find_file(cgroups: str, mounts: str, container_id: str, controller: str) -> Path | None:
    """Path of one meter's file.

    Args:
        cgroups: text of `/proc/<pid>/cgroup`.
        mounts: text of `/proc/self/mountinfo`.
        container_id: must occur in the cgroup's path.
        controller: "memory" or "cpuacct" (on v2 both live in the one hierarchy).
    """
    path, version = _cgroup_path(cgroups, controller)
    if container_id not in path:
        return None
    folder = _mount_point(mounts, controller, version, path)
    return folder / _FILES[controller][version - 1] if folder else None


def find_by_name(mounts: str, container_id: str, controller: str) -> Path | None:
    """Path of one meter's file for a process that is itself in a container.

    The engine's process ids mean nothing there, but the hierarchy may be mounted.
    """
    for version in (1, 2):
        for point, _root in _mounted(mounts, controller, version):
            for layout in _LAYOUTS:
                path = point / layout.format(container_id) / _FILES[controller][version - 1]
                if path.exists():
                    return path
    return None


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _cgroup_path(cgroups: str, controller: str) -> tuple[str, int]:
    """A controller's cgroup and the cgroup version; a v1 hierarchy wins on a hybrid machine."""
    unified = ""
    for line in cgroups.splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path, 1
        if number == "0" and not controllers:
            unified = path
    return unified, 2


def _mount_point(mounts: str, controller: str, version: int, path: str) -> Path | None:
    """Where a cgroup's folder is on this machine."""
    for point, root in _mounted(mounts, controller, version):
        if root == "/" or path.startswith(f"{root}/"):
            return point / path.removeprefix(root).lstrip("/")
    return None


def _mounted(mounts: str, controller: str, version: int) -> Iterator[tuple[Path, str]]:
    """Mount points and roots of a controller's hierarchy (`man 5 proc`, mountinfo)."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split(" ")[3:5]
        kind, _, options = after.split(" ", 2)
        wanted = (
            kind == "cgroup2" if version == 2 else kind == "cgroup" and _has(options, controller)
        )
        if wanted:
            yield Path(point), root


def _has(options: str, controller: str) -> bool:
    return controller in options.split(" ")[-1].split(",")


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
