"""What is left to mark is divided among those who mark, and stays divided."""

import pytest

from grader import models
from grader.service import accounts, erasure
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, ROSTER, Staffed

PATH = f"{ASSIGNMENT}/markers"


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    for login, role in (("tim", "ta"), ("tom", "ta"), ("robot", "ci")):
        made.tokens[login] = accounts.add_user(store, login, role)
    return made


def divide(school, *markers, who="eve", **sent):
    return school.send("PUT", PATH, who, markers=list(markers), **sent)


def left(school, marker):
    answer = school.get(f"{ASSIGNMENT}/unmarked?marker={marker}", "eve")
    return [one["student"] for one in answer.json()["submissions"]]


def test_shares_are_even_and_each_marker_lists_their_own(school):
    school.graded("ann")
    school.graded("bob")
    shares = {one["login"]: one for one in divide(school, "tim", "tom").json()["markers"]}
    assert [shares[who]["left"] for who in ("tim", "tom", "eve")] == [1, 1, 0]
    assert sorted(left(school, "tim") + left(school, "tom")) == ["ann", "bob"]
    assert left(school, "-") == []
    assert ("instructor eve", "marking divided", "") in school.audit()


def test_share_stays_when_a_newer_submission_counts_and_new_work_goes_to_whoever_has_less(school):
    school.graded("ann")
    divide(school, "tim")
    school.graded("ann")
    school.graded("bob")
    assert left(school, "tim") == ["ann"]
    assert left(school, "-") == ["bob"]
    divide(school, "tim", "tom")
    assert (left(school, "tim"), left(school, "tom")) == (["ann"], ["bob"])


def test_given_shares_are_counted_after_they_are_marked(school):
    submission = school.graded("ann")
    divide(school, "tim")
    school.mark(submission, points=1)
    (tim,) = (one for one in school.get(PATH, "tim").json()["markers"] if one["login"] == "tim")
    assert (tim["given"], tim["left"]) == (1, 0)


def test_all_is_taken_back_or_given_to_others_when_asked_for(school):
    school.graded("ann")
    divide(school, "tim")
    divide(school, "tom")
    assert left(school, "tim") == ["ann"]
    divide(school, "tom", again=True)
    assert left(school, "tom") == ["ann"]
    divide(school, again=True)
    assert left(school, "-") == ["ann"]


def test_only_one_section_is_divided(school):
    school.roster(ROSTER)
    school.graded("ann")
    school.graded("bob")
    divide(school, "tim", section="A", task="2")
    assert (left(school, "tim"), left(school, "-")) == (["ann"], ["bob"])


@pytest.mark.parametrize(
    ("markers", "words"),
    [((), "at least one"), (("ann",), "ann cannot mark"), (("robot",), "robot cannot mark")],
)
def test_work_is_not_given_to_who_may_not_mark(school, markers, words):
    assert words in problem(divide(school, *markers), 422)["detail"]


def test_share_of_somebody_who_may_not_mark_any_more_is_nobody_s(school, store, uploads):
    school.graded("ann")
    divide(school, "tim")
    accounts.set_role(store, "tim", models.Role.STUDENT)
    assert left(school, "-") == ["ann"]
    erasure.forget(store, uploads, "ann")
    assert store.one("SELECT count(*) AS n FROM marking_shares")["n"] == 0
