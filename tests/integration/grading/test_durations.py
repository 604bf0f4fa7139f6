"""What a report calls the time of a grading is work: no queue, no wait for a container."""

import contextlib
import json
import time
import uuid
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from grader import models, settings
from grader.assignment import manifest
from grader.exchange import junit, results
from grader.gradescope import results as gradescope_results
from grader.grading import submission_grader
from grader.sandbox import container, pool
from grader.scoring import redaction
from tests.support import checked

WAIT_S = 4.0
QUEUED_S = 180.0
MANIFEST = """
slug = "hw"
title = "Homework"
course = "T"
total_points = 3
submission = { required = ["net.py"] }
limits = { test_s = 20, run_s = 60, memory_mb = 256 }
[[task]]
id = "1"
title = "A net"
points = 3
"""
PUBLIC = """
from grader.suite import close, task

@task("1")
def test_one(student): close(student.net.one(), 1)

@task("1", slow=True)
def test_in_another_sandbox_than_the_hidden_one(student): close(student.net.one(), 1)
"""
HIDDEN = PUBLIC.split('@task("1", slow')[0].replace("test_one", "test_hidden")


class SlowPool:
    """A pool in front of which every lease waits."""

    def __init__(self, shelf):
        self._shelf = shelf

    def __getattr__(self, name):
        return getattr(self._shelf, name)

    @contextlib.contextmanager
    def lease(self, profile):
        time.sleep(WAIT_S)
        with self._shelf.lease(profile) as sandbox:
            yield sandbox


@pytest.fixture(scope="module")
def report(docker_engine, suites, tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    suite = course / "tests" / "suites" / "hw"
    for folder, text in (("public", PUBLIC), ("hidden", HIDDEN)):
        (suite / folder).mkdir(parents=True)
        (suite / folder / f"test_{folder}.py").write_text(text)
    (suite / "assignment.toml").write_text(MANIFEST)
    assignment = manifest.load(course, "hw")
    engine = container.Engine(tmp_path_factory.mktemp("run"), f"test-{uuid.uuid4().hex[:8]}")
    with contextlib.closing(pool.Pool(engine, 1)) as shelf:
        image = settings.from_environment().sandbox_image
        grader = submission_grader.Grader(SlowPool(shelf), suites, image)
        tree = models.FileTree({"net.py": b"def one(): return 1"})
        upload = checked.upload(assignment, tree)
        grader.grade(assignment, upload)  # the template has been imported
        return grader.grade(assignment, upload, queued_s=QUEUED_S)


def test_waiting_stands_beside_the_work_for_staff(report):
    assert report.score == 3
    assert report.timing.queue_s == QUEUED_S
    assert report.timing.sandbox_s > WAIT_S
    assert 0 < report.timing.total_s < WAIT_S
    assert sum(test.wall_s for test in report.tests) <= report.timing.total_s


@pytest.mark.parametrize("audience", list(models.Audience))
def test_every_format_shows_the_work(report, audience):
    shown = redaction.redact(report, audience, datetime.now(UTC))
    total_s = shown.timing.total_s
    assert total_s < WAIT_S
    assert results.to_json(shown)["timing"]["total_s"] == pytest.approx(total_s, abs=1e-6)
    assert float(ET.fromstring(junit.to_xml(shown)).get("time")) == pytest.approx(total_s, abs=1e-3)
    gradescope = json.loads(json.dumps(gradescope_results.to_results(report)))
    assert gradescope["execution_time"] < WAIT_S
