"""Requests made up from the OpenAPI document against a whole service, as a student and as an
administrator: no fault of ours, and no answer that the document does not describe.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader import app, settings
from grader.service import accounts
from tests.support import fakes_service as fakes
from tests.support.running_service import start  # noqa: F401  # a fixture

ALL = os.environ.get("HOSTILE") == "all"
FAMILY = "82_made_up_requests"
EXAMPLES = 10
pytestmark = pytest.mark.skipif(not ALL, reason="slow: `make hostile` runs it")


@pytest.fixture
def course(tmp_path):
    return fakes.course(tmp_path / "course")


@pytest.mark.parametrize("role", ["student", "admin"])
def test_schemathesis_finds_nothing(start, tmp_path, held, role):  # noqa: F811
    held(FAMILY, 0, 1)
    tmp_path.joinpath("data").mkdir()
    with app.open_store(settings.Settings(data_dir=tmp_path / "data"), new=True) as store:
        token = accounts.add_user(store, "somebody", role)
    program = [Path(sys.executable).with_name("schemathesis")]
    program += ["--config-file", Path(__file__).with_name("schemathesis.toml"), "run"]
    options = ["--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--seed", 1]
    # Streams of events end with what they follow only.
    options += ["--exclude-path-regex", "/events$", "--header", f"Authorization: Bearer {token}"]
    command = [*program, f"{start().url}/openapi.json", *options]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=600, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "Test cases:" in done.stdout, "it asked nothing"
    held(FAMILY, 1, 0)
