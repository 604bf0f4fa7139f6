"""Proof that the confinement is in force on this machine, from inside a real sandbox.

Owns the comparison of what `selftest_guest` could do with what the policy allows. Does not own the
policy, nor the limits that are only read back (`limit_check`). Controls fail open: an engine
accepts, for example, a security option whose mechanism the kernel lacks. So a worker calls `verify`
before its first grading and refuses to start otherwise.
"""

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from grader import errors
from grader.sandbox import cgroup, container, limit_check, policy

MEMORY_BYTES: Final = 64 * policy.MiB  # small: the probe fills it
PIDS: Final = 16
REPORT_DEADLINE_S: Final = 10.0
MAX_REPORT_BYTES: Final = 64 * 1024

_EXPECTED_STATUS: Final = {"NoNewPrivs": "1", "Seccomp": "2"}
_REFUSED: Final = ("EPERM", "ENOSYS")
_NO_CAPABILITIES: Final = "0" * 16
_ENVIRONMENT: Final = frozenset(
    {
        "GRADER_DATA",
        "HOME",
        "HOSTNAME",
        "LANG",
        "LC_CTYPE",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "USER",
    }
    | {"MPLBACKEND", "MPLCONFIGDIR", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256"}
)


class ProbeEngine(Protocol):
    """What the probe needs of an engine."""

    def start(
        self, profile: policy.Profile, *, entrypoint: Sequence[str] = ()
    ) -> container.Sandbox:
        """Start a sandbox whose program is replaced."""

    def inspect(self, sandbox: container.Sandbox) -> dict[str, Any]:
        """What the engine says of a sandbox."""

    def destroy(self, sandbox: container.Sandbox) -> None:
        """Remove a sandbox for good."""


def verify(engine: ProbeEngine, image: str, runtime: str = "") -> cgroup.Readable:
    """Start a probe with the real policy and check each control; about a second.

    Returns:
        Which meters can be read here; grading goes on without those that cannot.

    Raises:
        SandboxUnavailable: names each control that is not in force.
    """
    profile = policy.Profile(image, "numpy", MEMORY_BYTES, pids=PIDS, runtime=runtime)
    sandbox = engine.start(profile, entrypoint=program())
    try:
        facts = receive(sandbox.control)
        asked = engine.inspect(sandbox)["HostConfig"]
        facts["swap"] = limit_check.swap_bytes()
        broken = violations(facts, profile) + _meter_violations(sandbox.meters)
        broken += limit_check.dropped_by_engine(asked, profile)
        readable = cgroup.readable(sandbox.meters)
    finally:
        engine.destroy(sandbox)
    if broken:
        raise errors.SandboxUnavailable(
            "Submissions would not be confined on this machine, so nothing is graded: "
            + "; ".join(broken)
            + ". Check `docker info` (kernel, security options, runtime)."
        )
    return readable


def program() -> list[str]:
    """The command that runs the probe's guest in a sandbox; it needs only Python there."""
    source = Path(__file__).with_name("selftest_guest.py").read_text(encoding="utf-8")
    return ["python3", "-I", "-B", "-c", source]


def violations(facts: dict[str, Any], profile: policy.Profile) -> list[str]:
    """What the probe could do although the policy forbids it, one sentence part each."""
    return [
        *_privilege_violations(facts["status"]),
        *_reach_violations(facts),
        *_limit_violations(facts, profile),
        *limit_check.not_in_force(facts, profile),
    ]


def _privilege_violations(status: dict[str, str]) -> list[str]:
    expected = _EXPECTED_STATUS | dict.fromkeys(("CapEff", "CapPrm", "CapBnd"), _NO_CAPABILITIES)
    broken = [
        f"{name} is {status[name]}, not {value}"
        for name, value in expected.items()
        if status[name] != value
    ]
    for name in ("Uid", "Gid"):  # real, effective, saved, of files
        numbers = {int(number) for number in status[name].split()}
        if len(numbers) != 1 or not numbers <= set(policy.USERS):
            broken.append(f"{name} is {status[name]}, not one of the sandboxes'")
    return broken


def _reach_violations(facts: dict[str, Any]) -> list[str]:
    broken = [
        f"a system call or socket that must be refused gave {result}: {name}"
        for name, result in {**facts["sockets"], **facts["syscalls"]}.items()
        if result not in _REFUSED
    ]
    broken += [f"{path} can be written" for path, r in facts["writes"].items() if r == "allowed"]
    if facts["writes"][f"{policy.DATA_POINT}/x"] != "EROFS":
        broken.append(f"{policy.DATA_POINT} is not mounted read-only")
    broken += [f"held-back data is there: {path}" for path in facts["data"] if _is_held_back(path)]
    if facts["interfaces"] != ["lo"] or facts["routes"]:
        broken.append(f"there is a network: {', '.join(facts['interfaces'])}")
    if facts["kernel"] == list(os.uname()[2:4]):  # the machine's, and no runtime's own
        broken += [f"figures of the whole machine can be read: {p}" for p in facts["machine"]]
    if extra := set(facts["environment"]) - _ENVIRONMENT:
        broken.append(f"unexpected environment variables: {', '.join(sorted(extra))}")
    return broken


def _is_held_back(path: str) -> bool:
    return "heldback" in path.split("/") or path.endswith("test.npz")


def _limit_violations(facts: dict[str, Any], profile: policy.Profile) -> list[str]:
    broken = []
    reason, written = facts["tmp"]
    if reason != "ENOSPC" or written > policy.tmp_bytes(profile):
        broken.append(f"the folder /tmp took {written} bytes ({reason})")
    reason, forks = facts["forks"]
    if reason != "EAGAIN" or forks >= profile.pids:
        broken.append(f"{forks} processes could be started ({reason})")
    if facts["memory"] != "SIGKILL":
        broken.append(f"the memory limit did not stop a process ({facts['memory']})")
    return broken


def _meter_violations(gauges: cgroup.Meters) -> list[str]:
    kills = cgroup.oom_kills(gauges.memory_fd)
    return ["the memory meter missed a kill"] if kills == 0 else []


def receive(control: socket.socket) -> dict[str, Any]:
    """The guest's report.

    Raises:
        SandboxUnavailable: none came in time, or it is not JSON.
    """
    control.settimeout(REPORT_DEADLINE_S)
    line = b""
    try:
        while not line.endswith(b"\n") and len(line) < MAX_REPORT_BYTES:
            part = control.recv(MAX_REPORT_BYTES)
            if not part:
                break
            line += part
        facts: dict[str, Any] = json.loads(line)
    except (OSError, ValueError) as exc:
        raise errors.SandboxUnavailable(
            f"The probe of the sandbox gave no report ({exc}); nothing is graded until it does. "
            "Run `make images`."
        ) from exc
    return facts
