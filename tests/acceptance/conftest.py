"""A grader of the test process, with sandboxes kept warm from one submission to the next."""

import functools
import os
from collections.abc import Iterator

import pytest

from grader import settings
from grader.grading import bench
from tests.acceptance import judging


@pytest.fixture(scope="session")
def workbench() -> Iterator[bench.Bench]:
    """The real pipeline; on one processor where several processes share out the tests."""
    workers = 1 if "PYTEST_XDIST_WORKER" in os.environ else None
    chosen = settings.chosen(course_dir=judging.ROOT, workers=workers)
    with bench.open_bench(chosen, 1, bench.one_time_owner()) as opened:
        yield opened


@pytest.fixture(scope="session")
def judge(workbench: bench.Bench) -> judging.Judge:
    """Judges a folder by all tests but the slow ones."""
    return functools.partial(judging.judged, workbench)


@pytest.fixture(scope="session")
def graded(workbench: bench.Bench) -> judging.Graded:
    """Grades a folder by every test."""
    return functools.partial(judging.graded, workbench)
