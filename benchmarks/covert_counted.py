"""What the kernel counts, of the whole machine or per user: used up by a writer, read by a reader.

Owns these states and figures, for `covert_channels`. Part of that submission, so it imports nothing
of ours.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TURN_S = 0.03  # in which a writer holds a state, or does not
LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def memory() -> Iterator[None]:
    """24 MiB of shared memory."""
    fd = os.memfd_create("hoard")
    try:
        os.write(fd, bytes(24 * 2**20))
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def files() -> Iterator[None]:
    """120 open files."""
    pipes = [os.pipe() for _ in range(60)]
    try:
        yield
    finally:
        for end in (end for pipe in pipes for end in pipe):
            os.close(end)


@contextlib.contextmanager
def threads() -> Iterator[None]:
    """20 threads."""
    stop = threading.Event()
    crew = [threading.Thread(target=stop.wait) for _ in range(20)]
    for one in crew:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in crew:
            one.join()


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """The processor: its load is no kernel object, but shows that the bench sees what there is."""
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            pass

    one = threading.Thread(target=spin)
    one.start()
    try:
        yield
    finally:
        stop.set()
        one.join()


@contextlib.contextmanager
def switching() -> Iterator[None]:
    """Goes to sleep and wakes all the time."""
    until = time.monotonic() + TURN_S * 0.8
    while time.monotonic() < until:
        time.sleep(1e-6)
    yield


def done_in_a_while() -> float:
    """Turns of a loop in an eighth of a turn."""
    until, count = time.monotonic() + TURN_S / 8, 0
    while time.monotonic() < until:
        count += 1
    return float(count)


@contextlib.contextmanager
def signals_queued() -> Iterator[None]:
    """100 signals that wait."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
    for _ in range(100):
        LIBC.sigqueue(os.getpid(), int(signal.SIGRTMIN), ctypes.c_void_p(0))
    try:
        yield
    finally:
        while signal.sigtimedwait([signal.SIGRTMIN], 0):
            pass


@contextlib.contextmanager
def timers() -> Iterator[None]:
    """200 timers, each with a signal of its own."""
    made = []
    for _ in range(200):
        number = ctypes.c_void_p()
        if LIBC.timer_create(0, None, ctypes.byref(number)) == 0:
            made.append(number)
    try:
        yield
    finally:
        for number in made:
            LIBC.timer_delete(number)


def signals_of_the_user() -> float:
    """How many signals of this user wait."""
    status = Path("/proc/self/status").read_text()
    return float(status.partition("SigQ:")[2].split("/")[0])


@contextlib.contextmanager
def descriptors_on_their_way() -> Iterator[None]:
    """200 descriptors in a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for _ in range(10):
            socket.send_fds(ours, [b"x"], [0] * 20)
        yield


def may_send() -> float:
    """How many descriptors one may have on their way: the limit counts per user."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for count in range(20):
            try:
                socket.send_fds(ours, [b"x"], [0] * 20)
            except OSError:
                return float(count)
    return 20.0


@contextlib.contextmanager
def large_pipes() -> Iterator[None]:
    """As many pages in pipes as a user may have."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            for _ in range(90):
                ends = os.pipe()
                for end in ends:
                    stack.callback(os.close, end)
                fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, 2**20)
        yield


def size_of_a_new_pipe() -> float:
    """A user with many pages in pipes is given small ones."""
    ends = os.pipe()
    try:
        return float(fcntl.fcntl(ends[0], fcntl.F_GETPIPE_SZ))
    finally:
        for end in ends:
            os.close(end)


def figures(path: str, *words: str) -> Callable[[], float]:
    """The sum of the numbers in those lines of a file that begin with one of the words."""

    def look() -> float:
        lines = Path(path).read_text().splitlines()
        chosen = [line for line in lines if not words or line.startswith(words)]
        return float(sum(int(w) for line in chosen for w in line.split() if w.isdigit()))

    return look


def rise_of(path: str, *words: str) -> Callable[[], float]:
    """How fast a counter rises."""
    look = figures(path, *words)
    last = [0.0, 0.0]

    def rise() -> float:
        before, now = list(last), [look(), time.monotonic()]
        last[:] = now
        return (now[0] - before[0]) / (now[1] - before[1])

    return rise


def load() -> float:
    """Tasks on the machine."""
    return float(Path("/proc/loadavg").read_text().split("/")[1].split()[0])  # tasks


def shared_memory_by_call() -> float:
    """Shared memory of the machine."""
    told = (ctypes.c_long * 32)()
    if LIBC.sysinfo(told):
        raise OSError(ctypes.get_errno(), "sysinfo")
    return float(told[6])
