"""Family 79: an honest submission beside one that uses up what the kernel counts per user."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.exchange import results
from tests.hostile import course, neighbours

ALL = os.environ.get("HOSTILE") == "all"
pytestmark = [
    pytest.mark.usefixtures("docker_engine"),
    pytest.mark.skipif(not ALL, reason="slow: `make hostile` runs it"),
]
FAMILY = "79_what_is_counted_per_user"
PAIRS = 20


def said(report):
    """All of a report but what the clock decides."""
    text = results.to_json(report)
    text.pop("timing", None)
    return json.dumps(text, sort_keys=True)


def test_honest_report_is_the_same_beside_whoever_uses_up_a_counter(bench, canary, tmp_path, held):
    limits = {"memory_mb": 1024, "test_s": 60, "pids": 48}
    target = course.write(tmp_path, canary, limits=limits, runtime="torch")
    honest = [("layers.py", neighbours.HONEST.encode())]
    alone = said(bench.grade(target, honest))
    assert '"score": 40' in alone
    attacks = list(neighbours.ATTACKS.values())
    held(FAMILY, 0, len(attacks))
    with ThreadPoolExecutor(1) as crew:
        for number in range(PAIRS):
            attack = [("layers.py", attacks[number % len(attacks)].encode())]
            beside = crew.submit(bench.grade, target, attack)
            assert said(bench.grade(target, honest)) == alone
            beside.result()
    bench.check_gone()
    held(FAMILY, len(attacks), 0)
