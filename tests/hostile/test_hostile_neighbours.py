"""Family 79: an honest submission beside one that uses up what the kernel counts."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.exchange import results
from tests.hostile import course, neighbours

ALL = os.environ.get("HOSTILE") == "all"
pytestmark = pytest.mark.usefixtures("docker_engine")
FAMILY = "79_what_is_counted_per_user"
QUICKLY = ("descriptors on their way", "timers")  # outside of `make hostile`
LIMITS = {"memory_mb": 1024, "test_s": 60, "pids": 48}


def said(report):
    """All of a report but what the clock decides."""
    text = results.to_json(report)
    text.pop("timing", None)
    return json.dumps(text, sort_keys=True)


@pytest.fixture(scope="module")
def target(canary, tmp_path_factory):
    return course.write(tmp_path_factory.mktemp("torch"), canary, limits=LIMITS, runtime="torch")


@pytest.fixture(scope="module")
def alone(bench, target):
    report = said(bench.grade(target, [("layers.py", neighbours.HONEST.encode())]))
    assert '"score": 40' in report, report
    return report


def test_there_are_twenty_attacks_and_each_is_python():
    assert len(neighbours.ATTACKS) == 20
    for name, source in neighbours.ATTACKS.items():
        compile(source, name, "exec")


@pytest.mark.parametrize("name", neighbours.ATTACKS)
def test_honest_report_is_the_same_next_to_whoever_uses_up(bench, target, alone, held, told, name):
    if not ALL and name not in QUICKLY:
        pytest.skip("slow: `make hostile` runs it")
    held(FAMILY, 0, 1)
    honest = [("layers.py", neighbours.HONEST.encode())]
    attack = [("layers.py", neighbours.ATTACKS[name].encode())]
    with ThreadPoolExecutor(1) as crew:
        beside = crew.submit(bench.grade, target, attack)
        report = said(bench.grade(target, honest))
        beside.result()
    told(
        "neighbours: the honest report",
        f"next to {name}: {'the same' if report == alone else 'CHANGED'}",
    )
    assert report == alone
    bench.check_gone()
    held(FAMILY, 1, 0)
