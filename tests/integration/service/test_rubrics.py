"""A rubric is changed for all marks that were given by it; nobody's change is lost."""

import pytest

from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT, HOUR, NOW, Staffed

PATH = f"{ASSIGNMENT}/rubrics/2"
DERIVATION = {"text": "derivation", "points": 3}
SIGN = {"text": "sign wrong", "points": -1}
BOTH = [DERIVATION, SIGN]


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    made.rubric(f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n")
    return made


def change(school, *lines, who="eve", **sent):
    return school.send("PUT", PATH, who, lines=list(lines), **sent)


def line(text, points, was=""):
    return {"text": text, "points": points, "was": was}


def newest(school, submission):
    (task,) = school.get(f"/api/submissions/{submission}/marks", "eve").json()["tasks"]
    return task["marks"][0]


def test_marks_follow_their_lines_and_a_preview_changes_nothing(school):
    both, one = school.graded("ann"), school.graded("bob")
    school.mark(both, rubric=BOTH, comment="see page 2")
    school.mark(one, rubric=[DERIVATION])
    lines = [line("derivation shown", 4, "derivation"), line("plot", 1)]
    shown = change(school, *lines, preview=True, version=0).json()
    moves = {m["student"]: (m["before"], m["after"]) for m in shown["marks"]}
    assert moves == {"ann": (2, 4), "bob": (3, 4)}
    assert shown["rubric"]["version"] == 0
    assert newest(school, both)["points"] == 2
    done = change(school, *lines, version=0)
    assert done.status_code == 200, done.text
    assert done.json()["rubric"]["version"] == 1
    mark = newest(school, both)
    assert (mark["points"], mark["version"], mark["comment"]) == (4, 2, "see page 2")
    assert mark["rubric"] == [{"text": "derivation shown", "points": 4}]
    assert (mark["marked_by"], mark["reapplied_by"]) == ("instructor eve", "instructor eve")
    assert ("instructor eve", "rubric changed", "task 2") in school.audit()


def test_points_given_by_hand_stay_and_marks_without_lines_are_left_alone(school):
    by_hand, plain = school.graded("ann"), school.graded("bob")
    school.mark(by_hand, points=1.5, rubric=BOTH)
    school.mark(plain, points=5)
    done = change(school, line("derivation", 5, "derivation"), SIGN | {"was": "sign wrong"})
    (moved,) = done.json()["marks"]
    assert (moved["student"], moved["after"], moved["by_hand"]) == ("ann", 1.5, True)
    assert newest(school, by_hand)["rubric"][0]["points"] == 5
    assert newest(school, plain)["version"] == 1


def test_points_never_leave_the_task_s_bounds(school):
    submission = school.graded()
    school.mark(submission, rubric=[DERIVATION])
    change(school, line("derivation", 99, "derivation"))
    assert newest(school, submission)["points"] == 5
    change(school, line("derivation", -2, "derivation"))
    assert newest(school, submission)["points"] == 0


def test_second_of_two_who_change_a_rubric_learns_of_the_first(school):
    assert change(school, line("a", 1), version=0).status_code == 200
    theirs = problem(change(school, line("b", 1), version=0), 409)
    assert theirs["version"] == 1


def test_mark_by_an_older_rubric_is_not_stored(school):
    submission = school.graded()
    change(school, line("a", 1))
    late = school.mark(submission, rubric=[DERIVATION], version=0, rubric_version=0)
    facts = problem(late, 409)
    assert (facts["version"], facts["rubric_version"]) == (0, 1)
    assert school.mark(submission, points=1, rubric_version=1).status_code == 200


def test_carried_mark_follows_as_well_and_the_same_one_is_still_carried(school):
    first = school.graded("ann", b"one")
    school.mark(first, rubric=[DERIVATION])
    change(school, line("derivation", 2, "derivation"))
    assert school.total(first)["raw"] == pytest.approx(20 / 3 + 2, abs=1e-4)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line("a", 1), line("a", 2)], "more than once"),
        ([line(" ", 1)], "is words"),
        ([line("a", 1, "nothing")], "no line 'nothing'"),
        ([line("a", 1, "derivation"), line("b", 1, "derivation")], "Two lines come from"),
    ],
)
def test_rubric_that_cannot_be_says_why(school, lines, words):
    assert words in problem(change(school, *lines), 422)["detail"]
    assert school.get(f"{ASSIGNMENT}/rubrics", "eve").json()["rubrics"][0]["version"] == 0


def test_task_of_tests_has_no_rubric_to_change(school):
    answer = school.send("PUT", f"{ASSIGNMENT}/rubrics/1a", "eve", lines=[])
    assert "those that are: 2" in problem(answer, 404)["detail"]


def author_changes(school, old='text = "derivation", points = 3', new='text = "proof", points = 2'):
    text = school.manifest.read_text()
    assert old in text
    school.manifest.write_text(text.replace(old, new))


def shown(school):
    (one,) = school.get(f"{ASSIGNMENT}/rubrics", "eve").json()["rubrics"]
    return one


def test_author_s_later_change_is_a_choice_until_somebody_saves(school):
    submission = school.graded()
    school.mark(submission, rubric=BOTH)
    change(school, DERIVATION | {"was": "derivation"}, SIGN | {"was": "sign wrong", "points": -2})
    assert shown(school)["choices"] is None
    author_changes(school)
    found = shown(school)
    assert found["lines"][0] == DERIVATION
    assert found["homework"] == [{"text": "proof", "points": 2}, SIGN]
    choices = found["choices"]
    assert choices["homework_before"] == BOTH
    assert choices["homework"] == [line("proof", 2, "derivation"), SIGN | {"was": "sign wrong"}]
    assert choices["both"] == [line("proof", 2, "derivation"), line("sign wrong", -2, "sign wrong")]
    assert change(school, *choices["ours"], preview=True, version=1).json()["marks"] == []
    assert shown(school)["choices"] == choices
    done = change(school, *choices["both"], version=1).json()
    assert [(one["before"], one["after"]) for one in done["marks"]] == [(1, 0)]
    assert shown(school)["choices"] is None
    author_changes(school, '"proof"', '"a proof"')
    assert shown(school)["choices"]["homework"][0] == line("a proof", 2, "proof")


def test_kept_rubric_moves_no_mark_and_is_in_the_log(school):
    submission = school.graded()
    school.mark(submission, rubric=[DERIVATION])
    change(school, line("steps", 3, "derivation"))
    author_changes(school)
    before = newest(school, submission)["version"]
    change(school, *shown(school)["choices"]["ours"], version=1)
    found = shown(school)
    assert (found["lines"], found["version"]) == ([{"text": "steps", "points": 3}], 2)
    assert found["choices"] is None
    assert newest(school, submission)["version"] == before
    changes = [one for one in school.audit() if one[1] == "rubric changed"]
    assert len(changes) == 2


def test_nothing_is_to_choose_while_staff_changed_nothing_or_before_it_was_kept(school, store):
    author_changes(school)
    assert shown(school)["choices"] is None
    change(school, line("mine", 3))
    with store.transaction() as connection:
        connection.execute("UPDATE rubrics SET own = NULL")
    author_changes(school, '"proof"', '"a proof"')
    assert shown(school)["choices"] is None
