"""Family 81: connections that say nothing, uploads that trickle, streams that nobody reads.

A whole service on loopback, as a process, with a fake grader. The crowd is bounded in number and in
time and stops by itself; `make hostile` brings the large one.
"""

import contextlib
import os
import resource
import socket
import time
from pathlib import Path

import httpx
import pytest

from grader import app, settings
from grader.service import accounts
from tests.hostile.test_hostile_service import resident_mb
from tests.support import fakes_service as fakes
from tests.support import machine
from tests.support.running_service import start  # noqa: F401  # a fixture

ALL = os.environ.get("HOSTILE") == "all"
IDLE, SLOW, STREAMS = (2000, 500, 200) if ALL else (200, 50, 40)
WITHIN_S = 2.0
PEOPLE = ("ann", "bob", "mallory")
UPLOAD = f"/api/assignments/{fakes.SLUG}/submissions"
FAMILY = "81_silent_connections"
PART = b"--b\r\nContent-Disposition: form-data; name=files; filename=layers.py\r\n\r\n"


@pytest.fixture
def course(tmp_path):
    return fakes.course(tmp_path / "course")


@pytest.fixture
def tokens(tmp_path):
    tmp_path.joinpath("data").mkdir()
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        return {name: accounts.add_user(store, name, "student") for name in PEOPLE}


@pytest.fixture(autouse=True)
def _many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def crowd():
    """Opens connections that send something and then nothing more."""
    with contextlib.ExitStack() as stack:

        def opened(service, count, said):
            host, port = service.url.removeprefix("http://").split(":")
            for _ in range(count):
                one = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
                one.sendall(said)
                yield one

        yield opened


def head(method, path, token, **headers):
    told = {"Host": "x", "Authorization": f"Bearer {token}"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def slow_upload(token):
    kind = "multipart/form-data; boundary=b"
    return head("POST", UPLOAD, token, Content_Type=kind, Content_Length=100_000) + PART


def answered(service, token):
    """Seconds until health and an honest upload are answered."""
    with httpx.Client(base_url=service.url, timeout=30) as web:
        started = time.monotonic()
        assert web.get("/healthz").status_code == 200
        assert web.get("/readyz").status_code == 200
        health_s = time.monotonic() - started
        files = {"files": ("layers.py", b"ok")}
        answer = web.post(UPLOAD, files=files, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 202, answer.text
        return health_s, time.monotonic() - started - health_s


def check(service, tokens, held, idle_mb, tmp_path, before):
    health_s, upload_s = answered(service, tokens["ann"])
    grown = resident_mb(service.process.pid) / idle_mb
    log_kb = ((tmp_path / "service.log").stat().st_size - before) / 1000
    print(  # noqa: T201  # the figures, for whoever asks with -s
        f"health {health_s:.2f} s, upload {upload_s:.2f} s, memory {grown:.2f} times, "
        f"log {log_kb:.0f} kB"
    )
    assert max(health_s, upload_s) < WITHIN_S * machine.slowness(time.monotonic)
    assert grown < 2
    assert log_kb < 500
    held(FAMILY, 1, 0)


def test_silence_trickles_and_streams_shut_nobody_out(start, tokens, crowd, held, tmp_path):  # noqa: F811
    held(FAMILY, 0, 3)
    service = start()
    answered(service, tokens["ann"])  # everything is loaded
    idle_mb, log = resident_mb(service.process.pid), Path(tmp_path, "service.log").stat().st_size
    kept = list(crowd(service, IDLE, b""))
    check(service, tokens, held, idle_mb, tmp_path, log)
    events = head("GET", stream_of(service, tokens["bob"]), tokens["bob"])
    kept += crowd(service, STREAMS, events)
    check(service, tokens, held, idle_mb, tmp_path, log)
    kept += crowd(service, SLOW, slow_upload(tokens["mallory"]))
    check(service, tokens, held, idle_mb, tmp_path, log)
    assert len(kept) == IDLE + STREAMS + SLOW


def stream_of(service, token):
    """The path of the events of a submission of one's own, which is being graded."""
    sender = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=service.url, timeout=30, headers=sender) as web:
        answer = web.post(UPLOAD, files={"files": ("layers.py", b"slow")})
        return f"/api/submissions/{answer.json()['id']}/events"
