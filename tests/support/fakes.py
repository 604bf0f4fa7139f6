"""Fakes of the ports that modules declare: small, real behaviour, no expectations."""

import socket
import threading
import time

from grader import errors
from grader.sandbox import cgroup, container, policy


class FakeEngine:
    """Starts sandboxes made of socket pairs.

    `gate` cleared holds starts back (those of the profiles `held`, or all); `broken` makes them
    fail, `busy` as on a machine without a processor to spare. `guests` are the other ends of the
    control channels, by container id.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self.start_s = start_s
        self.gate = threading.Event()
        self.gate.set()
        self.held: set[policy.Profile] = set()
        self.broken = False
        self.busy = False
        self.stuck = False
        self.guests: dict[str, socket.socket] = {}
        self.profiles: list[policy.Profile] = []
        self.destroyed: list[str] = []
        self.causes: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def living(self) -> set[str]:
        """Containers started and not yet destroyed."""
        return set(self.guests) - set(self.destroyed)

    def start(self, profile: policy.Profile) -> container.Sandbox:
        """A sandbox whose guest says nothing."""
        if profile in (self.held or {profile}) and not self.gate.wait(10):
            raise errors.SandboxUnavailable("the test's gate stayed shut")
        time.sleep(self.start_s)
        if self.busy:
            raise errors.MachineBusy("no processor to spare")
        if self.broken:
            raise errors.SandboxUnavailable("the engine is broken")
        ours, theirs = socket.socketpair()
        with self._lock:
            name = f"c{len(self.guests)}"
            self.guests[name] = theirs
            self.profiles.append(profile)
        listener = socket.socket(socket.AF_UNIX)
        return container.Sandbox(name, name, listener, ours, cgroup.Meters(), self.start_s)

    def destroy(self, sandbox: container.Sandbox) -> None:
        """Note it; with `stuck`, fail as an engine that does not answer."""
        sandbox.close()
        self.guests[sandbox.container_id].close()
        if self.stuck:
            raise errors.SandboxUnavailable("the engine does not answer")
        with self._lock:
            self.destroyed.append(sandbox.container_id)

    def kill(self, sandbox: container.Sandbox) -> None:
        """Note that it has ended."""
        self.causes[sandbox.container_id] = "exit 137"

    def exit_cause(self, sandbox: container.Sandbox) -> str | None:
        """What the test set; None, still running, unless it did."""
        return self.causes.get(sandbox.container_id)
