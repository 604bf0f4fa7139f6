"""Running the public suite at home: the same pytest and proxy, a subprocess as the guest.

Owns the local guest, and which tests run. A subprocess confines nothing: this is for one's own
code on one's own machine, and the service has no way to choose it. What is said of a check is
`suite.home_check`'s.
"""

import ast
import contextlib
import importlib.util
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from grader import errors, settings
from grader.datasets import files
from grader.intake import handed_out, ignored_files, uploads
from grader.rpc import host, meters, supervision
from grader.source import notebook, scripts, syntax
from grader.suite import events, local_guest, plugin, pytest_run, run_terms

START_S = 240.0  # PyTorch on a machine that is busy with other things
TEST_S = 60.0
SLOW_TEST_S = 1800.0
RUN_S = 3600.0
FOLDERS = (*plugin.PUBLIC_FOLDERS, "hidden")  # a student's copy has `public_tests`


_Started = tuple[socket.socket, "subprocess.Popen[bytes]"]
Launch = Callable[[Sequence[str], Path], "subprocess.Popen[bytes]"]


def launch_as_oneself(command: Sequence[str], _folder: Path) -> "subprocess.Popen[bytes]":
    """Start a guest as the user who runs the tests: their own code, their own machine."""
    return subprocess.Popen(command, env=os.environ | _data_variable())  # noqa: S603  # our guest


class LocalSandboxes:
    """A guest in a subprocess, restarted when it is lost.

    Args:
        files: the submission, modules in the place of notebooks, and the course's files.
        launch: starts a guest, given its command and the folder with its socket; any but the
            default is for somebody else's code.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        stack: contextlib.ExitStack,
        preload: str,
        launch: Launch = launch_as_oneself,
    ) -> None:
        self._files = files
        self._stack = stack
        self._preload = preload
        self._launch = launch
        self._guest: supervision.Guest | None = None
        self._ahead: _Started | None = None

    def start_ahead(self) -> None:
        """Start a guest now; it imports its library while the tests are collected."""
        self._ahead = self._ahead or self._start()

    def guest(self) -> supervision.Guest:
        """The running guest, with the submission loaded.

        Raises:
            OperatorError: it does not start, or takes no files.
        """
        if self._guest is None:
            started, self._ahead = self._ahead or self._start(), None
            guest = self._connected(started)
            guest.load(self._files)
            self._guest = guest
        return self._guest

    def lost(self, _loss: host.GuestLost) -> None:
        """Start another one next time."""
        self._guest = None

    def renew(self) -> None:
        """At home nothing is hidden."""

    def _start(self) -> "_Started":
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-")))
        (folder / "scratch").mkdir()
        listener = self._stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(str(folder / "s"))
        listener.listen()
        # -P: the copies in the scratch folder are tested, not what lies in the current folder.
        command = [sys.executable, "-P", "-B", "-m", "grader.rpc.guest"]
        command += ["--socket", str(folder / "s")]
        command += ["--preload", self._preload, "--workdir", str(folder / "scratch")]
        command += ["--deprecations"]
        process = self._launch(command, folder)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        return listener, process

    def _connected(self, started: "_Started") -> supervision.Guest:
        listener, process = started
        control = local_guest.first_connection(
            listener, START_S, lambda: process.poll() is not None
        )
        self._stack.enter_context(control)
        if self._launch is not launch_as_oneself:  # somebody else's code: lateness is its doing
            return supervision.Guest(listener, control, meters.NoMeter())
        return local_guest.LocalGuest(listener, control)


def _data_variable() -> dict[str, str]:
    """Where the guest finds public data sets, if there are any on this machine."""
    public = settings.from_environment().datasets / files.HALVES["train"]
    return {"GRADER_DATA": str(public)} if public.is_dir() else {}


def read_folder(
    folder: Path, is_meant: Callable[[str], bool] = bool
) -> Iterator[tuple[str, bytes]]:
    """The files of a submission folder, without what only belongs to the machine.

    Args:
        is_meant: whether a file of this name is read; all are by default.
    """
    for name, content in ignored_files.in_folder(folder, is_meant=is_meant):
        if "public_tests" not in name.split("/"):
            yield name, content


def translated(files: Mapping[str, bytes], tests: Path) -> notebook.Translation:
    """The files with modules in the place of notebooks.

    As at the service, where the package says what is asked for. Else only notebooks that the tests
    speak of: the folder's others are nobody's business.
    """
    if rules := handed_out.read(tests):
        return uploads.translated(files, rules.manifest.submission, rules.template, screen=True)
    modules = {notebook.module_of(name) for name in files if name.endswith(notebook.SUFFIX)}
    words = set(re.findall(r"\w+", "".join(path.read_text() for path in test_files(tests))))
    read = notebook.translate(files, [name for name in modules if PurePath(name).stem in words])
    adapted = scripts.adapt(read.files, screen=True)
    return notebook.Translation(adapted.files, (*read.notes, *adapted.notes), read.reasons)


def test_files(tests: Path) -> list[Path]:
    """The Python files of a folder's tests."""
    return [path for name in FOLDERS for path in sorted((tests / name).rglob("*.py"))]


def lacking(tests: Path) -> dict[Path, str]:
    """Test files that import something which is not installed here, and the first such module."""
    paths = (path for name in FOLDERS for path in sorted((tests / name).rglob("test_*.py")))
    found = {path: [name for name in _imports(path) if not _is_here(name, tests)] for path in paths}
    return {path: names[0] for path, names in found.items() if names}


def _imports(path: Path) -> Iterator[str]:
    """Outermost names of what a file imports; none if it is no Python, as its import will tell."""
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(syntax.parsed(path.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _is_here(name: str, tests: Path) -> bool:
    return bool(list(tests.glob(f"{name}*")) or importlib.util.find_spec(name))


def library(tests: Path, left_out: Collection[Path] = ()) -> str:
    """What the tests' processes share; without it each would take a second to import PyTorch."""
    sources = (path.read_bytes() for path in test_files(tests) if path not in left_out)
    uses_torch = any(
        re.search(rb"^(?:import|from) torch\b", text, re.MULTILINE) for text in sources
    )
    return "torch" if uses_torch else "numpy"


def _modules(submission: Path, tests: Path) -> dict[str, bytes]:
    return translated(dict(read_folder(submission)), tests).files


def sandboxes(
    submission: Path, tests: Path, stack: contextlib.ExitStack, preload: str = ""
) -> LocalSandboxes:
    """The guest of a folder, notebooks in it rehearsed as at the service.

    Args:
        preload: numpy or torch; what the tests use unless given.
    """
    shared = preload or library(tests, lacking(tests))
    return LocalSandboxes(_modules(submission, tests), stack, shared)


def run(
    submission: Path,
    tests: Path,
    bounds: host.Bounds,
    run_s: float,
    emit: Callable[[events.Event], None],
    preload: str = "numpy",
    left_out: Collection[Path] = (),
    tasks: Collection[str] = (),
) -> BaseException | None:
    """Run the tests below a folder on a submission; what kept the suite from running, if anything.

    Args:
        emit: receives each event as it happens.
        left_out: test files that are not even imported.
        tasks: ids; only their tests run. Empty: all.
    """
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-"))
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = scratch  # not in the student's folder
        sandboxes = LocalSandboxes(_modules(submission, tests), stack, preload)
        terms = run_terms.RunTerms(sandboxes, bounds, run_s, emit, slow_test_s=SLOW_TEST_S)
        suite = plugin.Plugin(tests, terms)
        folders = [name for name in FOLDERS if (tests / name).is_dir()]
        if not folders:
            return errors.SuiteError(f"{tests} has no public_tests/ folder; name it by --tests.")
        sandboxes.start_ahead()
        pytest_run.run(suite, tests, folders, left_out=left_out, tasks=tasks)
    return suite.fault
