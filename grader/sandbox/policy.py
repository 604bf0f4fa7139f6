"""What a sandbox may do, as data: one profile in, the engine's create arguments out.

Owns every confinement figure and flag in one place. Does not talk to an engine: `container`
passes the arguments on, `selftest` checks from the inside that they are in force.

Nothing here is optional: there is no setting that relaxes a control, and the arguments carry no
course, student or host name and no secret, because submitted code can read all of them.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from grader import errors, wording

MiB: Final = 1024 * 1024  # the kernel's figures, in pages; what an assignment sets is in MB

# The two folders that are mounted, both read-only: the socket's, and the public data sets.
MOUNT_POINT: Final = "/run/grader"
SOCKET_NAME: Final = "s"
GUEST_SOCKET: Final = f"{MOUNT_POINT}/{SOCKET_NAME}"
DATA_POINT: Final = "/data"

# One for each sandbox at a time: what the kernel counts per user (descriptors on their way, timers,
# signals, pages of pipes) no sandbox can use up for another. Neither Debian nor systemd gives out
# these; they own no file of the image; engines that map users map them.
USERS: Final = range(60600, 61184)
# /tmp is memory: it counts against the sandbox's own limit.
SCRATCH_BYTES: Final = 44 * MiB  # of it, beside the submission's own files
FILES_BYTES: Final = 20 * MiB  # a submission's files, where the assignment says nothing else
TMP_INODES: Final = 4096
SHM_BYTES: Final = 16 * MiB  # DataLoader workers and multiprocessing locks need some /dev/shm
CPU_SHARES: Final = 256  # a quarter of a normal process's weight when the machine is busy
OOM_SCORE_ADJ: Final = 500  # the machine as a whole out of memory: a sandbox dies first

# Below this the libraries alone do not fit beside a modest submission (measured).
MINIMUM_MEMORY_BYTES: Final = {"numpy": 64 * wording.MB, "torch": 768 * wording.MB}
MINIMUM_PIDS: Final = 8  # BLAS and torch start helper threads of their own

_ULIMITS: Final = {
    "core": 0,  # a crash writes nothing
    "nofile": 256,
    "fsize": 64 * MiB,  # more where a submission's own files may be larger
    "msgqueue": 0,  # /dev/mqueue is writable even in a private ipc namespace
    "memlock": 64 * 1024,
}
# Which of the arguments speak of the container; all others are of its host's side.
OF_CONTAINER: Final = frozenset(
    {"image", "command", "entrypoint", "name", "hostname", "labels", "environment", "user"}
    | {"use_config_proxy", "working_dir", "detach", "stdin_open", "tty", "network_disabled"}
)
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "HOME": "/tmp",  # noqa: S108 - the path inside the sandbox, its own tmpfs
    "GRADER_DATA": DATA_POINT,
    "USER": "student",  # the user's number has no name, and some libraries ask for one
}
# PyTorch's 200 MB of small objects in huge pages: a fork copies 3.5 instead of 17 ms' worth of page
# tables (measured), once for each test. Beside NumPy's 14 MB it would only take memory.
_HUGE_PAGES: Final = {
    # No "fast bins" either: merging them makes a child touch, and so copy, pages all over the heap.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mxfast=0",
    "PYTHONMALLOC": "malloc",  # Python's own arenas do not come from glibc
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What kind of sandbox; equal profiles share warm sandboxes.

    Attributes:
        image: tag of the image.
        preload: library that the guest imports before it counts as warm.
        also: modules that it imports then, too; one that the image lacks is passed over.
        memory_bytes: limit of the whole sandbox, its tmpfs included; there is no swap.
        pids: processes and threads at once.
        files_bytes: most that the submission's files may have; /tmp has room for them.
        cpus: CPU seconds per second.
        runtime: OCI runtime, e.g. runsc; empty is the engine's default.
        gpus: how many GPUs the sandbox sees.

    Raises:
        SuiteError: limits in which the preloaded library cannot work.
    """

    image: str
    preload: Literal["numpy", "torch"]
    memory_bytes: int
    pids: int = 64
    cpus: float = 1.0
    runtime: str = ""
    files_bytes: int = FILES_BYTES
    gpus: int = 0
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        least = MINIMUM_MEMORY_BYTES.get(self.preload)
        if least is None:
            known = ", ".join(sorted(MINIMUM_MEMORY_BYTES))
            raise errors.SuiteError(f"runtime {self.preload!r} is unknown; use one of: {known}.")
        if self.memory_bytes < least:
            raise errors.SuiteError(
                f"{wording.megabytes(self.memory_bytes)} of memory are too little for the runtime "
                f"{self.preload}; set limits.memory_mb to at least {least // wording.MB}."
            )
        if self.pids < MINIMUM_PIDS:
            raise errors.SuiteError(
                f"{self.pids} processes are too few for the libraries' own threads; "
                f"set limits.pids to at least {MINIMUM_PIDS}."
            )
        if self.cpus <= 0:
            raise errors.SuiteError(f"cpus is {self.cpus}; it must be more than 0.")


def _command(profile: Profile) -> list[str]:
    command = ["--socket", GUEST_SOCKET, "--preload", profile.preload]
    return [*command, "--also", *profile.also] if profile.also else command


def create_arguments(
    profile: Profile,
    *,
    socket_dir: str,
    data_dir: str,
    labels: Mapping[str, str],
    name: str,
    user: int = USERS[0],
    entrypoint: Sequence[str] = (),
) -> dict[str, Any]:
    """Keyword arguments of the engine's `containers.create`, with every control set.

    Args:
        profile: limits and image.
        socket_dir: absolute host folder holding the socket.
        data_dir: absolute host folder of public data sets; nothing else is mounted.
        labels: how the owner finds its containers again; visible to the engine's users only.
        name: the container's name.
        user: number of its user and group, one of `USERS`.
        entrypoint: replaces the image's own program (probe and tests).
    """
    arguments: dict[str, Any] = {
        "image": profile.image,
        "command": _command(profile),
        "name": name,
        "hostname": "sandbox",
        "labels": dict(labels),
        "environment": _ENVIRONMENT | (_HUGE_PAGES if profile.preload == "torch" else {}),
        "use_config_proxy": False,  # a proxy's address may hold a password
        "working_dir": "/tmp",  # noqa: S108 - the path inside the sandbox, its own tmpfs
        "detach": True,
        "stdin_open": False,
        "tty": False,
        "auto_remove": False,  # the exit code and cause are read before removal
        "init": False,  # PID 1 is the guest's supervisor, which reaps its children
        "log_config": {"type": "none"},  # the default driver fills the host's disk
        "user": f"{user}:{user}",
        **_confinement(),
        **_limits(profile),
        "mounts": [_mount(socket_dir, MOUNT_POINT), _mount(data_dir, DATA_POINT)],
    }
    if profile.runtime:
        arguments["runtime"] = profile.runtime
    if profile.gpus:
        request = {"count": profile.gpus, "capabilities": [["gpu"]]}
        arguments["device_requests"] = [request]
    if entrypoint:
        arguments["entrypoint"] = list(entrypoint)
    return arguments


def ulimits(profile: Profile) -> Mapping[str, int]:
    """Limits of each process, soft and hard alike, by the engine's names for them."""
    return _ULIMITS | {"fsize": max(_ULIMITS["fsize"], profile.files_bytes)}


def tmp_bytes(profile: Profile) -> int:
    """Size of the sandbox's /tmp; with /dev/shm it stays under half of the memory limit."""
    return min(SCRATCH_BYTES + profile.files_bytes, profile.memory_bytes // 4)


def _confinement() -> dict[str, Any]:
    return {
        # Both: `none` alone takes twice as long to start and copies the host's resolver in.
        "network_disabled": True,
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges", f"seccomp={seccomp_json()}"],
        "cgroupns": "private",
        "ipc_mode": "private",
        "oom_score_adj": OOM_SCORE_ADJ,
    }


def _limits(profile: Profile) -> dict[str, Any]:
    tmp = f"size={tmp_bytes(profile)},nr_inodes={TMP_INODES},mode=1777,nosuid,nodev,noexec"
    return {
        "mem_limit": profile.memory_bytes,
        "memswap_limit": profile.memory_bytes,  # equal: no swap
        "pids_limit": profile.pids,
        "nano_cpus": int(profile.cpus * 1e9),
        "cpu_shares": CPU_SHARES,
        "shm_size": min(SHM_BYTES, profile.memory_bytes // 8),
        "tmpfs": {"/tmp": tmp},  # noqa: S108 - the path inside the sandbox, its own tmpfs
        "ulimits": [{"Name": n, "Soft": v, "Hard": v} for n, v in ulimits(profile).items()],
    }


def _mount(source: str, target: str) -> dict[str, Any]:
    # A "mount" and not a "bind": the engine refuses a missing source instead of creating it.
    return {
        "Type": "bind",
        "Source": source,
        "Target": target,
        "ReadOnly": True,
        "BindOptions": {"Propagation": "rprivate"},
    }


@functools.cache
def seccomp_json() -> str:
    """The system-call allow-list as the text that the engine takes (not a path)."""
    return Path(__file__).with_name("seccomp.json").read_text(encoding="utf-8")
