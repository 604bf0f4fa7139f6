"""Versions that change a rubric by which people have points already."""

import pytest

from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, MANUAL
from tests.support.publisher import VERSIONS, Publisher

BEFORE = fakes.MANIFEST.replace("total_points = 10", "total_points = 15") + MANUAL
RENAMED = (
    BEFORE.replace("total_points = 15", "total_points = 13")
    .replace("points = 10", "points = 8")
    .replace('id = "2"', 'id = "3"')
)


@pytest.fixture
def publisher(store, uploads, course):
    return Publisher(store, uploads, course)


def published(publisher, manifest, **wishes):
    made = publisher.publish(fakes.bundle(**{"assignment.toml": manifest}), **wishes)
    publisher.check()
    return publisher.get(f"{VERSIONS}/{made['number']}", "eve").json()


@pytest.fixture
def marked(publisher):
    """A submission graded and marked by version 1."""
    assert published(publisher, BEFORE)["state"] == "live"
    submission = publisher.graded()
    publisher.mark(submission, points=4)
    return submission


def test_version_that_takes_marks_away_waits_until_staff_insist(publisher, marked):
    made = published(publisher, RENAMED)
    assert made["state"] == "draft"
    assert made["findings"] == [
        "Task 1a has 1 result and changes (8 points instead of 10): until a regrade, results "
        "count as they were graded.",
        "Task 2 has 1 mark and is gone: its marks no longer count.",
    ]
    assert publisher.live(2, insist=True).json()["state"] == "live"
    assert published(publisher, RENAMED + "# nothing else\n")["state"] == "live"


def test_marks_since_the_check_are_seen_when_it_goes_live(publisher):
    published(publisher, BEFORE)
    assert published(publisher, RENAMED, hold=True)["findings"] == []
    publisher.mark(publisher.graded(), points=4)
    said = problem(publisher.live(2, 409), 409)["detail"]
    assert "Task 2 has 1 mark and is gone" in said
    assert publisher.publish(fakes.bundle(**{"assignment.toml": RENAMED}))["state"] == "ready"
    publisher.live(2, insist=True)


def test_totals_agree_everywhere_after_a_manual_task_got_another_name(publisher, marked):
    before = publisher.total(marked)
    assert (before["raw"], before["max_score"]) == (pytest.approx(10.667, abs=1e-3), 15)
    published(publisher, RENAMED, insist=True)
    now = publisher.total(marked)
    line = publisher.plain()["ann"]
    assert (now["raw"], now["max_score"]) == (pytest.approx(6.667, abs=1e-3), 15)
    assert (float(line["score"]), line["max score"]) == (pytest.approx(6.667, abs=1e-3), "15")
    assert line["unmarked tasks"] == "1"


def test_comparison_says_which_tasks_changed(publisher, marked):
    published(publisher, RENAMED, hold=True)
    found = publisher.get(f"{VERSIONS}/2/changes?since=1", "eve").json()
    assert [(one["task"], one["change"], one["text"]) for one in found["tasks"]] == [
        ("1a", "changed", "8 points instead of 10"),
        ("2", "removed", "gone (5 points, graded by hand)"),
        ("3", "added", "new (5 points, graded by hand)"),
    ]
    assert (found["points_before"], found["points_after"]) == (15, 13)
    assert publisher.get(ASSIGNMENT).status_code == 200
