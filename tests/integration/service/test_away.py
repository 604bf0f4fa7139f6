"""Something is away for a while: what people see meanwhile, and that service resumes by itself."""

import contextlib
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from grader import app, settings
from grader.service import accounts
from tests.support import attacked, running_service
from tests.support import fakes_service as fakes

ROOT = Path(__file__).parents[3]
BACK_S = 60.0
ROOM = app.MIN_FREE_BYTES + 192 * 2**20  # of the small disk; an empty database takes some 60 MiB
start, token, client = running_service.start, running_service.token, running_service.client


def send(web, word="ok", slug=fakes.SLUG, name="layers.py"):
    path = f"/api/assignments/{slug}/submissions"
    return web.post(path, files={"files": (name, word.encode())}, timeout=30)


def until(condition, limit_s=BACK_S):
    """Wait for what a call says; connections may break meanwhile."""
    deadline = time.monotonic() + limit_s
    while True:
        with contextlib.suppress(httpx.TransportError):
            if found := condition():
                return found
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def accepted(web, **what):
    """A submission that was taken, asked for until it is."""

    def once():
        answer = send(web, **what)
        return answer.json() if answer.status_code == 202 else None

    return until(once)


def done(web, submission):
    return until(lambda: web.get(submission["links"]["self"]).json().get("state") == "done")


def ready(web, status):
    return until(lambda: web.get("/readyz", timeout=20).status_code == status)


def count(data):
    with app.open_store(settings.Settings(data_dir=data), new=True) as store:
        return store.one("SELECT count(*) AS n FROM submissions")["n"]


@pytest.fixture
def small_disk(tmp_path):
    """The data folder on a disk of its own; in /tmp, where paths of sockets stay short."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    data = tmp_path / "data"
    data.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(data)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield data
    subprocess.run(["umount", "-l", str(data)], check=True)


def fill(path):
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 2**20):
            pass


def test_full_disk_refuses_uploads_with_the_reason_until_there_is_room(small_disk, start, tmp_path):
    """An upload is safe or was refused, whatever the disk did; nothing needs to be started anew."""
    with app.open_store(settings.Settings(data_dir=small_disk), new=True) as store:
        token = accounts.add_user(store, "ann", "ci")  # whose uploads do not replace each other
    with client(start(), token) as web:
        taken = [accepted(web)]
        fill(small_disk / "filler")
        refused = until(lambda: (answer := send(web, "x" * 9000)).status_code == 503 and answer)
        assert int(refused.headers["Retry-After"]) > 0
        assert str(small_disk) not in refused.text
        (small_disk / "filler").unlink()
        ready(web, 200)
        taken += [accepted(web, word="ok"), accepted(web, word="ok ")]
        for submission in taken:
            done(web, submission)
    assert count(small_disk) == len(taken)
    log = (tmp_path / "service.log").read_text()
    assert "No space left on device" in log, "the operator is told why"


def test_database_that_hangs_and_dies_is_waited_for(start, token, tmp_path):
    """Its processes are frozen, then killed: 503 with the time to wait, and no answer is lost."""
    with client(start(), token) as web:
        first = accepted(web)
        done(web, first)
        pid_file = tmp_path / "data" / "postgres" / "data" / "postmaster.pid"
        postmaster = int(pid_file.read_text().split("\n", 1)[0])
        os.kill(postmaster, signal.SIGSTOP)  # it starts no connection and buries no child
        for child in children(postmaster):
            os.kill(child, signal.SIGKILL)
        answer = until(lambda: (found := send(web)).status_code == 503 and found)
        assert int(answer.headers["Retry-After"]) > 0
        assert web.get("/readyz", timeout=60).status_code == 503
        assert web.get("/healthz").status_code == 200
        os.kill(postmaster, signal.SIGKILL)
        ready(web, 200)
        done(web, accepted(web, word="ok "))
        assert web.get(first["links"]["report"]).status_code == 200
    assert count(tmp_path / "data") == 2


def children(pid):
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in task.read_text().split()]


class Door:
    """A socket in front of the engine's: shut, the engine is away for whoever goes through it."""

    def __init__(self, path):
        self.path, self._open = path, threading.Event()
        self._pairs = []

    def open(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        self._open.set()
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def shut(self):
        self._open.clear()
        self.path.unlink()
        for end in (self._listener, *self._pairs):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._pairs.clear()

    def _serve(self, listener):
        with contextlib.suppress(OSError):
            while True:
                ours, _ = listener.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect("/var/run/docker.sock")
                self._pairs += [ours, theirs]
                threading.Thread(target=relay, args=(ours, theirs), daemon=True).start()


def relay(one, other):
    """Bytes both ways until an end closes."""
    with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)
                if not data:
                    key.data.shutdown(socket.SHUT_WR)
                    selector.unregister(key.fileobj)
                key.data.sendall(data)


@pytest.fixture
def door(docker_engine, tmp_path):
    if os.environ.get("DOCKER_HOST") or not Path("/var/run/docker.sock").exists():
        pytest.skip("the engine is not behind /var/run/docker.sock")
    made = Door(tmp_path / "docker.sock")
    made.open()
    yield made
    if made.path.exists():
        made.shut()


@pytest.fixture
def behind_door(door, tmp_path):
    """The real service, its engine behind the door; a client of a student."""
    data, root = tmp_path / "data", tmp_path / "course"
    attacked.write(root, f"CANARY{secrets.token_hex(8)}")
    data.mkdir()
    with app.open_store(settings.Settings(data_dir=data), new=True) as store:
        token = accounts.add_user(store, "ann", "ci")
    command = [sys.executable, "-m", "grader.cli.main", "serve", "--port", "0"]
    command += ["--data", str(data), "--course", str(root)]
    environment = os.environ | {"DOCKER_HOST": f"unix://{door.path}", "GRADER_POOL_SIZE": "0"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=environment
        )
    url = process.stdout.readline().removeprefix("Ready at ").strip()
    assert url, (tmp_path / "log").read_text()
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as web:
        yield web
    process.terminate()
    process.wait(60)
    process.stdout.close()


def test_uploads_wait_while_the_engine_is_away(behind_door, door):
    """None is kept warm here: a warm sandbox needs no engine and would go on grading."""
    web, what = behind_door, {"slug": attacked.SLUG, "word": attacked.HONEST}
    before = accepted(web, **what)
    done(web, before)
    door.shut()
    ready(web, 503)
    assert "engine" in web.get("/readyz").text.lower()
    meanwhile = accepted(web, **what)
    time.sleep(3)
    found = web.get(meanwhile["links"]["self"]).json()
    assert found["state"] in ("queued", "running"), found
    door.open()
    ready(web, 200)
    done(web, meanwhile)
    assert web.get(meanwhile["links"]["report"]).json()["score"] == 40
