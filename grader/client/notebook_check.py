"""`grader.check`: the public tests of a homework on what the notebook has defined so far.

Owns one check from the call to its result: which tests, the process they run in, what is shown
meanwhile. Serving that process is `client.live_guest`'s, the result `client.check_result`'s.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import errors
from grader.client import (
    cells,
    check_result,
    homework,
    live_display,
    live_guest,
    live_notebook,
)
from grader.intake import handed_out
from grader.suite import collect, events, home_check, local_run, public_tasks

STOP_S = 5.0
SOURCES = (".py", homework.NOTEBOOK)
NO_NOTEBOOK = (
    "It is not clear which file this notebook is, so the homework's rules were applied to the "
    "other files only."
)
UNSAVED = (
    "{} is not saved as it runs here ({}); the homework's rules were applied to what is saved."
)


@dataclass(slots=True)
class Process:
    """The tests' process, and where it listens."""

    running: subprocess.Popen[bytes]
    socket_path: str
    events: int


def check(*tasks: str, tests: str | Path = "", show: bool = True) -> check_result.Checked:
    """Run the public tests on what is defined here, and show what they say.

    Args:
        tasks: ids, as "1a"; all tasks if none is named.
        tests: the folder that holds `public_tests/`; found if it is here, above or just below.
        show: display the result, at once and as it grows.

    Raises:
        NotFound: there are no tests here.
        SuiteError: no test is for such a task, or the tests themselves are broken.
    """
    folder = _tests(Path(tests).resolve() if tests else Path.cwd())
    display = live_display.Display(show=show)
    results = collect.Results(display.progress)
    files, notes = _to_submit(folder)
    home = home_check.of(files, folder)
    notes += home.before

    def take(event: events.Event) -> None:
        notes.extend(home.during(event))
        results.add(event)

    try:
        _run(folder, tasks, take)
    finally:
        display.clear()
    if tasks and not results.cases:
        raise errors.SuiteError(public_tasks.unknown(tasks, local_run.test_files(folder)))
    absent = local_run.lacking(folder)
    done = check_result.of(home_check.finished(home, results, absent, notes, tasks))
    display.show(done)
    return done


def _tests(start: Path) -> Path:
    if found := homework.find_tests(start):
        return found
    slug = homework.name_in(start)
    raise errors.NotFound(
        f"There is no folder {homework.TESTS} in {start}, above it or just below it. Download the "
        f'homework first: grader.download("{slug or "NAME"}")'
    )


def _to_submit(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The homework's files, this notebook among them, and what of it they do not show.

    Of the folder only source and what is asked for: data next to a notebook may be large.
    """
    rules = handed_out.read(folder)
    asked = {Path(name).name for name in rules.manifest.submission.wanted} if rules else set()

    def is_meant(name: str) -> bool:
        return name.endswith(SOURCES) or Path(name).name in asked

    files = dict(local_run.read_folder(folder, is_meant))
    try:
        found = live_notebook.find()
    except errors.GraderError:
        return files, [NO_NOTEBOOK] if rules else []
    files[found.name] = found.content
    changed = cells.unsaved(found.source, cells.namespace()) if rules else []
    return files, [UNSAVED.format(found.name, ", ".join(changed))] if changed else []


def _run(folder: Path, tasks: Sequence[str], emit: Callable[[events.Event], None]) -> None:
    lines = bytearray()

    def take(content: bytes) -> None:
        lines.extend(content)
        while (end := lines.find(b"\n")) >= 0:
            emit(events.from_line(bytes(lines[:end])))
            del lines[: end + 1]

    modules = live_guest.Modules(cells.namespace(), folder, _notebooks(folder))
    with _started(folder, tasks) as process:
        forks = live_guest.can_fork()
        try:
            guest = live_guest.LiveGuest(process.socket_path, folder, modules, forks=forks)
        except ConnectionError as exc:
            raise errors.SuiteError("The tests could not be started; try again.") from exc
        try:
            guest.serve(process.events, take)
        finally:
            guest.close()
    if process.running.returncode:
        raise errors.SuiteError("The tests could not be run; what went wrong is printed above.")


def _notebooks(folder: Path) -> tuple[str, ...]:
    """Names of the modules that notebooks here stand for."""
    paths = (*folder.glob(f"*{homework.NOTEBOOK}"), *Path.cwd().glob(f"*{homework.NOTEBOOK}"))
    return tuple({path.stem.replace("-", "_") for path in paths})


@contextlib.contextmanager
def _started(folder: Path, tasks: Sequence[str]) -> Iterator[Process]:
    """The tests' process; it has ended when the block has."""
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-"))
        listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(path := os.path.join(place, "s"))  # noqa: PTH118  # a socket's name is text
        listener.listen()
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        try:
            command = [sys.executable, "-m", "grader.client.check_process"]
            command += ["--listener", str(listener.fileno()), "--events", str(writing)]
            command += ["--tests", str(folder)]
            command += [word for task in tasks for word in ("--task", task)]
            running = subprocess.Popen(  # noqa: S603  # ourselves
                command, pass_fds=(listener.fileno(), writing), env=_environment()
            )
        finally:
            # Only the tests' process listens: when it ends, the notebook's end of the line breaks.
            os.close(writing)
            listener.close()
        try:
            yield Process(running, path, reading)
            running.wait(STOP_S)
        finally:
            running.kill()
            running.wait()


def _environment() -> dict[str, str]:
    """The tests' process finds this very package, wherever the notebook found it."""
    here = str(Path(errors.__file__).parents[1])
    paths = [here, os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
