"""Kernel objects that two processes may both see: locks, leases, notifications, names, mappings.

Owns what a writer does to them and how a reader sees it, for `covert_channels`. Part of that
submission, so it imports nothing of ours.
"""

import contextlib
import ctypes
import fcntl
import functools
import mmap
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

SHARED_FOLDER = os.environ.get("GRADER_DATA", "/data")
SHARED_FILE = os.__file__  # of the image
LIBC = ctypes.CDLL(None, use_errno=True)
SYS_FUTEX, SYS_KEYCTL, SYS_ADD_KEY, SYS_MQ_OPEN = 202, 250, 248, 240  # on x86-64
WAKE_S, WAIT_S = 1.5e-3, 7.5e-3
PAGE = 4096

State = contextlib.AbstractContextManager[Any]


@contextlib.contextmanager
def opened(path: str, way: int = os.O_RDONLY) -> Iterator[int]:
    """A descriptor for the block."""
    fd = os.open(path, way)
    try:
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def file_locked(call: Callable[[int], object]) -> Iterator[None]:
    """The shared folder, with a lock on it."""
    with opened(SHARED_FOLDER) as fd:
        call(fd)
        yield


def flock() -> State:
    """An exclusive lock."""
    return file_locked(lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))


def flock_is_free() -> float:
    """Whether the lock can be had."""
    with opened(SHARED_FOLDER) as fd:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0.0
        return 1.0


def flock_shared() -> State:
    """A shared lock."""
    return file_locked(lambda fd: fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB))


@contextlib.contextmanager
def leased() -> Iterator[None]:
    """A lease on a file of the image."""
    with opened(SHARED_FILE) as fd:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        yield


def locks_listed() -> float:
    """Length of the kernel's list of locks."""
    return float(len(Path("/proc/locks").read_bytes()))


@contextlib.contextmanager
def touching() -> Iterator[None]:
    """Whoever is notified of accesses hears of this."""
    list(Path(SHARED_FOLDER).iterdir())
    with opened(SHARED_FOLDER):
        yield


@functools.cache
def watch() -> int:
    """A descriptor that hears of accesses."""
    fd = int(LIBC.inotify_init1(os.O_NONBLOCK))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "inotify")
    LIBC.inotify_addwatch(fd, SHARED_FOLDER.encode(), 0x21)  # accesses and opens
    return fd


def notified() -> float:
    """Bytes of notifications since the last look."""
    try:
        return float(len(os.read(watch(), PAGE)))
    except BlockingIOError:
        return 0.0


@functools.cache
def dnotify() -> list[int]:
    """A list that grows with each signal of an access."""
    heard: list[int] = []
    signal.signal(signal.SIGIO, lambda *_: heard.append(1))
    fd = os.open(SHARED_FOLDER, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_MULTISHOT)
    return heard


def signalled() -> float:
    """Signals since the last look."""
    heard = dnotify()
    count = len(heard)
    heard.clear()
    return float(count)


@contextlib.contextmanager
def abstract_socket() -> Iterator[None]:
    """A name without a file."""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(b"\0covert")
        yield


def abstract_name_is_free() -> float:
    """Whether the name can be had."""
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.bind(b"\0covert")
        except OSError:
            return 0.0
        return 1.0


@contextlib.contextmanager
def port() -> Iterator[None]:
    """A port of this machine."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 20411))
        yield


def port_is_free() -> float:
    """Whether the port can be had."""
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", 20411))
        except OSError:
            return 0.0
        return 1.0


@contextlib.contextmanager
def shared_segment() -> Iterator[None]:
    """A segment of System V."""
    number = LIBC.shmget(20411, PAGE, 0o1666)
    if number < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    try:
        yield
    finally:
        LIBC.shmctl(number, 0, None)


def segment_is_there() -> float:
    """Whether the segment is found."""
    return float(LIBC.shmget(20411, PAGE, 0o666) >= 0)


@contextlib.contextmanager
def queue() -> Iterator[None]:
    """A message queue of POSIX."""
    fd = LIBC.syscall(SYS_MQ_OPEN, b"covert", os.O_CREAT | os.O_RDWR, 0o666, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "mq_open")
    try:
        yield
    finally:
        os.close(fd)
        LIBC.mq_unlink(b"/covert")


def queue_is_there() -> float:
    """Whether the queue is found."""
    fd = LIBC.syscall(SYS_MQ_OPEN, b"covert", os.O_RDWR, 0, 0)
    if fd >= 0:
        os.close(fd)
    return float(fd >= 0)


@contextlib.contextmanager
def key() -> Iterator[None]:
    """A key of the user's."""
    number = LIBC.syscall(SYS_ADD_KEY, b"user", b"covert", b"x", ctypes.c_size_t(1), -4)
    if number < 0:
        raise OSError(ctypes.get_errno(), "add_key")
    try:
        yield
    finally:
        LIBC.syscall(SYS_KEYCTL, 9, number, -4)  # unlink


def key_is_there() -> float:
    """Whether the key is found."""
    return float(LIBC.syscall(SYS_KEYCTL, 10, -4, b"user", b"covert", 0) >= 0)  # search


@functools.cache
def address_in_the_image() -> tuple[mmap.mmap, int]:
    """A page of the image that all sandboxes map, and where it lies."""
    with Path(SHARED_FILE).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), PAGE, prot=mmap.PROT_READ)
    return mapped, int(np.frombuffer(mapped, np.uint8).ctypes.data)


@contextlib.contextmanager
def waking() -> Iterator[None]:
    """Wake whoever waits at a word of a file that all sandboxes map."""
    stop, address = threading.Event(), address_in_the_image()[1]

    def wake() -> None:
        while not stop.wait(WAKE_S):
            LIBC.syscall(SYS_FUTEX, ctypes.c_void_p(address), 1, 100, None, None, 0)

    one = threading.Thread(target=wake)
    one.start()
    try:
        yield
    finally:
        stop.set()
        one.join()


class _Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def woken() -> float:
    """Whether somebody woke us at that page."""
    address = address_in_the_image()[1]
    word = ctypes.c_uint32.from_address(address).value
    limit = _Time(0, int(WAIT_S * 1e9))
    place = ctypes.c_void_p(address)
    return float(LIBC.syscall(SYS_FUTEX, place, 0, word, ctypes.byref(limit), None, 0) == 0)
