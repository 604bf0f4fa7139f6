"""Which of the kernel's own files a sandbox sees: what a program needs to run, and no figure of
the machine.

Owns that choice. Counters of the whole machine (memory, interrupts, files, locks) change with what
any process does, so one submission could write in them and another read. What is not known to be
needed is masked: the engine lays an empty file or folder over it. The engine's machine is this
one, so its folders are listed here.
"""

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

# Files and folders that are seen; of the folders above them, these alone.
_KEPT: Final = frozenset(
    PurePosixPath(path)
    for path in (
        "/proc/cpuinfo",  # PyTorch chooses its code by it
        "/proc/filesystems",
        "/proc/mounts",
        "/proc/net",  # links to what is the process's own
        "/proc/self",
        "/proc/thread-self",
        "/proc/sys/kernel",
        "/proc/sys/vm",
        "/proc/version",
        "/sys/devices/system/cpu",
        "/sys/fs/cgroup",  # its own
        "/sys/kernel/mm/transparent_hugepage/enabled",  # the C library asks
        "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
    )
)
_COUNTERS: Final = frozenset({"cpufreq", "cpuidle", "thermal_throttle", "acpi_cppc"})  # of a CPU
_CPUS: Final = PurePosixPath("/sys/devices/system/cpu")
# What the engine masks by itself, should it not be listed here.
_ALWAYS: Final = (
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats"),
    *("/proc/sys/kernel/pty", "/sys/firmware"),
)


def masked_paths() -> list[str]:
    """Paths that the engine is to lay something empty over, in a fixed order."""
    unkept = {*_beside_kept(PurePosixPath("/proc")), *_beside_kept(PurePosixPath("/sys"))}
    counters = {
        folder / name
        for folder in (_CPUS, *(_CPUS / name for name in _names(_CPUS)))
        for name in _names(folder)
        if name in _COUNTERS
    }
    return sorted({*map(str, unkept | counters), *_ALWAYS})


def _beside_kept(folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """What lies in a folder and is neither kept nor above something kept."""
    for name in _names(folder):
        path = folder / name
        if path in _KEPT or name.isdigit():  # a process
            continue
        if any(path in kept.parents for kept in _KEPT):
            yield from _beside_kept(path)
        else:
            yield path


def _names(folder: PurePosixPath) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # names are wanted, not paths
    except OSError:  # a file, or not there
        return []
