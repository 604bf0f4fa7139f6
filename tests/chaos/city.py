"""A service of several processes, each of which may be killed and is started again.

One database server, one API, two workers that know each other only through the database and the
store of uploads, as on three machines.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import httpx
import psycopg

from grader.service import accounts
from grader.store import database, migrate
from tests.support import fakes_service as fakes

ROOT = Path(__file__).parents[2]
START_S = 60.0
ACCEPTED_S = 240.0
RUNS_AT_ONCE = 3  # of each worker


class Member:
    """A process and how to start it again.

    Args:
        inside: a command that runs another one elsewhere, and what it finds in its environment.
    """

    def __init__(self, role, spec, log, inside=(), environ=None):
        self._command = [*inside, sys.executable, "-m", "tests.chaos.process", role]
        self._command.append(json.dumps(spec))
        self._log, self._environ = log, os.environ | (environ or {})
        self.start()

    def start(self):
        """Start without waiting for it to be ready."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=self._environ,
            )

    def ready(self):
        """Wait for its first line."""
        heard, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline().strip() if heard else ""
        assert line, self._log.read_text()[-3000:]
        return line

    def heard_of(self, process):
        """Whether a process of this member gets ready; False when it ends before."""
        return bool(process.stdout.readline())

    def end(self, number=signal.SIGKILL):
        """Send a signal and wait for the end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        self.process.wait(START_S)


class City:
    """All processes below one folder."""

    slug = fakes.SLUG
    targets = ("worker", "worker", "worker", "api", "database")  # of kills, each as likely

    def __init__(self, folder):
        self._folder = folder
        self._log = folder / "city.log"
        self.database = Member("database", self._database_spec(), self._log)
        self.url = self.database.ready()
        migrate.apply(self.url)
        self._course = self._write_course(folder / "course")
        self.port = _free_port()
        self.api = self._member("api", "api", self.port)
        self.workers = self._start_workers()
        for member in (self.api, *self.workers):
            member.ready()

    def _database_spec(self):
        return {"data": str(self._folder / "pg")}

    def _write_course(self, folder):
        return fakes.course(folder)

    def _start_workers(self):
        return [self._member("worker", f"worker{number}") for number in (1, 2)]

    def _member(self, role, name, port=0, *, real=False, **where):
        spec = {
            "course": str(self._course),
            "data": str(self._folder / name),
            "blobs": f"file://{self._folder / 'blobs'}",
            "database_url": self.url,
            "port": port,
            "workers": RUNS_AT_ONCE,
            "real": real,
        }
        return Member(role, spec, self._log, **where)

    def upload(self, number):
        """The text of an upload, unlike all others, and the points it earns."""
        points = f"{number + 1}/{number % 7 + 2}"
        return f"{0.3 + number % 5 * 0.4:.1f} {points}", Fraction(points)

    def kill(self, target, chance):
        """kill -9 of one of a kind, started again at once; it, and None if there was nothing."""
        if target == "database":
            return self.database if self.kill_database() else None
        member = self.api if target == "api" else chance.choice(self.workers)
        member.end()
        member.start()
        return member

    def kill_database(self):
        """kill -9 of the server itself; its supervisor starts it again."""
        pid_file = self._folder / "pg" / "postgres" / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError):  # it is just being started again
            os.kill(int(pid_file.read_text().split("\n", 1)[0]), signal.SIGKILL)
            return True
        return False

    def token(self):
        """A token of the staff, whose uploads do not replace each other."""
        with contextlib.closing(database.Database(self.url)) as store:
            return accounts.add_user(store, f"staff{time.time_ns()}", "ci")

    def client(self, token):
        """An HTTP client with that token."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )

    def rows(self, query):
        """Rows of a query; waits for the database if it is just away."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                with psycopg.connect(self.url) as connection:
                    return connection.execute(query).fetchall()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the database stays away"
                time.sleep(0.1)

    def end(self):
        """Kill everything but the database, which is stopped."""
        for member in (self.api, *self.workers):
            member.end()
        self.database.end(signal.SIGTERM)


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def hand_in(client, text, key, slug=fakes.SLUG):
    """Upload until it is accepted; the submission's id."""
    path = f"/api/assignments/{slug}/submissions"
    deadline = time.monotonic() + ACCEPTED_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            answer = client.post(
                path,
                files={"files": ("layers.py", text.encode())},
                headers={"Idempotency-Key": key},
            )
            if answer.status_code == 202:
                return answer.json()["id"]
            assert answer.status_code == 503, answer.text
        time.sleep(0.1)
    raise AssertionError("the upload was not accepted in time")
