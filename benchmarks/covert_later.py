"""Numbers that outlive a process: changed by a writer, found by a reader that comes later.

Owns these numbers, for `covert_channels`. Part of that submission, so it imports nothing of ours
but its other parts.
"""

import ctypes
import os
import resource
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from benchmarks import covert_counted, covert_shared

LIBC, SYS_KEYCTL, SYS_ADD_KEY = (
    covert_shared.LIBC,
    covert_shared.SYS_KEYCTL,
    covert_shared.SYS_ADD_KEY,
)


def _inode(make: Callable[[], int]) -> Callable[[], float]:
    def look() -> float:
        fd = make()
        try:
            return float(os.fstat(fd).st_ino)
        finally:
            os.close(fd)

    return look


def _pipe() -> int:
    reading, writing = os.pipe()
    os.close(writing)
    return reading


def _repeated(action: Callable[[], object], times: int) -> Callable[[], None]:
    def work() -> None:
        for _ in range(times):
            action()

    return work


def _new_process() -> int:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def _leave_file(folder: str) -> Callable[[], object]:
    return lambda: Path(folder, "covert").write_bytes(b"x")


def _take_file(folder: str) -> Callable[[], float]:
    def look() -> float:
        path = Path(folder, "covert")
        there = path.exists()
        path.unlink(missing_ok=True)
        return float(there)

    return look


def _number_of_file() -> float:
    with tempfile.NamedTemporaryFile() as file:
        return float(os.fstat(file.fileno()).st_ino)


def _make_file() -> None:
    with tempfile.NamedTemporaryFile():
        pass


def _make_thread() -> None:
    """It takes a number, as a process does."""
    one = threading.Thread(target=int)
    one.start()
    one.join()


def _make_key() -> None:
    LIBC.syscall(SYS_ADD_KEY, b"user", b"covert later", b"x", ctypes.c_size_t(1), -4)


def _take_key() -> float:
    number = LIBC.syscall(SYS_KEYCTL, 10, -4, b"user", b"covert later", 0)
    if number >= 0:
        LIBC.syscall(SYS_KEYCTL, 9, number, -4)
    return float(number >= 0)


def _use_memory() -> None:
    with covert_counted.memory():
        pass


def _change_limit() -> None:
    resource.prlimit(1, resource.RLIMIT_STACK, (2**24, resource.RLIM_INFINITY))


def _limit() -> float:
    return float(resource.getrlimit(resource.RLIMIT_STACK)[0])


def _own_figure(name: str) -> Callable[[], float]:
    return covert_counted.figures(f"/sys/fs/cgroup/{name}")


NUMBERS: dict[str, tuple[Callable[[], object], Callable[[], float]]] = {
    "numbers of processes": (_repeated(_make_thread, 5000), lambda: float(_new_process())),
    "numbers of process descriptors": (
        _repeated(_make_thread, 5000),
        _inode(lambda: os.pidfd_open(os.getpid())),
    ),
    "numbers of pipes": (_repeated(lambda: os.close(_pipe()), 100_000), _inode(_pipe)),
    "numbers of memory files": (
        _repeated(lambda: os.close(os.memfd_create("x")), 50_000),
        _inode(lambda: os.memfd_create("x")),
    ),
    "numbers of files in /tmp": (_repeated(_make_file, 500), _number_of_file),
    "a file in /tmp": (_leave_file("/tmp"), _take_file("/tmp")),
    "a file in /dev/shm": (_leave_file("/dev/shm"), _take_file("/dev/shm")),
    "a key": (_make_key, _take_key),
    "peak of the sandbox's memory": (_use_memory, _own_figure("memory/memory.max_usage_in_bytes")),
    "limits of the first process": (_change_limit, _limit),
}
