"""Can this machine grade, and what holds on it: one finding per control, each with its remedy.

Owns the list of what is examined and the advice. Does not own the checks themselves: the engine's
are `sandbox.container`'s, the kernel's `sandbox.selftest`'s and `confined.rights`', the database's
`store`'s. A check changes nothing: what is started for it is removed, also a database that is made
to see whether one can be.

A finding that is `needed` and bad means that the service would not grade: `serve` and `grade` run
the same probe and refuse. The others are told, because graded work does not depend on them.
"""

import contextlib
import dataclasses
import functools
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from grader import app, errors, settings
from grader.assignment import manifest as assignments
from grader.confined import rights
from grader.grading import bench
from grader.notify import channels, mail
from grader.sandbox import cgroup, container, course_images, policy, selftest
from grader.service import course_folder
from grader.suite import forkserver

GiB: Final = 1024**3
MIN_FREE_BYTES: Final = 2 * GiB  # uploads, the database and the engine's layers grow
MAX_CLOCK_SKEW_S: Final = 5.0  # between this process and the engine or the database
BUSY_TRIES: Final = 5  # each waits for the sandbox for at least 20 s
FIRST_WITHOUT_COMPOSE_1: Final = 26  # its API is 1.45
EARLIEST: Final = 1_767_225_600  # 2026-01-01: a clock before it was never set


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found.

    Attributes:
        needed: whether the service refuses to grade when it is not in order.
        said: what was seen, or what is wrong and how to fix it.
    """

    name: str
    ok: bool
    said: str
    needed: bool = True


def examine(chosen: settings.Settings) -> Iterator[Finding]:
    """Each finding as soon as it is there; about five seconds in all."""
    yield _found("disk", lambda: disk(chosen.data_dir))
    yield _found("clock", clock)
    yield from homeworks(chosen.course_dir)
    yield _found("database", lambda: database(chosen))
    yield messages(chosen)
    with tempfile.TemporaryDirectory(prefix="grader-", dir=chosen.run_dir or None) as folder:
        engine = container.Engine(Path(folder, "run"), bench.one_time_owner())
        reachable = _found("engine", lambda: _engine(engine))
        yield reachable
        if reachable.ok:
            startable = _found("image", lambda: _image(engine, chosen))
            yield startable
            if startable.ok:
                yield from _sandbox(engine, chosen)
                yield from course_packages(chosen)
            yield compose(_compose_version(), engine.info().get("ServerVersion", ""))
    yield from _suite()


def _found(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except errors.OperatorError as exc:
        return Finding(name, False, str(exc))


def disk(data_dir: Path) -> str:
    """Room where uploads, database and temporary files are kept.

    Raises:
        OperatorError: too little of it, or it cannot be written to.
    """
    rooms = []
    for folder in dict.fromkeys((data_dir, Path(tempfile.gettempdir()))):
        # Not `Path.exists`, which raises where this user may not look.
        nearest = next(p for p in (folder.absolute(), *folder.absolute().parents) if _is_seen(p))
        free = shutil.disk_usage(nearest).free
        if not (nearest.is_dir() and os.access(nearest, os.R_OK | os.W_OK | os.X_OK)):
            raise errors.OperatorError(
                f"{nearest} must be a folder that this user may read and write; fix that, or name "
                "another with --data or TMPDIR."
            )
        if free < MIN_FREE_BYTES:
            raise errors.OperatorError(
                f"{nearest} has {free / GiB:.1f} GiB free; make at least {MIN_FREE_BYTES / GiB:g} "
                "GiB of room, or name another folder with --data or TMPDIR."
            )
        rooms.append(f"{nearest} has {free / GiB:.0f} GiB free")
    return ", ".join(rooms)


def _is_seen(path: Path) -> bool:
    return os.access(path, os.F_OK)


def homeworks(course_dir: Path) -> Iterator[Finding]:
    """Which homeworks the course's folder holds, and what is wrong with any of them."""
    faults = course_folder.faults_in(course_dir)
    said = f"{', '.join(faults) or 'none'}, in {course_dir.resolve()}"
    advice = "" if faults else "; name the folder that holds tests/suites/ with --course"
    yield Finding("assignments", bool(faults), said + advice, needed=False)
    for slug, fault in faults.items():
        if fault:
            yield Finding(f"assignment {slug}", False, fault, needed=False)


def clock(now_s: float | None = None) -> str:
    """Whether the clock was ever set; deadlines and sessions hang on it.

    Raises:
        OperatorError: it was not.
    """
    now_s = time.time() if now_s is None else now_s
    reading = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_s))
    if now_s < EARLIEST:
        raise errors.OperatorError(f"The clock says {reading}; set it, for example by NTP.")
    return reading


def skew(what: str, theirs_s: float) -> None:
    """Compare another clock, in seconds since 1970, with this machine's.

    Raises:
        OperatorError: they are too far apart.
    """
    apart = abs(theirs_s - time.time())
    if apart > MAX_CLOCK_SKEW_S:
        raise errors.OperatorError(
            f"The clock of the {what} is {apart:.0f} s away from this machine's, so due dates "
            "would be judged wrongly; let both follow NTP."
        )


def database(chosen: settings.Settings) -> str:
    """Whether the database answers, as it is; where there is none, whether one can be made.

    Raises:
        OperatorError: it does not answer, or none can be made.
    """
    if app.has_store(chosen):
        _ask(chosen)
        return "a server of its own" if chosen.database_url else "the embedded server"
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        _ask(dataclasses.replace(chosen, data_dir=Path(folder)))
    return f"the embedded server works; `grader serve` makes a database in {chosen.data_dir}"


def _ask(chosen: settings.Settings) -> None:
    with app.store_as_it_is(chosen) as store:
        store.ping()
        skew("database", store.clock_s())


def messages(chosen: settings.Settings) -> Finding:
    """Whether mail can be handed over, up to signing in; nothing is sent."""
    try:
        ways = channels.chosen(chosen)
        hooks = f"{len(ways.webhooks)} webhooks"
        if ways.smtp is None:
            said = f"no mail is sent, {hooks}; see docs/messages.md"
            return Finding("messages", True, said, needed=False)
        with mail.connected(ways.smtp, ways.sender):
            said = f"{ways.smtp.host}:{ways.smtp.port} takes mail from {ways.sender}, {hooks}"
        return Finding("messages", True, said, needed=False)
    except errors.OperatorError as exc:
        return Finding("messages", False, str(exc), needed=False)


def _engine(engine: container.Engine) -> str:
    info = engine.info()
    system_time = re.sub(r"(\.\d{6})\d*", r"\1", info["SystemTime"])  # Python reads no nanoseconds
    skew("engine", datetime.fromisoformat(system_time).timestamp())
    return f"Docker {info['ServerVersion']}, control groups v{info.get('CgroupVersion', '1')}"


def _image(engine: container.Engine, chosen: settings.Settings) -> str:
    engine.check(chosen.sandbox_image)
    profile = policy.Profile(
        chosen.sandbox_image, "numpy", 256 * policy.MiB, runtime=chosen.sandbox_runtime
    )
    sandbox = engine.start(profile)  # the real guest, up to its first word
    engine.destroy(sandbox)
    return f"{chosen.sandbox_image} starts in {sandbox.started_s:.1f} s"


def course_packages(chosen: settings.Settings) -> Iterator[Finding]:
    """Whether the image of each assignment that adds packages is there."""
    for slug in assignments.slugs(chosen.course_dir):
        with contextlib.suppress(errors.SuiteError):  # `grader suite check` says what is wrong
            added = assignments.load(chosen.course_dir, slug).manifest.environment.packages
            if added:
                look = functools.partial(course_images.check, chosen.sandbox_image, slug, added)
                yield _found(f"packages of {slug}", look)


def _sandbox(engine: container.Engine, chosen: settings.Settings) -> Iterator[Finding]:
    """The confinement, which is needed, and the meters, without which scores differ by machine."""
    runtime = chosen.sandbox_runtime
    try:
        readable = _verified(engine, chosen.sandbox_image, runtime)
    except errors.OperatorError as exc:
        yield Finding("sandbox", False, str(exc))
        return
    under = runtime or "the engine's default runtime"
    yield Finding("sandbox", True, f"every control works, under {under}")
    yield meters(readable)


def _verified(engine: container.Engine, image: str, runtime: str) -> cgroup.Readable:
    """The probe; a machine that has no processor to spare is asked a few times."""
    for _ in range(BUSY_TRIES - 1):
        with contextlib.suppress(errors.MachineBusy):
            return selftest.verify(engine, image, runtime)
    return selftest.verify(engine, image, runtime)


def meters(readable: cgroup.Readable) -> Finding:
    """Whether the kernel's figures of a sandbox can be read here, and what follows if not."""
    missing = "; ".join(readable.missing)
    text = f"not readable here: {missing}; see docs/operating.md" if missing else "readable"
    return Finding("meters", not missing, text, needed=False)


def compose(version: str, engine: str) -> Finding:
    """Which Compose is here, and whether it works with this engine.

    Compose 1 starts containers on newer engines, but cannot recreate them: since API 1.45 they no
    longer answer the field `ContainerConfig` that it reads.

    Args:
        version: Compose's; empty if there is none.
        engine: the engine's version.
    """
    if not version:
        return Finding("compose", True, "none found; only docker-compose.yml needs it", False)
    major = int(engine.partition(".")[0]) if engine.partition(".")[0].isdigit() else 0
    if version.startswith("1.") and major >= FIRST_WITHOUT_COMPOSE_1:
        advice = (
            f"Compose {version} cannot recreate containers on Docker {engine}; install Compose 2, "
            "or set COMPOSE_API_VERSION=1.44"
        )
        return Finding("compose", False, advice, False)
    return Finding("compose", True, f"Compose {version}", False)


def _compose_version() -> str:
    for command in (["docker", "compose"], ["docker-compose"]):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(  # noqa: S603  # fixed words
                [*command, "version", "--short"],
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            )
            return done.stdout.strip().removeprefix("v")
    return ""


def _suite() -> Iterator[Finding]:
    """What the trusted suite process could do that it need not; told, not needed."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-"))
        suites = stack.enter_context(forkserver.SuiteTemplate())
        try:
            results = suites.attempts(Path(home))
        except errors.OperatorError as exc:
            yield Finding("suite process", False, str(exc))
            return
    for attempt, result in results.items():
        refused = result in rights.REFUSED
        said = f"refused ({result})" if refused else rights.MENDS[attempt]
        yield Finding(f"suite process: {attempt}", refused, said, needed=False)
