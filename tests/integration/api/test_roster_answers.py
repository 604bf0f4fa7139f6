"""What a roster says it did, what it asks first, and what the log keeps, over HTTP."""

import pytest

from grader.service import accounts
from grader.store import enrolments, users
from tests.support.api_client import problem
from tests.support.course_client import ROSTER, Staffed

CLASS = [f"s{number:03}" for number in range(20)]


@pytest.fixture
def school(store, uploads, course):
    return Staffed(store, uploads, course)


def table(*lines, head="login,role,section"):
    return "\n".join([head, *lines, ""]).encode()


def send(school, data, query=""):
    files = {"file": ("roster.csv", data)}
    headers = school.headers("eve")
    return school.client.post(f"/api/roster{query}", files=files, headers=headers)


def newest_entry(school):
    return school.get("/api/audit", "eve").json()["entries"][0]["detail"]


def test_roster_says_who_changed_and_how_with_roles_first(school):
    send(school, table("ann,student,A", "bob,student,A"))
    done = send(school, table("ann,student,B", "bob,instructor,A", "tim,ta,", "zoe,,")).json()
    assert done["changes"] == [
        "tim: role (none) → ta",
        "bob: role student → instructor",
        "ann: section A → B",
    ]
    assert done["added"] == ["tim", "zoe"]
    assert newest_entry(school)["changes"] == done["changes"]


def test_many_changes_are_counted_and_roles_are_all_named(school):
    everybody = [f"s{number:03}" for number in range(130)]
    send(school, table(*(f"{login},student,A" for login in everybody)))
    lines = [f"{login},{'ta' if login < 's060' else 'student'},B" for login in everybody]
    changes = send(school, table(*lines)).json()["changes"]
    assert len([line for line in changes if "role student → ta" in line]) == 60
    assert (len(changes), changes[-1]) == (111, "and 20 more")
    assert newest_entry(school)["changes"] == changes


def test_columns_that_were_not_used_are_named(school):
    done = send(school, table("zoe,555,x", head="login,Phone,Notes")).json()
    assert done["unused"] == ["Phone", "Notes"]


def test_roster_that_would_drop_most_students_is_asked_about(school):
    send(school, table(*CLASS))
    refused = problem(send(school, table("bob", "new"), "?drop=true"), 422)
    assert "does not name 21 of the 22 students" in refused["reasons"][0]
    assert users.by_name(school.store, "new") is None
    listed = school.get("/api/roster", "eve").json()["people"]
    assert len(listed) == 23  # with who teaches
    done = send(school, table("bob", "new"), "?drop=true&confirm=true").json()
    assert (len(done["dropped"]), done["added"]) == (21, ["new"])


def test_new_people_do_not_hide_that_the_others_drop(school):
    send(school, table(*CLASS))
    others = table(*(f"other{number}" for number in range(60)))
    problem(send(school, others, "?drop=true"), 422)


def test_few_students_drop_without_a_question(school):
    send(school, table(*CLASS))
    staying = table("ann", "bob", *CLASS[:10])
    assert len(send(school, staying, "?drop=true").json()["dropped"]) == 10
    assert send(school, ROSTER, "?drop=true&confirm=false").status_code == 422
    assert len(send(school, table("ann", "bob", *CLASS[4:10]), "?drop=true").json()["dropped"]) == 4


def test_file_without_a_header_drops_nobody(school):
    send(school, table(*CLASS))
    data = b"Jane Roe,jroe@u.example,student,A\nBob Ray,bob@u.example,student,A\n"
    refused = problem(send(school, data, "?drop=true&confirm=true"), 422)
    assert "there is no header" in refused["reasons"][0]
    assert users.by_name(school.store, "student") is None


def test_two_lines_whose_logins_differ_in_case_are_one_person(school):
    refused = problem(send(school, table("cat,,", "Cat,,")), 422)
    assert refused["reasons"] == [
        "Line 3: There is a login 'cat', and 'Cat' differs from it only in capital letters. "
        "Write 'cat' if it is the same person; otherwise choose another login."
    ]
    done = send(school, table("cat,,", "Cat,,"), "?skip=true").json()
    assert done["added"] == ["cat"]
    again = send(school, table("CAT,,", "ann,,", "bob,,"), "?skip=true&drop=true").json()
    assert again["dropped"] == []  # the line means somebody, though it is left out


def test_names_that_stand_for_logins_are_compared_likewise(school):
    send(school, b"name\nAnn Ray\n")
    problem(send(school, b"name\nann ray\n"), 422)
    done = send(school, b"Student,ID\nJo Lee,1\njo lee,2\n").json()
    assert done["added"] == ["Jo Lee (1)", "jo lee (2)"]


@pytest.mark.parametrize("login", ["Ann", "ANN"])
def test_login_in_other_case_is_refused_by_every_way_of_enrolling(school, login):
    answer = school.send("PUT", f"/api/courses/main/people/{login}", full_name="Another")
    assert "There is a login 'ann'" in problem(answer, 409)["detail"]
    with pytest.raises(accounts.AccountError, match="There is a login 'ann'"):
        accounts.add_user(school.store, login, "student")


@pytest.mark.parametrize("login", ["root%E2%80%8B", "%20root", "ro%C2%ADot"])
def test_spelling_that_nobody_sees_changes_no_administrator(school, login):
    answer = school.send("PUT", f"/api/courses/main/people/{login}", email="mine@u.example")
    problem(answer, 403)
    root = enrolments.find(school.store, "main", "root")
    assert root.person.email == ""


def test_instructor_in_another_spelling_is_still_themselves(school):
    problem(school.send("PUT", "/api/courses/main/people/eve%E2%80%8B", role="student"), 403)
