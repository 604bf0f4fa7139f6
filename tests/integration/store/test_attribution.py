"""Whose work a label is: people who have dropped, namesakes, and one rule in both statements."""

import itertools

import pytest

from grader.service import accounts
from grader.store import attribution
from tests.support import fakes_service as fakes
from tests.support.course_client import Staffed

ROW = "(SELECT %(label)s::text AS label, %(assignment)s::text AS assignment) s"
ONE = f"SELECT o.id FROM {ROW}, LATERAL ({attribution.OWNERS}) o"
COPIED = "user_id, assignment, upload_sha256, upload_bytes, content_sha256, writeup_sha256"
MANY = "WITH " + attribution.KNOWN + "SELECT label, id, login, active FROM known"


@pytest.fixture
def school(store, uploads, course):
    return Staffed(store, uploads, course)


def enrolled(school, *people):
    """Students as (login, name, address, number, LMS' number, has dropped)."""
    with school.store.transaction() as connection:
        connection.execute("UPDATE users SET full_name = 'Ann Lee' WHERE name = 'eve'")  # teaches
        for login, *texts, dropped in people:
            connection.execute(
                "INSERT INTO users (name, full_name, email, sid, lms_id)"
                " VALUES (%s, %s, nullif(%s, ''), %s, %s)",
                [login, *texts],
            )
            connection.execute(
                "INSERT INTO enrolments (course, user_id, role, state)"
                " SELECT 'main', id, 'student', %s FROM users WHERE name = %s",
                ["dropped" if dropped else "active", login],
            )


def labelled(school, *labels):
    sent = school.graded("eve")
    with school.store.transaction() as connection:
        for label in labels:
            connection.execute(
                f"INSERT INTO submissions (id, label, {COPIED})"
                f" SELECT gen_random_uuid(), %s, {COPIED} FROM submissions WHERE id = %s",
                [label, sent],
            )


def owner(school, label):
    """The login that the rule for one label finds; checked against the rule for all of them."""
    values = {"label": label, "assignment": fakes.SLUG}
    with school.store.transaction() as connection:
        names = {r["id"]: r["name"] for r in connection.execute("SELECT id, name FROM users")}
        alone = connection.execute(ONE, values).fetchall()
        listed = {row["label"]: row for row in connection.execute(MANY, values)}
    found = [names[row["id"]] for row in alone]
    (same,) = found or [None]
    assert listed.get(label, {"login": None})["login"] == same, label
    return same


ACTIVE = ("ann", "Ann Lee", "ann@u.example", "S1", "11", False)
DROPPED = ("old", "Ann Lee", "old@u.example", "S2", "12", True)
LABELS = ("Ann Lee", "Lee, Ann", "ann", "old", "Old@u.example", "S1", "S2", "x (11)", "x (12)")


def found(school, *people):
    enrolled(school, *people)
    labelled(school, *LABELS)
    return {label: owner(school, label) for label in LABELS}


@pytest.fixture
def unnamed(school):
    """A course whose only students are those that a test enrols."""
    with school.store.transaction() as connection:
        connection.execute("DELETE FROM enrolments WHERE role = 'student'")
        connection.execute("UPDATE users SET name = 'was-' || name WHERE name IN ('ann', 'bob')")
    return school


def test_active_student_s_name_is_theirs_whoever_dropped(unnamed):
    whose = found(unnamed, ACTIVE, DROPPED)
    assert (whose["Ann Lee"], whose["Lee, Ann"]) == ("ann", "ann")
    own = {label: whose[label] for label in ("old", "Old@u.example", "S2", "x (12)")}
    assert set(own.values()) == {"old"}
    assert (whose["S1"], whose["x (11)"]) == ("ann", "ann")


def test_name_of_two_active_students_is_nobody_s_though_a_third_has_dropped(unnamed):
    whose = found(unnamed, ACTIVE, ("ann2", "Lee, Ann", "", "", "", False), DROPPED)
    assert (whose["Ann Lee"], whose["Lee, Ann"], whose["ann"]) == (None, None, "ann")


def test_name_of_somebody_who_dropped_is_theirs_where_nobody_else_has_it(unnamed):
    whose = found(unnamed, DROPPED)
    assert (whose["Ann Lee"], whose["Lee, Ann"], whose["S1"]) == ("old", "old", None)


def test_name_of_two_who_dropped_is_nobody_s(unnamed):
    whose = found(unnamed, DROPPED, ("older", "Ann Lee", "", "", "", True))
    assert (whose["Ann Lee"], whose["old"]) == (None, "old")


def test_login_that_a_list_of_names_made_is_a_name(unnamed):
    listed = ("Lee, Ann", "Lee, Ann", "", "", "", True)
    whose = found(unnamed, ACTIVE, listed)
    assert (whose["Ann Lee"], whose["Lee, Ann"]) == ("ann", "ann")


def test_login_comes_before_another_s_number_and_name(unnamed):
    whose = found(unnamed, ACTIVE, ("S1", "Bob", "", "ann", "", False))
    assert (whose["S1"], whose["ann"]) == ("S1", "ann")


@pytest.mark.parametrize("number", range(4))
def test_one_label_and_all_labels_follow_one_rule(unnamed, number):
    """Every pair of texts that can be taken for each other, by people of both states."""
    texts = ("Ann Lee", "Lee, Ann", "S1", "x (11)")
    people = [
        (f"{texts[number]}{'' if n == 0 else n}", name, "", sid, lms, bool((n + number) % 3 % 2))
        for n, (name, sid, lms) in enumerate(itertools.product(texts[:2], ("", "S1"), ("", "11")))
    ]
    enrolled(unnamed, *people)
    labelled(unnamed, *LABELS, *texts)
    for label in {*LABELS, *texts}:
        owner(unnamed, label)


def test_dropped_namesake_takes_no_work_from_the_gradebook(school):
    school.tokens["kim"] = accounts.add_user(school.store, "kim", "student")
    school.roster(b"login,name\nann,Ann Lee\nkim,Ann Lee\n")
    work = school.graded("eve")
    with school.store.transaction() as connection:
        connection.execute("UPDATE submissions SET label = 'Ann Lee' WHERE id = %s", [work])
    assert school.plain()["ann"]["submission"] == ""
    school.send("DELETE", "/api/courses/main/people/kim")
    assert school.plain()["ann"]["submission"] == work
    assert school.get(f"/api/submissions/{work}", "ann").status_code == 200
