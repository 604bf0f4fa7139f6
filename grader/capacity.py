"""How many submissions this machine can grade at once, by its cores and its memory.

Owns reading what the machine, or the control group this process runs in, has. A number set by the
operator wins (`settings.Settings.workers`).
"""

import os
from pathlib import Path

from grader import settings

GiB = 1024**3
RESERVED_BYTES = 1 * GiB  # service, database, suite template
RUN_BYTES = 3 * GiB // 2  # a sandbox at the usual limit and its suite process

CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")


def workers(chosen: settings.Settings) -> int:
    """Submissions graded at once: what was set, or what cores and memory allow; at least 1."""
    return chosen.workers or fitting(cores(), memory_bytes())


def fitting(cores: float, memory_bytes: int) -> int:
    """Runs that fit: one on a core, each with its memory."""
    return max(1, min(int(cores), (memory_bytes - RESERVED_BYTES) // RUN_BYTES))


def cores(cgroup: Path = CGROUP) -> float:
    """Cores this process may use."""
    allowed = float(len(os.sched_getaffinity(0)))
    quota, _, period = _text(cgroup / "cpu.max").partition(" ")
    return min(allowed, int(quota) / int(period)) if quota.isdigit() and period else allowed


def memory_bytes(cgroup: Path = CGROUP, meminfo: Path = MEMINFO) -> int:
    """Memory this process may use."""
    total = int(_text(meminfo).partition("MemTotal:")[2].split()[0]) * 1024  # it is in KiB
    limit = _text(cgroup / "memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # no such control group, or version 1
        return ""
