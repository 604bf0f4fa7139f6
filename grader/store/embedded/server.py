"""A PostgreSQL server of our own in the data folder: start, restart when it dies, stop.

Owns `<data>/postgres/` (`data/`, `run/` with the socket, `lock`, `log`). Does not own the choice of
programs and user (`grader.store.embedded.binaries`) nor anything inside the database.

Theory of operation
    lock      `lock` is flock'ed before anything is touched and the descriptor is inherited by the
              postmaster and its children, so it is free exactly when no server of this folder
              lives, however it died. A pid is never taken as a sign of life.
    owner     The process that holds the lock starts the server and stops it. Any other process of
              the same data folder attaches to the socket instead (`own=False`), or waits for the
              owner to leave (`own=True`, the service itself: a server owned by a short command
              would vanish under it).
    death     A thread waits for the postmaster and starts it again when it died unasked. The
              postmaster has a parent-death signal, so it stops cleanly when we are killed. The
              kernel's "parent" is the *thread* that forked, hence one thread that stays.
    root      PostgreSQL refuses root, so it runs as another user, who often cannot enter the
              folders above the data folder (a 0700 home). The server is therefore given its
              folders as open descriptors, `/proc/self/fd/N`, which needs no rights on parents.
    first     `initdb` works in a temporary name that is renamed when complete.
"""

import contextlib
import hashlib
import logging
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from grader import disk, errors, wording
from grader.store.embedded import binaries

log = logging.getLogger(__name__)

START_LIMIT_S = 300.0  # a long write-ahead log may have to be replayed
STOP_LIMIT_S = 60.0
OWNER_LIMIT_S = 60.0  # how long the service waits for a short command that owns the server
POLL_S = 0.02
RESTART_PAUSE_S = 0.5
MAX_SOCKET_PATH_BYTES = 90  # sockaddr_un holds 108 with PostgreSQL's file name
LOG_TAIL_CHARS = 1500
MAX_LOG_BYTES = 8 * wording.MB
ROLE = "grader"
LAUNCHER = Path(__file__).with_name("launch.py")
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
    "max_parallel_workers_per_gather": "0",  # starting one costs more than most statements take
    "timezone": "UTC",
}


class Server:
    """The embedded server of one data folder; use `running` rather than this class.

    Args:
        data_dir: the service's data folder.
        lock_fd: descriptor of the lock file, already flock'ed.
    """

    def __init__(self, data_dir: Path, lock_fd: int) -> None:
        self.home = _home(data_dir)
        self.sockets = socket_dir(data_dir)
        self.url = url(data_dir)
        self._lock_fd = lock_fd
        self._owner = binaries.account()
        self._programs = self._choose_programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._changing = threading.Lock()  # guards _process and _stopping
        self._stopping = False
        self._thread = threading.Thread(target=self._keep_alive, name="postgres", daemon=True)

    @property
    def pid(self) -> int:
        """Process id of the postmaster; 0 while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else 0

    def start(self) -> None:
        """Make the database if it is new, start the server, wait until it answers.

        Raises:
            StoreUnavailable: it did not come up; the message ends with the server's own words.
        """
        self._private(self.home, owned=False)
        self._private(self.sockets, owned=True)
        _refuse_foreign_postmaster(self.home / "data")
        self._initialise()
        self._thread.start()
        self._wait_ready()

    def stop(self) -> None:
        """Stop the server cleanly (open sessions are ended) and let go of the lock."""
        with self._changing:
            self._stopping = True
            process = self._process
        if process and process.poll() is None:
            process.send_signal(2)  # SIGINT: fast shutdown
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                log.warning("PostgreSQL did not stop within %s s and is ended", STOP_LIMIT_S)
                process.send_signal(3)  # SIGQUIT: immediate shutdown, replayed at the next start
        if self._thread.is_alive():
            self._thread.join(STOP_LIMIT_S)
        if self.sockets.parent != self.home:
            with contextlib.suppress(OSError):
                self.sockets.rmdir()
        os.close(self._lock_fd)

    def _choose_programs(self) -> binaries.Binaries:
        marker = self.home / "data" / "PG_VERSION"
        major = marker.read_text().strip() if marker.exists() else ""
        return binaries.reachable(binaries.find(major), self._owner)

    def _initialise(self) -> None:
        data = self.home / "data"
        for leftover in self.home.glob("new-*"):
            shutil.rmtree(leftover)
        if data.exists():
            return
        new = Path(tempfile.mkdtemp(prefix="new-", dir=self.home))
        self._private(new, owned=True)
        options = ("-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8", "--auth=peer")
        with self._as_seen_by_server(new) as (seen, fd):
            process = self._launch("initdb", ["-D", seen, *options], [fd])
            if process.wait(START_LIMIT_S) != 0:
                raise errors.StoreUnavailable(f"The database cannot be made: {self._log_tail()}")
        new.rename(data)

    def _keep_alive(self) -> None:
        while True:
            with self._changing:
                if self._stopping:
                    return
                self._process = self._spawn()
            status = self._process.wait()
            if self._stopping:
                return
            log.warning("PostgreSQL ended (status %s) and is started again", status)
            time.sleep(RESTART_PAUSE_S)
            self._relock()

    def _relock(self) -> None:
        """Wait until the dead postmaster's children are gone too: they hold its lock.

        Our descriptor shares their lock, so a second, independent one is asked for.
        """
        os.close(self._lock_fd)
        self._lock_fd = disk.lock(self.home / "lock")

    def _spawn(self) -> subprocess.Popen[bytes]:
        data = self.home / "data"
        for stale in (data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)  # we hold the lock: whoever wrote them is gone
        self._write_access_rules(data)
        seen_data, seen_sockets = (
            self._as_seen_by_server(data),
            self._as_seen_by_server(self.sockets),
        )
        with seen_data as (data_path, data_fd), seen_sockets as (socket_path, socket_fd):
            options = [f"-c{name}={value}" for name, value in SERVER_OPTIONS.items()]
            arguments = ["-D", data_path, "-k", socket_path, *options]
            return self._launch("postgres", arguments, [data_fd, socket_fd, self._lock_fd])

    def _launch(
        self, program: str, arguments: list[str], fds: list[int]
    ) -> subprocess.Popen[bytes]:
        user = (str(os.getpid()), str(self._owner.uid), str(self._owner.gid))
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), *user]
        with (self.home / "log").open("ab") as sink:
            if sink.tell() > MAX_LOG_BYTES:
                sink.truncate(0)
            return subprocess.Popen(  # noqa: S603 - fixed programs, no input
                [*launcher, str(self._programs.folder / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                pass_fds=[fd for fd in fds if fd >= 0],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                start_new_session=True,  # Ctrl-C is for the service, which stops us in its turn
            )

    def _write_access_rules(self, data: Path) -> None:
        """Only the operating-system user of this process (and root) may connect."""
        us = pwd.getpwuid(os.geteuid()).pw_name
        names = dict.fromkeys((us, "root", self._owner.name))
        rules = "".join(f'service "{name}" {ROLE}\n' for name in names)
        (data / "pg_ident.conf").write_text(rules)
        (data / "pg_hba.conf").write_text("local all all peer map=service\n")
        if self._owner.uid >= 0:
            for name in ("pg_ident.conf", "pg_hba.conf"):
                os.chown(data / name, self._owner.uid, self._owner.gid)

    @contextlib.contextmanager
    def _as_seen_by_server(self, folder: Path) -> Iterator[tuple[str, int]]:
        """A path to `folder` that the server can open, and the descriptor it rests on (or -1)."""
        if self._owner.uid < 0:
            yield str(folder), -1
            return
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{fd}", fd
        finally:
            os.close(fd)

    def _private(self, folder: Path, *, owned: bool) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), self._owner.uid):
            raise errors.StoreUnavailable(
                f"{folder} belongs to somebody else or is a link; remove it or name another folder."
            )
        folder.chmod(0o700)
        if owned and self._owner.uid >= 0:
            os.chown(folder, self._owner.uid, self._owner.gid)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not answers(self.url):
            process = self._process
            if not self._thread.is_alive() or (process and process.poll() not in (None, 0)):
                self.stop()
                raise errors.StoreUnavailable(f"PostgreSQL did not start: {self._log_tail()}")
            if time.monotonic() > deadline:
                self.stop()
                raise errors.StoreUnavailable(
                    f"PostgreSQL did not answer within {START_LIMIT_S:.0f} s: {self._log_tail()}"
                )
            time.sleep(POLL_S)

    def _log_tail(self) -> str:
        return (self.home / "log").read_text(errors="replace")[-LOG_TAIL_CHARS:]


@contextlib.contextmanager
def running(data_dir: Path, *, own: bool) -> Iterator[str]:
    """The URL of the data folder's server, which runs at least as long as this context.

    Args:
        data_dir: the service's data folder; made when missing.
        own: the server must be ours and outlive short commands (the service); else an already
            running one is used and left running.

    Raises:
        StoreUnavailable: it cannot be started, or another owner does not leave.
    """
    lock_fd = _lock_or_attach(data_dir, own=own)
    if lock_fd is None:
        yield url(data_dir)
        return
    server = Server(data_dir, lock_fd)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def socket_dir(data_dir: Path) -> Path:
    """The socket's folder: in the data folder, or in the run-time folder if its path is long."""
    inside = _home(data_dir) / "run"
    if len(os.fsencode(inside)) <= MAX_SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(base) / f"grader-{os.geteuid()}-{digest}"


def url(data_dir: Path) -> str:
    """Connection string of the data folder's server; holds no secret."""
    return f"host='{socket_dir(data_dir)}' user={ROLE} dbname=postgres"


def has_database(data_dir: Path) -> bool:
    """Whether a data folder has a database, or one is just being made in it."""
    return _home(data_dir).is_dir()


def answers(conninfo: str) -> bool:
    """Whether a server accepts connections there."""
    try:
        psycopg.connect(conninfo, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _home(data_dir: Path) -> Path:
    return data_dir.resolve() / "postgres"


def try_lock(path: Path) -> int | None:
    """As `disk.try_lock`, of a file in a data folder that is made if missing.

    Raises:
        StoreUnavailable: there can be no such folder, or this user may not write to it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return disk.try_lock(path)
    except OSError as exc:
        raise errors.StoreUnavailable(
            f"{path.parent} cannot be used for data ({exc.strerror}). It must be a folder that "
            "this user may write to; fix that or name another with --data."
        ) from exc


def _lock_or_attach(data_dir: Path, *, own: bool) -> int | None:
    """A locked descriptor, or None when another process's server answers and may be shared."""
    deadline = time.monotonic() + OWNER_LIMIT_S
    while time.monotonic() < deadline:
        if (fd := try_lock(_home(data_dir) / "lock")) is not None:
            return fd
        if not own and answers(url(data_dir)):
            return None
        time.sleep(POLL_S)
    raise errors.StoreUnavailable(
        f"Another process has used the database in {_home(data_dir)} for {OWNER_LIMIT_S:.0f} s. "
        "End it (`grader serve` or another grader command on this data folder), or name another "
        "data folder."
    )


def _refuse_foreign_postmaster(data: Path) -> None:
    """Refuse when somebody started a server on this folder by hand, without our lock."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        program, cwd = (Path(f"/proc/{pid}/{link}").readlink() for link in ("exe", "cwd"))
    except (OSError, ValueError):
        return  # no file, no such process, or a system without /proc: the lock has spoken
    if program.name == "postgres" and cwd == data:
        raise errors.StoreUnavailable(
            f"Process {pid} is a PostgreSQL server on {data} that this service did not start. "
            f"Stop it first: kill -INT {pid}"
        )
