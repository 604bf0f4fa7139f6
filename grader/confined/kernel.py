"""Linux's own means to give up rights for good, by system call: Landlock, seccomp, capabilities.

Owns the numbers and structures of the kernel's interface; none of these has a function in Python.
Does not decide what is given up (`confined.rights`). Each raises OSError where the kernel lacks it.
"""

import contextlib
import ctypes
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_CAPABILITY_VERSION: Final = 0x20080522
_CLONE_NEWNET: Final = 0x40000000

# landlock(7); the numbers are the same on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_VERSION_FLAG, _LANDLOCK_PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE: Final = 1 << 1 | sum(1 << bit for bit in range(4, 13))  # write, remove, make
_FILE_ONLY: Final = 1 << 1 | _READ_FILE | 1 << 14  # rights that a rule for a file may hold
_RIGHTS_BY_VERSION: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights of files are known
_TCP, _SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals

_NUMBERS: Final = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "connect": 42,
            "execve": 59,
            "execveat": 322,
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "bpf": 321,
            "mount": 165,
            "io_uring_setup": 425,
            "open_by_handle_at": 304,
            "unshare": 272,
            "setns": 308,
            "keyctl": 250,
            "add_key": 248,
            "pidfd_getfd": 438,
            "kexec_load": 246,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "socket": 198,
            "connect": 203,
            "execve": 221,
            "execveat": 281,
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "bpf": 280,
            "mount": 40,
            "io_uring_setup": 425,
            "open_by_handle_at": 265,
            "unshare": 97,
            "setns": 268,
            "keyctl": 219,
            "add_key": 217,
            "pidfd_getfd": 438,
            "kexec_load": 104,
        },
    ),
}
_X32_BIT: Final = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: ld [k], jeq, jge, ret
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # the latter: errno EPERM


def no_new_privileges() -> None:
    """No program started from here gains rights; the other means below need it."""
    _check(_LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def drop_capabilities() -> None:
    """Give up every capability; without them root is an ordinary owner of its files."""
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    _check(_LIBC.capset(header, bytes(24)))


def leave_network() -> None:
    """A network namespace of one's own, without any interface; needs root."""
    _check(_LIBC.unshare(_CLONE_NEWNET))


def refuse_calls() -> None:
    """Make no socket, reach no socket, start no program, look into no process: EPERM from now on.

    Raises:
        OSError: an architecture whose numbers are not known here.
    """
    if platform.machine() not in _NUMBERS:
        raise OSError(f"no filter of system calls for {platform.machine()}")
    architecture, calls = _NUMBERS[platform.machine()]
    rules = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _REFUSE)]
    rules += [(_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _REFUSE)]
    for number in calls.values():
        rules += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    rules.append((_RETURN, 0, 0, _ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *r) for r in rules))
    header = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(program))
    _check(_LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0))


def landlock_version() -> int:
    """What the kernel knows of Landlock; 0 for nothing."""
    version: int = _LIBC.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION_FLAG)
    return max(version, 0)


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Reach only these files and folders, signal nobody outside, and no TCP (Landlock).

    Raises:
        OSError: the kernel has no Landlock, or it is switched off.
    """
    version = landlock_version()
    if not version:
        raise OSError("the kernel has no Landlock")
    known = max(bits for least, bits in _RIGHTS_BY_VERSION.items() if least <= version)
    handled = (1 << known) - 1
    parts = [handled, *([_TCP] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    attributes = struct.pack(f"{len(parts)}Q", *parts)
    ruleset = _check(_LIBC.syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0))
    try:
        for path in readable:
            _allow(ruleset, path, _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(ruleset, path, (_READ_FILE | _READ_DIR | _WRITE | 1 << 14) & handled)
        _check(_LIBC.syscall(_LANDLOCK_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """One rule; what is not there cannot be reached anyway."""
    with contextlib.suppress(FileNotFoundError):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = rights if path.is_dir() else rights & _FILE_ONLY
            rule = struct.pack("=Qi", rights, fd)
            _check(_LIBC.syscall(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, rule, 0))
        finally:
            os.close(fd)


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
