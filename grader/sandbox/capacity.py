"""How many submissions this machine can grade at once, by its cores and its memory.

Owns reading what the machine, or the control groups this process runs in, has. A number set by the
operator wins (`settings.Settings.workers`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

from grader import settings
from grader.sandbox import cgroup_paths

GiB = 1024**3
RESERVED_BYTES = 1 * GiB  # service, database, suite template
RUN_BYTES = 3 * GiB // 2  # a sandbox at the usual limit and its suite process

PROC = Path("/proc")
_MEMORY = {1: "memory.limit_in_bytes", 2: "memory.max"}


def workers(chosen: settings.Settings) -> int:
    """Submissions graded at once: what was set, or what cores and memory allow; at least 1."""
    return chosen.workers or fitting(cores(), memory_bytes())


def fitting(cores: float, memory_bytes: int) -> int:
    """Runs that fit: one on a core, each with its memory."""
    return max(1, min(int(cores), (memory_bytes - RESERVED_BYTES) // RUN_BYTES))


def cores(proc: Path = PROC) -> float:
    """Cores this process may use: its affinity, or the least quota of its control groups.

    Args:
        proc: where the kernel's tables are; for tests.
    """
    allowed = float(len(os.sched_getaffinity(0)))
    quotas = [_quota(folder, version) for folder, version in _groups(proc, "cpu")]
    return min([allowed, *(quota for quota in quotas if quota)])


def memory_bytes(proc: Path = PROC) -> int:
    """Memory this process may use, in bytes: the machine's, or the least of its groups' limits."""
    total = int(_text(proc / "meminfo").partition("MemTotal:")[2].split()[0]) * 1024  # in KiB
    limits = [_text(folder / _MEMORY[version]) for folder, version in _groups(proc, "memory")]
    return min([total, *(int(limit) for limit in limits if limit.isdigit())])


def _quota(folder: Path, version: int) -> float | None:
    """Cores that a control group may use; None for any number."""
    if version == 2:
        quota, _, period = _text(folder / "cpu.max").partition(" ")
    else:
        quota, period = (_text(folder / f"cpu.cfs_{word}_us") for word in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _groups(proc: Path, controller: str) -> Iterator[tuple[Path, int]]:
    cgroups, mounts = _text(proc / "self/cgroup"), _text(proc / "self/mountinfo")
    return cgroup_paths.own_groups(cgroups, mounts, controller)


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # no such control group
        return ""
