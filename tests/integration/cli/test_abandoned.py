"""What a killed `grader grade` leaves, and who removes it."""

import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import docker
import pytest

from grader.sandbox import container
from tests.support import attacked

ROOT = Path(__file__).parents[3]
GRADER = [sys.executable, "-m", "grader.cli.main"]
ENDLESS = "import time\ndef one(): time.sleep(60)\ndef double(x): time.sleep(60)\n"
WAIT_S = 90


@pytest.fixture
def command(tmp_path):
    attacked.write(tmp_path, f"CANARY{secrets.token_hex(8)}")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "layers.py").write_text(ENDLESS)
    options = ["-a", "attacked", "--course", tmp_path]
    return [*GRADER, "grade", str(tmp_path / "work"), *map(str, options)]


def sandboxes_of(docker_engine, pid):
    rows = docker_engine.api.containers(all=True, filters={"label": container.PROCESS_LABEL})
    found = {row["Id"]: row["Labels"][container.PROCESS_LABEL].split() for row in rows}
    return {name for name, fields in found.items() if fields[2:3] == [str(pid)]}


def test_sandbox_of_a_killed_command_goes_when_any_other_starts(docker_engine, command, tmp_path):
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + WAIT_S
        while not (left := sandboxes_of(docker_engine, killed.pid)):
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        killed.send_signal(signal.SIGKILL)
    (tmp_path / "work" / "layers.py").write_text(attacked.HONEST)
    next_one = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)
    assert next_one.returncode == 0, next_one.stderr
    for name in left:
        with pytest.raises(docker.errors.NotFound):
            docker_engine.containers.get(name)
