"""Run inside a sandbox: try what must not work and report what happened, as facts.

Owns the attempts. Does not judge them: `selftest` compares the report with the policy, outside. It
travels as text on the interpreter's command line, so it needs nothing in the image except Python,
and nothing here may import anything of ours.

The report is one JSON line, sent on the control connection after the canary byte. An attempt that
was refused is reported as the name of its errno, one that worked as "allowed".
"""

import argparse
import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ALLOWED = "allowed"
CHUNK_BYTES = 1024 * 1024
MOST_FILES = 400  # names in the report, which is bounded
# By number: some builds of the standard library lack some of the names.
FAMILIES = {"AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_VSOCK": 40}
# Number on x86-64 and first arguments, chosen so that a call that is not filtered does no harm:
# ptrace's request 0, for example, would have the kernel stop this process at its next signal.
SYSCALLS = {
    "ptrace": (101, -1),
    "unshare": (272, 0),
    "io_uring_setup": (425, 0),
    "bpf": (321, 0),
    "keyctl": (250, 0),
    "prlimit64": (302, 1),  # of another process: here, by number, of this one itself
    "sched_setaffinity": (203, 1),
    "sysinfo": (99, 0),
    "flock": (73, -1),
    "lock query": (72, 0, 5),
    "directory notification": (72, 0, 1026),
    "lease": (72, 0, 1024),
    "inotify_init": (253, 0),
}
# Figures of the whole machine; each must be empty or not be there.
MACHINE = (
    *("/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/vmstat"),
    *("/proc/locks", "/proc/diskstats", "/proc/interrupts", "/proc/pressure/cpu"),
    *("/proc/sys/fs/file-nr", "/proc/sys/fs/inode-nr", "/proc/sys/kernel/pty/nr"),
    *("/sys/devices/system/node/node0/meminfo", "/sys/kernel/uevent_seqnum", "/sys/fs/ext4"),
    *("/sys/block", "/sys/class"),
)
# This sandbox's own control groups: version 1 has a folder for each controller, version 2 has one.
CGROUP = "/sys/fs/cgroup"
CGROUP_FILES = (
    "memory/memory.limit_in_bytes",
    "memory/memory.memsw.limit_in_bytes",
    "pids/pids.max",
    "cpu/cpu.cfs_quota_us",
    "cpu/cpu.cfs_period_us",
    "cpu/cpu.shares",
    "memory.max",
    "memory.swap.max",
    "pids.max",
    "cpu.max",
    "cpu.weight",
)
RLIMITS = ("core", "nofile", "fsize", "msgqueue", "memlock")


def attempt(action: Callable[[], object]) -> str:
    """Name of the errno that an action fails with, or "allowed"."""
    try:
        action()
    except OSError as exc:
        return errno.errorcode.get(exc.errno or 0, str(exc))
    return ALLOWED


def open_socket(family: int) -> None:
    """Create a socket of a family that must not be had."""
    socket.socket(family, socket.SOCK_DGRAM).close()


def call_kernel(name: str) -> None:
    """Make a system call that must be filtered; OSError if it was refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(*SYSCALLS[name], 0, 0, 0, 0) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def write_file(path: str) -> None:
    """Create a file and remove it again."""
    Path(path).write_bytes(b"x")
    Path(path).unlink()


def fill(folder: str) -> tuple[str, int]:
    """Write until it fails: the errno's name and the bytes that fitted."""
    path = Path(folder, "fill")
    written = 0

    def pour() -> None:
        nonlocal written
        with path.open("wb", buffering=0) as file:
            while written < 4096 * CHUNK_BYTES:
                written += file.write(bytes(CHUNK_BYTES))

    reason = attempt(pour)
    path.unlink(missing_ok=True)
    return reason, written


def count_forks(most: int) -> tuple[str, int]:
    """Fork until it fails: the errno's name and how many children there were."""
    children: list[int] = []

    def multiply() -> None:
        while len(children) < most:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)

    reason = attempt(multiply)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return reason, len(children)


def exhaust_memory(most_bytes: int) -> str:
    """Touch memory in a child until it dies: the signal's name, or "allowed"."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):  # be the one that the kernel picks, not PID 1
            Path("/proc/self/oom_score_adj").write_text("1000")
        hoard = [bytearray(b"x" * CHUNK_BYTES) for _ in range(most_bytes // CHUNK_BYTES)]
        os._exit(0 if hoard else 1)
    status = os.waitpid(child, 0)[1]
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ALLOWED


def status_fields() -> dict[str, str]:
    """The kernel's own account of this process's privileges."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    names = ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")
    return {name: " ".join(fields[name].split()) for name in names}


def data_files() -> list[str]:
    """What lies below /data."""
    return sorted(str(path) for path in Path("/data").rglob("*"))[:MOST_FILES]


def cgroup_files() -> dict[str, str]:
    """The kernel's account of the limits of this sandbox; without the files that are not there."""
    readable = [name for name in CGROUP_FILES if Path(CGROUP, name).is_file()]
    return {name: Path(CGROUP, name).read_text().strip() for name in readable}


def rlimits() -> dict[str, tuple[int, int]]:
    """Soft and hard limits of this process; -1 is no limit."""
    numbers = {name: getattr(resource, f"RLIMIT_{name.upper()}", 12) for name in RLIMITS}
    return {name: resource.getrlimit(number) for name, number in numbers.items()}


def machine_figures() -> list[str]:
    """Those of `MACHINE` that say something."""

    def says_something(path: Path) -> bool:
        with contextlib.suppress(OSError):
            return bool(list(path.iterdir()) if path.is_dir() else path.read_bytes())
        return False

    return [path for path in MACHINE if says_something(Path(path))]


def shared_memory_bytes() -> int:
    """Size of /dev/shm."""
    file_system = os.statvfs("/dev/shm")  # noqa: S108 - the sandbox's own
    return file_system.f_blocks * file_system.f_frsize


def report(most_pids: int, most_bytes: int) -> dict[str, Any]:
    """Everything tried and what came of it."""
    interfaces = Path("/proc/net/dev").read_text().splitlines()[2:]
    writes = ("/x", "/etc/x", "/run/grader/x", "/data/x", "/dev/x", "/proc/sys/kernel/core_pattern")
    return {
        "status": status_fields(),
        "interfaces": [line.split(":")[0].strip() for line in interfaces],
        "routes": len(Path("/proc/net/route").read_text().splitlines()) - 1,
        "sockets": {name: attempt(partial(open_socket, f)) for name, f in FAMILIES.items()},
        "syscalls": {name: attempt(partial(call_kernel, name)) for name in SYSCALLS},
        "data": data_files(),
        "writes": {path: attempt(partial(write_file, path)) for path in writes},
        "tmp": fill("/tmp"),  # noqa: S108 - the sandbox's own tmpfs is what is measured
        "forks": count_forks(most_pids),
        "memory": exhaust_memory(most_bytes),
        "environment": sorted(os.environ),
        "cgroup": cgroup_files(),
        "rlimits": rlimits(),
        "machine": machine_figures(),
        "kernel": list(os.uname()[2:4]),
        "shm": shared_memory_bytes(),
        "oom_score_adj": int(Path("/proc/self/oom_score_adj").read_text()),
    }


def main() -> None:
    """Try everything, connect, send the canary and the report, then wait to be removed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--preload")
    parser.add_argument("--also", nargs="*")
    parser.add_argument("--most-pids", type=int, default=4096)
    parser.add_argument("--most-bytes", type=int, default=1024 * CHUNK_BYTES)
    options = parser.parse_args()
    facts = report(options.most_pids, options.most_bytes)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(options.socket)
        control.sendall(b"C" + json.dumps(facts).encode() + b"\n")
        control.recv(1)
    sys.exit(0)


if __name__ == "__main__":
    main()
