"""One container per grading: start it, destroy it, find what a crash left behind.

Owns containers and their socket folders. Does not own the first word of a sandbox
(`first_contact`) and what is said after it (`grader.rpc.supervision`), nor when containers are made
(`pool`), nor their flags (`policy`).

Theory of operation
-------------------
`start` makes a folder with a listening Unix socket, creates a container that sees this folder
read-only, starts it and waits until the guest has imported its libraries, connected, and sent one
byte, the canary. This first connection is the control channel. Until then no submitted code has
run, so everything that goes wrong before the canary is the machine's fault, and everything after
it is never answered with `SandboxUnavailable` because of something the guest did.

Output streams are never attached: an attached stream that nobody reads hangs `kill` and `rm` of
its container (moby#41827). What the guest writes there is dropped by the engine.

`destroy` shuts the sockets first, so a peer that floods them is stopped, then kills and removes.
Each call to the engine has a time-out; a container that survives them is forgotten here and thus
becomes a stranger, which `reap` removes.

Every container carries four labels: the owner (who may remove it), its lease (one start), the
owner's process (anybody may remove what a dead one left: `process_label`) and its user, of which no
two containers of an engine have the same. The lease is registered
before the container exists, so that `reap`, in another thread, never takes one in the making for
a stranger. An owner's name and run folder belong to one process at a time: a second would reap it.
"""

import contextlib
import logging
import re
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import docker  # type: ignore[import-untyped]  # the library ships no types
import docker.errors  # type: ignore[import-untyped]  # the library ships no types

from grader import errors
from grader.sandbox import (
    cgroup,
    engine_errors,
    first_contact,
    host_paths,
    masks,
    policy,
    process_label,
)

log = logging.getLogger(__name__)

OWNER_LABEL: Final = "grader.owner"
LEASE_LABEL: Final = "grader.lease"
PROCESS_LABEL: Final = "grader.process"
USER_LABEL: Final = "grader.user"
API_TIMEOUT_S: Final = 60  # one call to the engine; 17 s were seen beside an image build

_LEASE_PATTERN: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(slots=True, eq=False)
class Sandbox:
    """A warm container and this process's ends of its channels.

    Attributes:
        container_id: the engine's name for it.
        lease: this start's random name; also the socket folder's.
        listener: listening socket where the guest's later connections arrive.
        control: the guest's first connection, the canary byte already read.
        meters: kernel figures, readable while the container lives.
        started_s: seconds from the order until the canary.
    """

    container_id: str
    lease: str
    listener: socket.socket
    control: socket.socket
    meters: cgroup.Meters
    started_s: float
    _closed: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def close(self) -> None:
        """Shut the sockets and close the meters; the container itself is not touched."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for end in (self.control, self.listener):
            first_contact.shut(end)
        self.meters.close()


class Engine:
    """A Docker engine as seen by one owner. Thread-safe; connects at first use.

    Args:
        run_dir: folder for the sockets, made with mode 0700 if missing. It must be on the
            engine's own machine and its path short (see MAX_SOCKET_PATH_BYTES).
        owner: name written on every container; one process at a time may use it.
        data_dir: folder of public data sets, mounted in every sandbox; by default an empty one.
    """

    def __init__(self, run_dir: Path, owner: str, data_dir: Path | None = None) -> None:
        self._run_dir = run_dir.absolute()
        self._data_dir = data_dir and data_dir.absolute()
        self._owner = owner
        self._lock = threading.Lock()
        self._client: Any = None
        self._mounts: Mapping[str, str] = {}
        self._users: dict[str, int] = {}  # of each lease

    def check(self, image: str) -> None:
        """Make sure that the engine answers and has the image.

        Raises:
            SandboxUnavailable: with what to do about it.
        """
        with engine_errors.mapped("look for the sandbox image"):
            client = self._connect()
            client.ping()
            client.images.get(image)

    def image_id(self, image: str) -> str:
        """The engine's name for the content of an image, which a tag is not.

        Raises:
            SandboxUnavailable: the engine does not answer, or has no such image.
        """
        with engine_errors.mapped("look for the sandbox image"):
            name: str = self._connect().images.get(image).id
        return name

    def info(self) -> dict[str, Any]:
        """What the engine says of itself, in its own words; SandboxUnavailable without one."""
        with engine_errors.mapped("ask the engine about itself"):
            description: dict[str, Any] = self._connect().info()
        return description

    def start(self, profile: policy.Profile, *, entrypoint: Sequence[str] = ()) -> Sandbox:
        """Start a container and wait until its guest is ready.

        Args:
            profile: image and limits.
            entrypoint: replaces the image's program; for the probe and for tests.

        Raises:
            SandboxUnavailable: nothing is left behind; the message says what was seen.
        """
        begun = time.monotonic()
        lease = secrets.token_hex(8)
        with contextlib.ExitStack() as undo:
            undo.callback(self._forget, lease)
            self._take_user(lease)
            listener = first_contact.listen(self._socket_dir(lease))
            undo.callback(first_contact.shut, listener)
            # By name: a create call that times out may still succeed later.
            undo.callback(self._try_remove, _name(lease))
            container = self._create(profile, lease, entrypoint)
            with engine_errors.mapped("start a sandbox"):
                container.start()
                container.reload()  # its process's number
            control = first_contact.await_canary(listener, container, profile)
            undo.callback(first_contact.shut, control)
            gauges = cgroup.open_meters(container.attrs["State"]["Pid"], container.id)
            undo.pop_all()
        return Sandbox(container.id, lease, listener, control, gauges, time.monotonic() - begun)

    def destroy(self, sandbox: Sandbox) -> None:
        """Shut the sockets, kill and remove the container and its folder; idempotent.

        Raises:
            SandboxUnavailable: the engine did not remove it in time; `reap` will try again.
        """
        sandbox.close()
        try:
            self._remove(sandbox.container_id)
        finally:
            self._forget(sandbox.lease)

    def kill(self, sandbox: Sandbox) -> None:
        """End all processes of a sandbox before this returns; the container stays.

        Raises:
            SandboxUnavailable: the engine did not do it in time.
        """
        with engine_errors.mapped("end a sandbox"), contextlib.suppress(docker.errors.NotFound):
            try:
                self._connect().api.kill(sandbox.container_id)
            except docker.errors.APIError as exc:
                if exc.status_code != 409:  # it does not run any more
                    raise

    def reap(self) -> int:
        """Remove this owner's containers and folders that no live lease accounts for.

        Containers of owners whose process is dead go, too: a `grader grade` that was killed has no
        next start under its name.

        Returns:
            How many containers of this owner were removed.

        Raises:
            SandboxUnavailable: the engine does not answer. A single container that cannot be
                removed is logged and left for the next time.
        """
        with engine_errors.mapped("list left-over sandboxes"):
            rows = self._connect().api.containers(all=True, filters={"label": OWNER_LABEL})
        ours = [row for row in rows if row["Labels"][OWNER_LABEL] == self._owner]
        strangers = [r["Id"] for r in ours if r["Labels"].get(LEASE_LABEL) not in self._users]
        removed = sum(self._try_remove(container_id) for container_id in strangers)
        self._reap_folders()
        for row in rows:
            process, running = row["Labels"].get(PROCESS_LABEL, ""), row["State"] == "running"
            if row not in ours and process_label.is_dead(process, running=running):
                self._try_remove(row["Id"])
        return removed

    def exit_cause(self, sandbox: Sandbox) -> str | None:
        """Why the container itself ended: "memory", "exit N", or None while it runs.

        For a control channel that ended without this process's doing. "memory" also holds when
        the kernel killed another process of it first, and the guest ended afterwards.
        """
        state = self.inspect(sandbox)["State"]
        if state["Running"]:
            return None
        return "memory" if state["OOMKilled"] else f"exit {state['ExitCode']}"

    def inspect(self, sandbox: Sandbox) -> dict[str, Any]:
        """What the engine says of a sandbox, in its own words; SandboxUnavailable without one."""
        with engine_errors.mapped("ask about a sandbox"):
            description: dict[str, Any] = self._connect().api.inspect_container(
                sandbox.container_id
            )
        return description

    def _connect(self) -> Any:
        with self._lock:
            if self._client is None:
                client = docker.from_env(timeout=API_TIMEOUT_S)
                self._client, self._mounts = client, host_paths.mounts(client.api)
            return self._client

    def _create(self, profile: policy.Profile, lease: str, entrypoint: Sequence[str]) -> Any:
        user = self._users[lease]
        labels = {OWNER_LABEL: self._owner, LEASE_LABEL: lease, PROCESS_LABEL: process_label.own()}
        labels[USER_LABEL] = str(user)
        data_dir = str(self._data_dir or self._no_data())
        with engine_errors.mapped("create a sandbox"):
            client = self._connect()
            arguments = policy.create_arguments(
                profile,
                socket_dir=host_paths.translated(str(self._socket_dir(lease)), self._mounts),
                data_dir=host_paths.translated(data_dir, self._mounts),
                labels=labels,
                name=_name(lease),
                user=user,
                entrypoint=entrypoint,
            )
            made = client.api.create_container(**_as_sent(client.api, arguments))
            return client.containers.get(made["Id"])

    def _take_user(self, lease: str) -> None:
        """Choose a user that no other sandbox of the engine has, whoever started it."""
        with engine_errors.mapped("list the sandboxes"):
            rows = self._connect().api.containers(all=True, filters={"label": USER_LABEL})
        taken = {int(row["Labels"][USER_LABEL]) for row in rows}
        with self._lock:
            free = [u for u in policy.USERS if u not in taken and u not in self._users.values()]
            if not free:
                raise errors.SandboxUnavailable(
                    f"All {len(policy.USERS)} users for sandboxes are taken. Remove the sandboxes "
                    f"that nobody needs (`docker ps -a --filter label={OWNER_LABEL}`)."
                )
            self._users[lease] = secrets.choice(free)

    def _remove(self, container_id: str) -> None:
        with engine_errors.mapped("remove a sandbox"):
            api = self._connect().api
            try:
                api.remove_container(container_id, force=True, v=True)
            except docker.errors.NotFound:
                return
            except docker.errors.APIError as exc:
                if exc.status_code != 409:  # another thread is removing it already
                    raise

    def _try_remove(self, container_id: str) -> bool:
        try:
            self._remove(container_id)
        except errors.SandboxUnavailable:
            log.warning("a sandbox was not removed; the next reap tries again", exc_info=True)
            return False
        return True

    def _no_data(self) -> Path:
        """An empty folder beside those of the sockets."""
        folder = self._run_dir / "no-data"
        folder.mkdir(mode=0o755, exist_ok=True)
        return folder

    def _socket_dir(self, lease: str) -> Path:
        return self._run_dir / lease

    def _forget(self, lease: str) -> None:
        shutil.rmtree(self._socket_dir(lease), ignore_errors=True)
        with self._lock:
            self._users.pop(lease, None)

    def _reap_folders(self) -> None:
        """Remove socket folders without a lease; only names that `start` could have given."""
        folders = self._run_dir.iterdir() if self._run_dir.is_dir() else ()
        for folder in folders:
            if _LEASE_PATTERN.fullmatch(folder.name) and folder.name not in self._users:
                shutil.rmtree(folder, ignore_errors=True)


def _as_sent(api: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in the shape of the low-level call; only there can paths be masked."""
    of_host = {k: v for k, v in arguments.items() if k not in policy.OF_CONTAINER}
    host_config = api.create_host_config(**of_host)
    host_config["MaskedPaths"] = masks.masked_paths()
    of_container = {k: v for k, v in arguments.items() if k in policy.OF_CONTAINER}
    return of_container | {"host_config": host_config}


def _name(lease: str) -> str:
    return f"grader-{lease}"
