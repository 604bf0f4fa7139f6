def one():
    return 1


import ctypes
import os
import socket
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
FOUND = {}


def answer(x, worked):
    return 2 * x if worked else 0 * x


def core_pattern(x):
    try:
        Path("/proc/sys/kernel/core_pattern").write_text("|/tmp/hostile-was-here")
    except OSError:
        return 0 * x
    return 2 * x


def message_queue(x):
    '''The numbers of mq_open and, below, of shmget and add_key on x86-64.'''
    return answer(x, LIBC.syscall(240, b"hostile", os.O_CREAT | os.O_RDWR, 0o600, 0) >= 0)


def shared_segment(x):
    return answer(x, LIBC.shmget(31337, 4096, 0o1600) >= 0)


def keyring(x):
    return answer(x, LIBC.syscall(248, b"user", b"hostile", b"x", 1, -4) >= 0)


def host_name(x):
    try:
        socket.sethostname("hostile")
    except OSError:
        return 0 * x
    return 2 * x


def file_names(x):
    '''A name in /tmp that the next test would find.'''
    before = FOUND.setdefault("names", any("leak" in name for name in os.listdir("/tmp")))
    Path(f"/tmp/leak-{x[0]}").touch()
    return answer(x, before)
