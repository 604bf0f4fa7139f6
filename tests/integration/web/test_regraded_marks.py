"""A regrade's page says which marks count with the old results and with the new ones."""

import dataclasses
from fractions import Fraction

import pytest

from grader import models
from grader.store import runs
from tests.support import fakes_service as fakes
from tests.support.browser_client import MANUAL, PAGE, Staff


@pytest.fixture
def staff(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    path.write_text(text + MANUAL)
    made = Staff(store, uploads, course)
    made.manifest = path
    return made


def regraded(staff, *tasks):
    """The page of a regrade of one marked submission, whose new report has these tasks besides."""
    submission = staff.hand_in_as("ann", Fraction(4))
    staff.mark(f"/submissions/{submission}", version=0, points="3")
    page = staff.send(f"{PAGE}/regrades", which="all", reason="r").headers["location"]
    with staff.store.transaction() as connection:
        run = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchone()
    report = fakes.report(Fraction(4))
    report = dataclasses.replace(report, tasks=(*report.tasks, *tasks))
    runs.finish(staff.store, runs.begin(staff.store, run["id"], "worker test:1"), report)
    return page


def test_marks_that_count_with_both_results_are_said_to_come_on_top(staff):
    text = staff.page(regraded(staff)).text
    assert "Points here are those of the tests; marks come on top." in text
    assert "only with" not in text


def test_mark_of_a_task_that_tests_grade_now_counts_only_with_the_old_result(staff):
    tested = models.TaskScore("w", "W", models.TaskKind.AUTO, Fraction(0), Fraction(5))
    assert "1 mark counts only with the old results" in staff.page(regraded(staff, tested)).text


def test_json_says_of_marks_what_the_page_says(staff):
    tested = models.TaskScore("w", "W", models.TaskKind.AUTO, Fraction(0), Fraction(5))
    page = regraded(staff, tested)
    found = staff.client.get(f"/api{page}", headers=staff.headers("eve")).json()
    said = found["marks"].pop("in_words")
    assert found["marks"] == {"kept": 0, "lost": 1, "gained": 0, "gone": 0}
    assert found["sums"]["equal"] == 1
    text = staff.page(page).text
    assert len(said) == 2
    assert all(sentence in text for sentence in said)
    assert f"<strong>{said[1]}</strong>" in text


def test_json_says_nothing_of_marks_while_it_is_being_graded(staff):
    staff.hand_in_as("ann", Fraction(4))
    page = staff.send(f"{PAGE}/regrades", which="all", reason="r").headers["location"]
    found = staff.client.get(f"/api{page}", headers=staff.headers("eve")).json()
    assert (found["ended"], found["marks"]) == (False, None)


def test_mark_of_a_task_that_is_gone_counts_with_neither(staff):
    page = regraded(staff)
    staff.manifest.write_text(staff.manifest.read_text().replace('id = "w"', 'id = "v"'))
    assert "1 mark is for a task that the homework no longer has" in staff.page(page).text
