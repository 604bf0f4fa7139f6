"""Before the first test: which statements of a submission's notebooks work, and quickly.

Owns the process that runs all of them once, its budget, and what is taken of its report. Runs in
the sandbox, in the supervisor, which runs no line of a submission itself. The report is a claim of
the student's own process: it decides which of the student's own statements the tests' processes
run, and nothing else.

Theory of operation
    supervisor  forks a process, reads a line for each statement that begins or is skipped
    process     imports each notebook's module; a timer ends what takes too long (`_Watch`)

When the process ends by itself, or does not heed its timer, the statement that ran is skipped and
another process starts from the beginning. Once the budget of seconds is used up, only definitions
are run; what has not been tried at the end is skipped.
"""

import contextlib
import importlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any, NoReturn

import msgspec

from grader.rpc import missing_modules, rlimits, scratch, statements, wire

# Processor seconds of one statement: every test pays them again. What is imported must be had.
CPU_S = {"definition": 10.0, "needed": 1.0, "other": 0.05}
SLEEP_S = {"definition": 10.0, "needed": 3.0, "other": 1.0}  # after which one that idles is ended
IDLE_SHARE = 0.02  # of the wall's time; a busy machine gives more than that
# Wall seconds after which its process is ended: it may be deep in a library's C code.
PATIENCE_S = {"definition": 60.0, "needed": 15.0, "other": 3.0}
TOTAL_CPU_S = 20.0
TOTAL_WALL_S = 60.0  # a machine may be busy
END_S = 110.0  # of the wall's; definitions have been tried until then
KEPT_CPU_S = 3.0  # of all that every test runs again, definitions left out
LOOK_S = 0.05  # between two looks whether a silent process has ended
AGAIN_S = 0.1  # a statement may catch what the timer raises
MAX_PROCESSES = 12
MAX_REPORT_BYTES = 4 * wire.MiB
MAX_LINE_BYTES = 4096
MAX_TEXT_CHARS = 200
MAX_SKIPPED = 12_000  # that fit into one frame
MAX_TEXTS = 200  # of all skipped statements; further ones have no text

SLOW, RAISED, ENDED, UNTRIED = statements.SLOW, "raised", "ended", "untried"
DONE = "done"

_lines = msgspec.json.Decoder(tuple[str, int, str, str])
_UNCHANGING = (
    *(int, float, complex, str, bytes, tuple, frozenset, type(None), type),
    *(FunctionType, type(len), ModuleType),
)

Place = tuple[str, int]  # notebook, and number of a statement in its table


Tables = Mapping[str, Sequence[statements.TableRow]]


@dataclass(slots=True)
class Findings:
    """What is known so far.

    Attributes:
        started: by the monotonic clock.
        skipped: why, and what the statement's own process says of it.
        running: the statement that began last.
    """

    started: float
    skipped: dict[Place, tuple[str, str]] = field(default_factory=dict)
    running: Place | None = None
    is_done: bool = False

    def left_s(self) -> float:
        """Wall seconds until the rehearsal ends in any case."""
        return self.started + END_S - time.monotonic()

    def give_up(self, tables: Tables) -> None:
        """Skip all that may not have been tried."""
        places = [(path, number) for path, rows in tables.items() for number in range(len(rows))]
        first = places.index(self.running) if self.running else 0
        for place in places[first:]:
            self.skipped.setdefault(place, (UNTRIED, ""))

    def told(self) -> tuple[wire.Skipped, ...]:
        """For the host."""
        found = sorted(self.skipped.items())[:MAX_SKIPPED]
        return tuple(
            wire.Skipped(*place, reason, text if number < MAX_TEXTS else "")
            for number, (place, (reason, text)) in enumerate(found)
        )


def notebooks(files: Mapping[str, bytes]) -> Tables:
    """The tables of a submission's notebooks."""
    found = [path for path in files if path.endswith(statements.TABLE)]
    return {path.removesuffix(statements.TABLE): statements.table(files[path]) for path in found}


def as_files(skipped: tuple[wire.Skipped, ...]) -> dict[str, bytes]:
    """What the tests' processes read."""
    by_notebook: dict[str, dict[int, str]] = {}
    for one in skipped:
        by_notebook.setdefault(one.path, {})[one.number] = one.reason
    return {
        path + statements.SKIPPED: msgspec.json.encode(found) for path, found in by_notebook.items()
    }


def of(
    files: Mapping[str, bytes],
    data_bytes: int,
    folder: Path,
    leave: Callable[[], None],
    reap: Callable[[int], object],
) -> tuple[wire.Skipped, ...]:
    """Run all statements once; those to be skipped.

    Args:
        folder: where each process has its files.
        leave: lets go, in such a process, of what is the supervisor's.
        reap: ends a process and whatever it left behind.
    """
    tables, found = notebooks(files), Findings(time.monotonic())
    for turn in range(MAX_PROCESSES if tables else 0):
        if found.left_s() <= 0:
            break
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            leave()
            laid = {**files, **as_files(found.told())}
            _rehearse(laid, data_bytes, folder / f"rehearsal{turn}", _Watch(writing, found.started))
        os.close(writing)
        _listen(reading, pid, tables, found)
        os.close(reading)
        reap(pid)
        if found.is_done or found.running is None:
            break
        found.skipped.setdefault(found.running, (ENDED, ""))
    if not found.is_done:
        found.give_up(tables)
    return found.told()


def _listen(reading: int, pid: int, tables: Tables, found: Findings) -> None:
    """Take up what the process reports, until its end, its time, or nonsense."""
    buffer, total = b"", 0
    while not found.is_done and found.left_s() > 0:
        wall_s = min(_patience_s(found.running, tables), found.left_s())
        if not _has_news(reading, pid, wall_s):
            if found.running and not _has_ended(pid):
                found.skipped.setdefault(found.running, (SLOW, ""))
            return
        data = os.read(reading, wire.MiB)
        total += len(data)
        *lines, buffer = (buffer + data).split(b"\n")
        if not data or total > MAX_REPORT_BYTES or len(buffer) > MAX_LINE_BYTES:
            return
        if not all(_take(line, tables, found) for line in lines):
            return


def _has_news(reading: int, pid: int, seconds: float) -> bool:
    """Whether something can be read, before so many seconds are over or the process has ended.

    The end of the pipe would not do: what the process leaves running may hold it open.
    """
    until = time.monotonic() + seconds
    while not select.select([reading], [], [], LOOK_S)[0]:
        if time.monotonic() > until or _has_ended(pid):
            return bool(select.select([reading], [], [], 0)[0])
    return True


def _has_ended(pid: int) -> bool:
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # it is reaped later
    return ended is not None


def _take(line: bytes, tables: Tables, found: Findings) -> bool:
    """Note a line of the report; False if it is none."""
    try:
        path, number, reason, text = _lines.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    if reason == DONE:
        found.is_done = True
        return True
    if not 0 <= number < len(tables.get(path, ())) or reason not in ("", SLOW, RAISED, UNTRIED):
        return False
    found.running = (path, number)
    if reason:
        found.skipped[path, number] = (reason, text[:MAX_TEXT_CHARS])
    return True


def _patience_s(place: Place | None, tables: Tables) -> float:
    """Wall seconds until the next line is due."""
    if place is None:
        return PATIENCE_S["definition"]
    row = tables[place[0]][place[1]]
    return PATIENCE_S["needed" if row.kind == "other" and row.touched else row.kind]


# ---- the process --------------------------------------------------------------------------


def _rehearse(
    files: Mapping[str, bytes], data_bytes: int, folder: Path, watch: "_Watch"
) -> NoReturn:
    """Import each notebook's module under the eyes of a watch."""
    try:
        os.setsid()
        rlimits.die_first()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        scratch.lay_out(folder, files)
        scratch.enter(folder)
        missing_modules.install(f"{folder}{os.sep}", files)
        rlimits.limit_data(data_bytes)
        statements.watch = watch
        for path in notebooks(files):
            name = path.removesuffix(".ipynb").replace("-", "_").replace("/", ".")
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
        watch.tell("", 0, DONE)
    finally:
        os._exit(0)


class _TooLong(BaseException):
    """The time of a statement is used up."""


class _Watch:
    """Runs one statement after the other, each for its time, and reports.

    A statement may import another notebook, whose statements then run within it.

    Args:
        writing: the pipe's end.
        started: when the first process was, by the monotonic clock.
    """

    def __init__(self, writing: int, started: float) -> None:
        self._writing = writing
        self._started = started
        self._own = os.getpid()
        self._is_armed = False
        self._began = (
            0.0,
            0.0,
        )  # of the innermost statement, by the wall's and the processor's clock
        self._kept_s = 0.0
        for number in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(number, self._ring)

    def __call__(
        self,
        path: str,
        number: int,
        row: statements.TableRow,
        namespace: statements.Namespace,
        action: Callable[[], None],
    ) -> None:
        """Run a statement."""
        kind = _kind(row, namespace)
        if kind != "definition" and self._is_used_up():
            self.tell(path, number, UNTRIED)
            return
        self.tell(path, number, "")
        before_s = time.process_time()
        reason, text = self._run(kind, action)
        if os.getpid() != self._own:  # the statement forked
            os._exit(0)
        if not reason and kind != "definition":
            self._kept_s += time.process_time() - before_s
            reason = SLOW if self._kept_s > KEPT_CPU_S else ""
        if reason == SLOW:
            statements.taken_out(namespace, row)  # as in the tests' processes
        if reason:
            self.tell(path, number, reason, text)

    def _is_used_up(self) -> bool:
        late = time.monotonic() - self._started > TOTAL_WALL_S
        return late or time.process_time() > TOTAL_CPU_S

    def _run(self, kind: str, action: Callable[[], None]) -> tuple[str, str]:
        """Why a statement is to be skipped; empty if it is not."""
        limits = ((signal.ITIMER_PROF, CPU_S[kind]), (signal.ITIMER_REAL, SLEEP_S[kind]))
        outer = [signal.setitimer(timer, limit, AGAIN_S) for timer, limit in limits]
        was_armed, reason, text = self._is_armed, "", ""
        self._began = time.monotonic(), time.process_time()
        try:
            self._is_armed = True
            action()
            self._is_armed = False
            _use_default_device()
        except _TooLong:
            self._is_armed, reason = False, SLOW
        except BaseException as exc:  # SystemExit is the statement's too
            self._is_armed, reason, text = False, RAISED, _said(exc)
        for (timer, _), (left_s, again_s) in zip(limits, outer, strict=True):
            signal.setitimer(timer, left_s, again_s)
        self._is_armed = was_armed
        return reason, text

    def _ring(self, number: int, _frame: FrameType | None) -> None:
        wall_s, cpu_s = time.monotonic() - self._began[0], time.process_time() - self._began[1]
        if self._is_armed and (number == signal.SIGPROF or cpu_s < IDLE_SHARE * wall_s):
            raise _TooLong

    def tell(self, path: str, number: int, reason: str, text: str = "") -> None:
        """Write a line of the report."""
        safe = text.encode("utf-8", "backslashreplace").decode()
        os.write(self._writing, msgspec.json.encode((path, number, reason, safe)) + b"\n")


def _use_default_device() -> None:
    """Raise what PyTorch raises if a statement chose a device that is not here (hosted notebooks
    have a GPU), and go back: it would break everything after it.
    """
    torch: Any = sys.modules.get("torch")
    if not hasattr(torch, "set_default_device"):
        return
    try:
        torch.empty(0)
    except BaseException:
        torch.set_default_device(None)
        raise


def _said(exc: BaseException) -> str:
    """The exception as text; its own `__str__` may raise."""
    name = type(exc).__name__
    try:
        return f"{name}: {exc}"[:MAX_TEXT_CHARS]
    except BaseException:  # whatever a student's __str__ does
        return name[:MAX_TEXT_CHARS]


def _kind(row: statements.TableRow, namespace: statements.Namespace) -> str:
    """The table's; what touches an object that can change is needed."""
    touched = (namespace.get(name) for name in row.touched)
    if row.kind == "other" and any(map(_may_change, touched)):
        return "needed"
    return row.kind


def _may_change(value: Any) -> bool:
    kind = type(value)
    return not (isinstance(value, _UNCHANGING) or kind.__name__ in ("device", "dtype"))
