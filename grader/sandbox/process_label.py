"""Which process a sandbox belongs to, written on it so that anybody can later see it is gone.

Owns the text of the label and the judgement of it. Does not own the listing and removing of
containers (`container`).

Theory of operation. A number alone does not name a process: numbers are used again, after a reboot
or in another container all of them. The label therefore says boot, namespace of process numbers,
number and time of start. A process is called dead only by those who can see it: of another
namespace nothing is said, and those of an earlier boot had no chance to live on. Where the kernel
tells none of this (not Linux) the label is empty, and only an owner's own next start removes what
it left.
"""

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_START_AT: Final = 19  # field 22 of /proc/PID/stat, counted after the name in parentheses


def own(proc: Path = PROC) -> str:
    """This process as the text of a label; empty where the system does not say."""
    try:
        return f"{_boot(proc)} {_namespace(proc)} {os.getpid()} {_start(proc, os.getpid())}"
    except OSError:
        return ""


def is_dead(written: str, *, running: bool, proc: Path = PROC) -> bool:
    """Whether the process that wrote a label is certainly gone.

    Args:
        running: whether the sandbox runs. Under another boot it cannot; if it does, somebody else's
            kernel uses this engine, whose processes are not ours to judge.
    """
    try:
        boot, namespace, pid, start = written.split(" ")
        if boot != _boot(proc):
            return not running
        return namespace == _namespace(proc) and start != _start(proc, int(pid))
    except (OSError, ValueError):
        return False


def _boot(proc: Path) -> str:
    return (proc / "sys/kernel/random/boot_id").read_text().strip()


def _namespace(proc: Path) -> str:
    return str((proc / "self/ns/pid").readlink())


def _start(proc: Path, pid: int) -> str:
    """When a process was started, in the kernel's ticks; empty when it has ended."""
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[_START_AT]
