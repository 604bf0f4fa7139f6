"""Figures of an assignment over a real database: whose work counts, and what is told of it."""

import dataclasses
import uuid
from fractions import Fraction

import pytest

from grader import models
from grader.service import accounts, jobs
from grader.store import enrolments, rows, runs, statistics, submissions
from tests.support import fakes_service as fakes


def report(points, message="", wall_s=0.5):
    """A report of two tests; the second passes only with all points."""
    whole = fakes.report(Fraction(points))
    verdict = models.Verdict.PASSED if points == 10 else models.Verdict.WRONG_ANSWER
    used = {"wall_s": wall_s, "cpu_s": wall_s / 2, "memory_bytes": 2**20}
    first, second = whole.tests
    tests = (
        dataclasses.replace(first, **used),
        dataclasses.replace(second, verdict=verdict, message=message, **used),
    )
    return dataclasses.replace(whole, tests=tests)


def hand_in(store, user, points, label="", message=""):
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, "0" * 64, label=label)
    found = submissions.get(store, jobs.accept(store, new, ""), user)
    work = runs.begin(store, found.run_id, "worker test:1")
    runs.finish(store, work, report(points, message))


@pytest.fixture
def people(store):
    roles = {"ann": "student", "bob": "student", "eve": "instructor"}
    return {n: accounts.find(store, accounts.add_user(store, n, r)) for n, r in roles.items()}


@pytest.mark.parametrize(
    ("which", "points"), [("latest", [2, 5]), ("best", [4, 5]), ("all", [2, 4, 5])]
)
def test_submission_of_each_student_is_picked(store, people, which, points):
    for who, value in (("ann", 4), ("ann", 2), ("bob", 5)):
        hand_in(store, people[who], value)
    found = statistics.of(store, fakes.SLUG, which)
    assert [score.points for score in found.scores] == points
    assert {score.maximum for score in found.scores} == {10}
    assert (found.submissions, found.students) == (3, 2)


def test_person_is_one_student_however_their_work_came(store, people):
    """By themselves, in a batch under the login, and with a partner in a team's upload."""
    hand_in(store, people["ann"], 4)
    for label in ("ann", "ann + bob", "stranger"):
        hand_in(store, people["eve"], 3, label)
    found = statistics.of(store, fakes.SLUG)
    assert (found.submissions, found.students) == (4, 3)


def test_latest_of_a_person_is_theirs_or_the_batchs(store, people):
    hand_in(store, people["ann"], 4)
    hand_in(store, people["eve"], 3, "ann")
    assert [score.points for score in statistics.of(store, fakes.SLUG).scores] == [3]
    assert [score.points for score in statistics.of(store, fakes.SLUG, "best").scores] == [4]


def test_batch_counts_by_its_labels_and_a_trial_of_staff_not(store, people):
    for label in ("carl", "dora", ""):
        hand_in(store, people["eve"], 3, label)
    found = statistics.of(store, fakes.SLUG)
    assert len(found.scores) == 2
    assert found.states == {models.SubmissionState.DONE: 2}


def test_rates_and_what_tests_use_are_told(store, people):
    hand_in(store, people["ann"], 10)
    hand_in(store, people["bob"], 5)
    shown, hidden = statistics.of(store, fakes.SLUG).tests
    assert (shown.ran, shown.passed, shown.rate) == (2, 2, 1.0)
    assert (hidden.ran, hidden.passed) == (2, 1)
    assert hidden.visibility is models.Visibility.HIDDEN
    assert (shown.wall_s, shown.cpu_s, shown.memory_max_bytes) == (0.5, 0.25, 2**20)


def test_failures_that_differ_in_numbers_only_are_one(store, people):
    hand_in(store, people["ann"], 1, message="max error 1.5e-3 at (2, 3)\nmore")
    hand_in(store, people["bob"], 2, message="max error 27 at (0, -1)\nother")
    (failure,) = statistics.of(store, fakes.SLUG).failures
    assert (failure.count, failure.message) == (2, "max error … at (…, …)")
    assert (failure.task, failure.verdict) == ("1a", models.Verdict.WRONG_ANSWER)


def test_failures_of_a_property_are_told_without_the_counter_example(store, people):
    with_x = "With x = [[0.5]] of shape (1, 1):\ndb: got [[ 1.5, -2. ], [0, 1e-3]], expected 3."
    with_y = "With y = [] of shape (0,):\ndb: got [ 7 ], expected -3.25"
    hand_in(store, people["ann"], 1, message=with_x)
    hand_in(store, people["bob"], 2, message=with_y)
    told = {one.message for one in statistics.of(store, fakes.SLUG).failures}
    assert told == {"db: got […], expected ….", "db: got […], expected …"}


def test_mark_changes_with_every_result_and_only_then(store, people):
    first = statistics.mark(store, fakes.SLUG)
    hand_in(store, people["ann"], 1)
    second = statistics.mark(store, fakes.SLUG)
    assert first != second == statistics.mark(store, fakes.SLUG)
    assert first.isalnum()  # a part of the plots' addresses


def test_mark_changes_with_who_people_are(store, people):
    """Whoever drops the course, becomes a TA or turns out to be the name on a batch's label."""
    hand_in(store, people["ann"], 1)
    hand_in(store, people["eve"], 3, "b@example.org")
    marks = [statistics.mark(store, fakes.SLUG)]
    fields = enrolments.NewEnrolment(email="b@example.org")
    enrolments.put(store, "main", "bob", fields, "eve")
    marks.append(statistics.mark(store, fakes.SLUG))
    enrolments.drop(store, "main", "bob", "eve")
    marks.append(statistics.mark(store, fakes.SLUG))
    accounts.add_token(store, "ann")  # nobody else for that
    assert statistics.mark(store, fakes.SLUG) == marks[-1]
    assert len(set(marks)) == 3


def test_assignment_without_submissions_has_empty_figures(store):
    found = statistics.of(store, fakes.SLUG)
    assert (found.scores, found.tests, found.failures, found.states) == ((), (), (), {})
