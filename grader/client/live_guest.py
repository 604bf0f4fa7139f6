"""The notebook's own process as the guest of a suite: tests ask what is defined in it right now.

Owns serving one check from the kernel. The tests run in another process (`client.check_process`),
over the same wire as everywhere. Nothing is confined: it is one's own code on one's own machine.

Theory of operation
    kernel     connects the control channel and obeys it until the tests' process hangs up;
               between two commands it reads that process's events and shows them
      `- fork  of the kernel, one for each test: it has all that the notebook has defined, and
               what the test changes in it is gone with it

    Where a fork would not work (no Linux, or a GPU in use, which no fork can use) the kernel
    itself answers, so a test's changes stay, and only an interrupt ends an endless loop.

A name is looked up in the notebook first, then in the file of the module that the test names, read
again from the disk: both are what will be submitted.
"""

import contextlib
import importlib
import importlib.machinery
import io
import os
import selectors
import signal
import socket
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import msgspec

from grader.client import cells
from grader.rpc import channel, child, raised, wire

HELPERS = "stage"


class NotDefinedYet(AttributeError):
    """A test asks for a name that neither the notebook nor a file has."""


class LiveModule(types.ModuleType):
    """What a test sees of a module: the notebook's own definitions, then the file's."""

    def __init__(
        self, name: str, namespace: MutableMapping[str, Any], file: types.ModuleType | None
    ) -> None:
        super().__init__(name)
        self.__dict__["_namespace"], self.__dict__["_file"] = namespace, file

    def __getattr__(self, name: str) -> Any:
        namespace, file = self.__dict__["_namespace"], self.__dict__["_file"]
        if name in namespace and (file is None or _is_own(namespace[name])):
            return namespace[name]
        if file is not None and hasattr(file, name):
            return getattr(file, name)
        if name in namespace:
            return namespace[name]
        raise NotDefinedYet(f"{name} is not defined yet")

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__["_namespace"][name] = value
        if (file := self.__dict__["_file"]) is not None and not name.startswith("__"):
            setattr(file, name, value)


def _is_own(value: object) -> bool:
    """Defined in the notebook, rather than imported into it."""
    return getattr(value, "__module__", None) == "__main__"


class Modules:
    """The modules of a homework as tests ask for them.

    Args:
        namespace: of the notebook.
        folder: where its files are.
        notebooks: names of modules that the notebook itself stands for.
    """

    def __init__(
        self, namespace: MutableMapping[str, Any], folder: Path, notebooks: tuple[str, ...]
    ) -> None:
        self._namespace, self._folder, self._notebooks = namespace, folder, notebooks
        self._known: dict[str, types.ModuleType] = {}

    def find(self, name: str) -> types.ModuleType:
        """The module that a test calls by this name."""
        if name.split(".")[0] == HELPERS:
            return importlib.import_module(name)
        if name not in self._known:
            file = self._folder.joinpath(*name.split(".")).with_suffix(".py")
            # A name that is no file of the homework may still be a real module's: never import it.
            module = importlib.import_module(name) if file.is_file() else None
            self._known[name] = LiveModule(name, self._namespace, module)
        return self._known[name]

    @contextlib.contextmanager
    def fresh(self) -> Iterator[None]:
        """The homework's files are imported again, and those that import the notebook find it."""
        path, modules, writes = sys.path[:], dict(sys.modules), sys.dont_write_bytecode
        try:
            for name, module in modules.items():
                if str(getattr(module, "__file__", None) or "").startswith(f"{self._folder}/"):
                    del sys.modules[name]
            importlib.invalidate_caches()
            sys.path.insert(0, str(self._folder))
            sys.dont_write_bytecode = True
            for name in self._notebooks:
                if not (self._folder / f"{name}.py").is_file():
                    sys.modules[name] = LiveModule(name, self._namespace, None)
            yield
        finally:
            sys.path[:], sys.dont_write_bytecode = path, writes
            for name in sys.modules.keys() - modules.keys():
                if str(getattr(sys.modules[name], "__file__", "") or "").startswith(
                    f"{self._folder}/"
                ):
                    del sys.modules[name]
            sys.modules.update(modules)


class LiveChild(child.Child):
    """One test's conversation, in a fork of the kernel or in the kernel itself."""

    def __init__(self, socket_path: str, folder: Path, modules: Modules) -> None:
        super().__init__(socket_path, folder)
        self._modules = modules
        self._calls = channel.connect(socket_path, wire.CALL_CHANNEL)

    def answer_all(self, value_bytes: int) -> None:
        """Answer until the host hangs up."""
        with self._modules.fresh():
            while (received := self._receive()) is not None:
                self._answer(*received, value_bytes)

    def _target(self, target: str | int) -> Any:
        return self._modules.find(target) if isinstance(target, str) else super()._target(target)

    def _described(self, request_id: int, exc: BaseException) -> wire.Raise:
        """As in a sandbox; but lines of a notebook are called by their cells."""
        plain = raised.describe(request_id, exc, "\0")
        frames = tuple(cells.frames(exc, self._prefix))
        return msgspec.structs.replace(plain, frames=frames)

    def capture_output(self) -> None:
        """What this process prints goes to the host from now on."""
        self._capture_output()
        # The kernel's own streams belong to threads that a fork does not have.
        sys.stdout = sys.stderr = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115  # a descriptor

    def close(self) -> None:
        """Hang up."""
        self._calls.close()


class LiveGuest:
    """Serves one check.

    Args:
        socket_path: where the tests' process listens.
        forks: whether each test gets a fork.
    """

    def __init__(self, socket_path: str, folder: Path, modules: Modules, *, forks: bool) -> None:
        self._socket_path, self._folder, self._modules = socket_path, folder, modules
        self._forks = forks
        self._child = 0
        self._own: LiveChild | None = None
        self._control = channel.connect(socket_path, wire.CONTROL_CHANNEL)

    def serve(self, events: int, on_events: Callable[[bytes], None]) -> None:
        """Obey until the tests' process hangs up.

        Args:
            events: descriptor of a pipe.
            on_events: receives what came through it.
        """
        with selectors.DefaultSelector() as ready:
            ready.register(self._control, selectors.EVENT_READ)
            ready.register(events, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select():
                    if key.fd == events:
                        on_events(content := os.read(events, wire.MiB))
                        alive = bool(content)
                    else:
                        alive = self._obey()
                    if not alive:
                        ready.unregister(key.fileobj)

    def close(self) -> None:
        """End what still runs."""
        self._reap()
        self._control.close()

    def _obey(self) -> bool:
        """One command; False when the host has hung up."""
        try:
            received = channel.receive(self._control)
        except ConnectionError:  # it ended before it took the connection: no test was to be run
            received = None
        if received is None:
            return False
        match received[0]:
            case wire.Fork() as command:
                channel.send(self._control, wire.Done())
                self._open(command.value_bytes)
            case wire.Rehearse():
                channel.send(self._control, wire.Rehearsed(()))
            case wire.Reap():
                channel.send(self._control, wire.Done(self._reap()))
            case _:
                channel.send(self._control, wire.Done())
        return True

    def _open(self, value_bytes: int) -> None:
        if self._forks:
            self._child = os.fork()
            if self._child == 0:
                self._run_fork(value_bytes)
            return
        own = LiveChild(self._socket_path, self._folder, self._modules)
        try:
            with printing_to(channel.connect(self._socket_path, wire.OUTPUT_CHANNEL)):
                own.answer_all(value_bytes)
        finally:
            own.close()

    def _run_fork(self, value_bytes: int) -> None:
        """What the fork does; it never goes back into the notebook's code."""
        try:
            os.setsid()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._control.close()
            _one_thread()
            own = LiveChild(self._socket_path, self._folder, self._modules)
            own.capture_output()
            own.answer_all(value_bytes)
        finally:
            os._exit(0)

    def _reap(self) -> int:
        """End the test's fork; its wait status. The notebook's other children are left alone."""
        if not self._child:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):  # it has no group of its own yet
            os.kill(self._child, signal.SIGKILL)
        status = 0
        with contextlib.suppress(ChildProcessError):
            _, status = os.waitpid(self._child, 0)
        self._child = 0
        return status


def can_fork(loaded: Mapping[str, Any] = sys.modules) -> bool:
    """Whether a fork of this process can do what the process can."""
    torch = loaded.get("torch")
    on_gpu = torch is not None and torch.cuda.is_initialized()
    return sys.platform.startswith("linux") and not on_gpu


def _one_thread() -> None:
    """PyTorch's threads are not there in a fork; asked for, they would be waited for for ever."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)


@contextlib.contextmanager
def printing_to(channel: socket.socket) -> Iterator[None]:
    """What Python prints meanwhile goes there."""
    with channel, channel.makefile("w", errors="replace") as file:
        stream: io.TextIOBase = file
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
