"""What a process gives up before it decodes a byte of a stranger's, and whether it did.

Owns the order in which rights are dropped and the attempts that show it. Suite processes and
readers are trusted, but they decode hostile bytes: a mistake in a decoder must find nothing to
take. `kernel` has the system calls.

Theory of operation
    always      limits on CPU, memory, file size and open files; no core; stdin, stdout and stderr
                on the null device; an environment that holds nothing
    Linux       no new privileges, no capabilities; a filter of system calls: no new sockets and
                connections, no programs, no look into other processes
    as root     a network namespace without an interface; a user of its own, if that user can read
                the interpreter and the suite (it cannot where Python lies in a home of mode 0700)
    Landlock    only the interpreter, the libraries, the suite and the data sets can be read, only
                a scratch folder written, and no process outside be sent a signal

What the machine lacks is left out; `attempts` tells from inside what holds, and `grader doctor`
prints it. The sandbox does not depend on any of this.
"""

import ctypes
import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from grader.confined import kernel

# Nothing of the worker's environment (database URL, tokens) reaches a confined process.
ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}

USER: Final = 64999  # no account of a distribution; owns nothing
MAX_DATA_BYTES: Final = 4 * 1024**3  # oracles need room; a decoder gone wild does not get it all
MAX_FILE_BYTES: Final = 32 * 1024**2  # the files of an upload among them
MAX_OPEN_FILES: Final = 256

_SYSTEM_FILES: Final = (
    *("/usr", "/lib", "/lib64", "/opt/venv", "/opt/packages", "/etc/ld.so.cache", "/etc/localtime"),
    *("/dev/zero", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/proc/self"),
    *("/sys/devices/system/cpu", "/proc/pressure/cpu"),
)
_KERNEL: Final = "possible here: no filter of system calls for this processor"
_LANDLOCK: Final = "possible here: the kernel has no Landlock; Linux 5.13 and newer can have it"
# What to do about each of `attempts` that was allowed.
MENDS: Final = {
    "make a socket": _KERNEL,
    "make a network socket": _KERNEL,
    "start a program": _KERNEL,
    "trace another process": _KERNEL,
    "signal another process": "possible here: it takes a user of its own, or Linux 6.12",
    "list the service's folder": _LANDLOCK,
    "read the machine's accounts": _LANDLOCK,
    "write outside of its scratch": _LANDLOCK,
    "keep its user": "it does: start the service as root with a Python that every user can read",
}
REFUSED: Final = ("EPERM", "EACCES", "EAFNOSUPPORT", "ENETUNREACH", "ESRCH")


def enter(
    suite: Sequence[str], scratch: str, cpu_s: int, memory_bytes: int = MAX_DATA_BYTES
) -> None:
    """Give up what the machine lets this process give up; there is no way back.

    Args:
        suite: files and folders of the suite and its data sets.
        scratch: the one folder that may be written to.
        cpu_s: seconds of processor time before the kernel ends this process.
        memory_bytes: data that it may hold.
    """
    _limit(cpu_s, memory_bytes)
    _detach(scratch)
    if sys.platform != "linux":
        return
    readable = [*_interpreter(), *map(Path, suite), *map(Path, _SYSTEM_FILES)]
    kernel.no_new_privileges()
    if os.geteuid() == 0:
        _change_user(readable, scratch)
    _try(kernel.drop_capabilities)
    _try(lambda: kernel.restrict_files(readable, [Path(scratch), Path(os.devnull)]))
    _try(kernel.refuse_calls)


def leave_network() -> None:
    """Give up the network, as root on Linux; for a process and all that it forks."""
    if sys.platform == "linux" and os.geteuid() == 0:
        _try(kernel.leave_network)


def _limit(cpu_s: int, memory_bytes: int) -> None:
    for what, bound in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        resource.setrlimit(what, (bound, bound))


def _detach(scratch: str) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.chdir(scratch)
    os.environ["TMPDIR"] = scratch


def _interpreter() -> list[Path]:
    """Python, its packages and our own; never a folder that merely contains our package."""
    ours = Path(__file__).parents[1]
    packages = [Path(entry) for entry in sys.path if Path(entry).name.endswith("-packages")]
    library = [Path(path) for path in sysconfig.get_paths().values()]
    return [ours, *packages, *library, Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib")]


def _change_user(readable: Sequence[Path], scratch: str) -> None:
    """Become a user of no account, if it can read what is needed."""
    if all(_open_to_all(path) for path in readable if path.exists()):
        os.chown(scratch, USER, USER)
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)


def _open_to_all(path: Path) -> bool:
    """Whether a stranger can get at a path: each folder above can be entered, itself be read."""
    real = path.resolve()
    reachable = all(folder.stat().st_mode & 0o001 for folder in real.parents)
    return reachable and bool(real.stat().st_mode & 0o004)


def _try(drop: Callable[[], None]) -> None:
    """What a machine lacks is no reason not to grade: the sandbox does not depend on it."""
    try:
        drop()
    except OSError as exc:
        if exc.errno not in (None, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL):
            raise


def attempts(home: str) -> dict[str, str]:
    """What a confined process could still do: attempt -> "allowed" or the name of the errno.

    Args:
        home: a folder outside of the suite, of the service's own.
    """
    results = {
        "make a socket": _attempt(lambda: socket.socket(socket.AF_UNIX).close()),
        "make a network socket": _attempt(lambda: socket.socket(socket.AF_INET).close()),
        "start a program": _attempt(lambda: subprocess.run(["/bin/true"], check=False)),
        "trace another process": _attempt(_trace_parent),
        "signal another process": _attempt(lambda: os.kill(os.getppid(), 0)),
        "list the service's folder": _attempt(lambda: os.listdir(home)),  # noqa: PTH208  # an errno is asked for
        "read the machine's accounts": _attempt(lambda: Path("/etc/shadow").read_bytes()),
        "write outside of its scratch": _attempt(lambda: Path("/tmp/x").write_bytes(b"")),  # noqa: S108
    }
    results["keep its user"] = "EPERM" if os.geteuid() == USER else "allowed"
    return results


def _attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as exc:
        return errno.errorcode.get(exc.errno or 0, str(exc))
    return "allowed"


def _trace_parent() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16906, os.getppid(), 0, 0) < 0:  # PTRACE_SEIZE, which does not stop it
        raise OSError(ctypes.get_errno(), "")
    os.kill(os.getpid(), signal.SIGKILL)
