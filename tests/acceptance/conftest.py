"""A grader of the test process, with sandboxes kept warm from one submission to the next."""

import functools
import os
from collections.abc import Iterator

import pytest

from grader import settings
from grader.grading import bench as grading_bench
from tests.acceptance import judging


@pytest.fixture(scope="session")
def judge() -> Iterator[judging.Judge]:
    """The real pipeline; on one processor where several processes share out the tests."""
    workers = 1 if "PYTEST_XDIST_WORKER" in os.environ else None
    chosen = settings.chosen(course_dir=judging.ROOT, workers=workers)
    with grading_bench.open_bench(chosen, 1, grading_bench.one_time_owner()) as bench:
        yield functools.partial(judging.judged, bench)
