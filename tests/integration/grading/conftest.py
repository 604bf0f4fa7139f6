"""The grader that tests of the real pipeline share, where they need no pool of their own."""

import tempfile
import uuid
from pathlib import Path

import pytest

from grader import settings
from grader.grading import submission_grader
from grader.sandbox import container, pool


@pytest.fixture(scope="module")
def grader(docker_engine, suites):
    """Sandboxes are started as they are needed; at the end none is left."""
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:  # short: a socket lies in it
        engine = container.Engine(Path(folder, "run"), f"test-{uuid.uuid4().hex[:8]}")
        sandboxes = pool.Pool(engine, 0)
        yield submission_grader.Grader(sandboxes, suites, settings.from_environment().sandbox_image)
        sandboxes.close()
        assert engine.reap() == 0, "a container was left behind"
