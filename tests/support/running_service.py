"""A whole service as a process, with a fake grader: fixtures to start it, and a client of it."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from grader import app, settings
from grader.service import accounts

ROOT = Path(__file__).parents[2]


class Process:
    """A running service."""

    def __init__(self, data_dir, course, *more):
        self.data_dir = data_dir
        command = [sys.executable, "-m", "tests.support.service_process", data_dir, course, *more]
        with (data_dir.parent / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        self.url = self.process.stdout.readline().strip()
        assert self.url, (data_dir.parent / "service.log").read_text()

    def end(self, number):
        self.process.send_signal(number)
        status = self.process.wait(60)
        self.process.stdout.close()
        return status


@pytest.fixture
def start(tmp_path, course):
    running = []

    def begin(*more):
        running.append(Process(tmp_path / "data", course, *more))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)
        one.process.stdout.close()
    if running:
        print((tmp_path / "service.log").read_text())  # noqa: T201  # shown if the test fails


@pytest.fixture
def token(tmp_path):
    tmp_path.joinpath("data").mkdir()
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        return accounts.add_user(store, "ann", "student")


def client(service, token):
    return httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {token}"})
