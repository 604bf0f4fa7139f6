"""The socket at which a sandbox calls, and the first word by which it says that it is ready.

Owns the listening socket in its folder and the wait for the canary. Does not own the container
(`container`) nor what is said afterwards (`grader.rpc.supervision`).
"""

import contextlib
import os
import socket
import time
from pathlib import Path
from typing import Any, Final

from grader import errors
from grader.rpc import stall_credit
from grader.sandbox import engine_errors, policy

CANARY: Final = b"C"
CANARY_DEADLINE_S: Final = {"numpy": 20.0, "torch": 60.0}  # measured 0.2 s and 1.4 s, idle
POLL_S: Final = 0.2  # how often a container that stays silent is asked whether it still runs
MAX_SOCKET_PATH_BYTES: Final = 100  # the kernel's limit is 108 with the closing zero
BACKLOG: Final = 128  # connections of children that wait for `accept`


def listen(folder: Path) -> socket.socket:
    """A listening socket in a fresh folder that the sandbox's user can enter but not list."""
    path = os.fsencode(folder / policy.SOCKET_NAME)
    if len(path) >= MAX_SOCKET_PATH_BYTES:
        raise errors.SandboxUnavailable(
            f"The socket path {os.fsdecode(path)} has {len(path)} bytes and a socket's path must "
            f"have fewer than {MAX_SOCKET_PATH_BYTES}. Choose a data folder with a shorter path."
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # 0700: the engine mounts the folder below, other users of this machine stay out.
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir()
        folder.chmod(0o711)
        listener.bind(path)
        Path(os.fsdecode(path)).chmod(0o666)  # connecting needs the right to write
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        raise errors.SandboxUnavailable(
            f"Cannot make a socket in {folder}: {exc}. Check the data folder's owner and space."
        ) from exc
    return listener


def await_canary(listener: socket.socket, container: Any, profile: policy.Profile) -> socket.socket:
    """The guest's first connection, once it has sent the canary."""
    limit_s = CANARY_DEADLINE_S[profile.preload]
    deadline, waiting = time.monotonic() + limit_s, stall_credit.Patience()
    listener.settimeout(POLL_S)
    while time.monotonic() < deadline + waiting.extra_s():
        control = _accept(listener)
        if control is None:
            _check_running(container, profile)
            continue
        listener.settimeout(None)
        _read_canary(control, max(deadline - time.monotonic(), POLL_S), container, profile)
        return control
    if waiting.is_starved():
        raise errors.MachineBusy(
            f"A sandbox of {profile.image} did not get ready in {limit_s:g} s and some more, "
            "because this machine has no processor to spare. The work waits and is tried again; "
            "if this lasts, give it more processors or fewer workers (GRADER_WORKERS)."
        )
    raise errors.SandboxUnavailable(
        f"A sandbox of {profile.image} did not get ready in {limit_s:g} s, on a machine that is "
        f"not overloaded. The image's guest hangs; {_by_hand(profile)}"
    )


def _accept(listener: socket.socket) -> socket.socket | None:
    try:
        return listener.accept()[0]
    except TimeoutError:
        return None


def _read_canary(
    control: socket.socket, limit_s: float, container: Any, profile: policy.Profile
) -> None:
    control.settimeout(limit_s)
    try:
        first_bytes = control.recv(len(CANARY))
    except OSError as exc:
        first_bytes = str(exc).encode()
    if first_bytes == CANARY:
        control.settimeout(None)
        return
    control.close()
    _check_running(container, profile)
    raise errors.SandboxUnavailable(
        f"The guest of {profile.image} connected, then said {first_bytes!r} instead of {CANARY!r}. "
        f"The image does not match this version of the grader; run `make images`."
    )


def _check_running(container: Any, profile: policy.Profile) -> None:
    with engine_errors.mapped("ask about a sandbox"):
        container.reload()
    state = container.attrs["State"]
    if not state["Running"]:
        cause = "out of memory" if state["OOMKilled"] else state["Error"] or "no error given"
        raise errors.SandboxUnavailable(
            f"A sandbox of {profile.image} ended before it was ready: exit code "
            f"{state['ExitCode']} ({cause}). The image is broken or older than the grader; run "
            f"`make images`, and {_by_hand(profile)}"
        )


def _by_hand(profile: policy.Profile) -> str:
    return (
        f"`docker run --rm --network none {profile.image} --socket {policy.GUEST_SOCKET} "
        f"--preload {profile.preload}` shows what it prints."
    )


def shut(end: socket.socket) -> None:
    """Close a socket and end what its peer is doing on it."""
    with contextlib.suppress(OSError):  # the peer may be gone already
        end.shutdown(socket.SHUT_RDWR)
    end.close()
