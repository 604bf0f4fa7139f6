"""The bench that hostile submissions are graded on, and the table at the end."""

import collections
import os
import secrets
import tempfile
import uuid
from pathlib import Path

import docker
import pytest

from grader import settings
from grader.confined import reader
from grader.grading import submission_grader
from grader.sandbox import container, pool, selftest
from grader.suite import forkserver
from tests.hostile import bench as benches
from tests.hostile import course
from tests.support.databases import (  # noqa: F401  # pytest's way of fixtures
    database_url,
    server_url,
    store,
    uploads,
)

collect_ignore_glob = ["[0-9]*", "shared"]  # submissions bring conftest.py and test_*.py of theirs
HELD = pytest.StashKey[dict[str, list[int]]]()
TOLD = pytest.StashKey[dict[str, list[str]]]()
ALL = os.environ.get("HOSTILE") == "all"


@pytest.fixture(scope="session")
def canary():
    return f"CANARY{secrets.token_hex(16)}"


@pytest.fixture(scope="session")
def bench(tmp_path_factory, canary):
    """A warm sandbox for each of a submission's shards; at the end nothing of it is left."""
    client, image = docker.from_env(), settings.from_environment().sandbox_image
    honest = course.write(tmp_path_factory.mktemp("honest"), canary)
    # Not pytest's own folder: a socket's path must be short.
    with (
        tempfile.TemporaryDirectory(prefix="gr-") as folder,
        forkserver.SuiteTemplate() as suites,
        reader.Reader() as confined,
    ):
        engine = container.Engine(Path(folder, "run"), f"hostile-{uuid.uuid4().hex[:8]}")
        selftest.verify(engine, image)
        recording = benches.Recording(pool.Pool(engine, benches.SHARDS))
        grader = submission_grader.Grader(recording, suites, image, processors=benches.SHARDS)
        run_dir = Path(folder, "run")
        yield benches.Bench(confined, grader, engine, recording, run_dir, client, honest, canary)
        recording.sandboxes.close()
        assert engine.reap() == 0, "a container was left behind"


@pytest.fixture
def held(request):
    """Count attacks of a family: so many held of so many tried."""
    table = request.config.stash.setdefault(HELD, collections.defaultdict(lambda: [0, 0]))

    def note(family: str, ok: int, tried: int) -> None:
        table[family][0] += ok
        table[family][1] += tried

    return note


@pytest.fixture
def told(request):
    """Print lines below a title, at the end of the run."""
    tables = request.config.stash.setdefault(TOLD, collections.defaultdict(list))
    return lambda title, *lines: tables[title].extend(lines)


@pytest.fixture(scope="session")
def docker_engine():
    """A running engine; without one the tests skip, except in CI, where they fail."""
    try:
        docker.from_env().ping()
    except docker.errors.DockerException as exc:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Docker engine answers: {exc}")
        pytest.skip(f"no Docker engine answers (run .ci/engine): {exc}")


def pytest_sessionfinish(session):
    """Hand the counts of a test process to the one that prints (pytest-xdist's `-n`)."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["held"] = dict(session.config.stash.get(HELD, {}))
        session.config.workeroutput["told"] = dict(session.config.stash.get(TOLD, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    table = node.config.stash.setdefault(HELD, collections.defaultdict(lambda: [0, 0]))
    for family, counts in getattr(node, "workeroutput", {}).get("held", {}).items():
        table[family] = [sum(pair) for pair in zip(table[family], counts, strict=True)]
    tables = node.config.stash.setdefault(TOLD, collections.defaultdict(list))
    for title, lines in getattr(node, "workeroutput", {}).get("told", {}).items():
        tables[title] += lines


def pytest_terminal_summary(terminalreporter, config):
    for title, lines in config.stash.get(TOLD, {}).items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
    table = config.stash.get(HELD, {})
    if not table:
        return
    terminalreporter.section("attacks")
    for family, (held, tried) in sorted(table.items()):
        terminalreporter.write_line(f"{family:40} {tried:3} cases {held:3} held")
    held, tried = (sum(column) for column in zip(*table.values(), strict=True))
    terminalreporter.write_line(f"{'all':40} {tried:3} cases {held:3} held")
