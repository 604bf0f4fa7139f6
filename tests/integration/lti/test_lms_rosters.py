"""People of a course of an LMS, by Names and Role Provisioning Services."""

import re

import pytest
from typer.testing import CliRunner

from grader.cli import main, submit
from grader.client import connection, credentials
from tests.support.lms import CLAIM, MEMBER, Classroom, Lms

TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    lms.people = [
        {"user_id": "u-1", "roles": [f"{MEMBER}#Learner"], "email": "Ann@u.example", "name": "Ann"},
        {"user_id": "u-2", "roles": ["Learner"], "given_name": "Zoe", "family_name": "Ng",
         "email": "zoe@u.example", "lis_person_sourcedid": "S-2", "status": "Active"},
        {"user_id": 3, "roles": ["Instructor"], "email": "eve@u.example"},
        {"user_id": "u-4", "roles": [f"{MEMBER}#Instructor",
         f"{MEMBER}/Instructor#TeachingAssistant"], "email": "tim@u.example"},
        {"user_id": "u-5", "roles": ["Learner"], "name": "No Address"},
        {"user_id": "u-6", "roles": ["Learner"], "email": "out@u.example", "status": "Inactive"},
        {"user_id": "u-7", "roles": ["Mentor"], "name": "Some Parent"},
    ]  # fmt: skip
    return Classroom(store, uploads, course, lms).connected()


def number_of(room):
    (course,) = room.get("/api/lms/courses", "eve").json()["courses"]
    return course["id"]


def take(room, who="eve", status=200, query=""):
    answer = room.send("POST", f"/api/lms/courses/{number_of(room)}/roster{query}", who)
    assert answer.status_code == status, answer.text
    return answer.json()


def role(room, name):
    return room.role(name)


def test_roster_of_an_lms_becomes_accounts(room):
    taken = take(room)
    assert taken["added"] == ["zoe@u.example", "tim@u.example", "No Address"]
    assert (taken["known"], taken["dropped"]) == (2, [])
    assert taken["skipped"] == ["Some Parent has no role in the course."]
    assert [role(room, n) for n in ("ann", "zoe@u.example", "eve", "tim@u.example")] == [
        "student", "student", "instructor", "ta",
    ]  # fmt: skip
    assert role(room, "out@u.example") is None
    people = {one["login"]: one for one in room.get("/api/roster", "eve").json()["people"]}
    assert (people["zoe@u.example"]["full_name"], people["zoe@u.example"]["sid"]) == (
        "Zoe Ng",
        "S-2",
    )


def test_same_roster_again_changes_nothing(room):
    take(room)
    assert take(room) | {"skipped": []} == {"added": [], "known": 5, "dropped": [], "skipped": []}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_are_followed_to_the_last(room, lms, size):
    lms.page_size = size
    assert len(take(room)["added"]) == 3


def test_person_who_launches_is_the_one_of_the_roster(room):
    take(room)
    room.launch(sub="u-2", email=None, name=None, **TO_HW)
    assert room.who() == ("zoe@u.example", "student")


def test_dropped_people_keep_their_work_and_lose_their_session(room, lms):
    take(room)
    room.launch(sub="u-2", **TO_HW)
    assert room.who()
    lms.people = lms.people[:1]
    assert take(room)["dropped"] == ["eve", "zoe@u.example", "tim@u.example", "No Address"]
    assert room.who() is None
    assert role(room, "zoe@u.example") is None
    assert role(room, "tim@u.example") is None
    everybody = room.get("/api/roster?dropped=true", "root").json()["people"]
    assert "zoe@u.example" in {one["login"] for one in everybody}


def test_role_that_somebody_here_gave_stays_when_the_lms_drops_them(room, lms):
    bob = {"user_id": "u-8", "roles": ["Learner"], "email": "bob@u.example"}
    lms.people = [*lms.people[:1], bob]
    take(room)
    with room.store.transaction() as connection:
        connection.execute(
            "UPDATE enrolments e SET role = 'ta' FROM users u"
            " WHERE u.id = e.user_id AND u.name = 'bob'"
        )
    lms.people = lms.people[:1]
    assert take(room)["dropped"] == ["bob"]
    assert role(room, "bob") == "ta"


def test_empty_roster_drops_nobody(room, lms):
    take(room)
    lms.people = []
    answer = take(room, status=409)
    assert "nothing changed" in answer["detail"]
    assert role(room, "tim@u.example") == "ta"


def test_administrator_s_address_is_left_out_by_name(room, lms):
    lms.people.append({"user_id": "u-9", "roles": ["Instructor"], "email": "root@u.example"})
    with room.store.transaction() as connection:
        connection.execute("UPDATE users SET email = 'root@u.example' WHERE name = 'root'")
    assert any("root@u.example" in line for line in take(room)["skipped"])
    assert role(room, "root") is None


def test_lms_that_gives_no_list_is_a_sentence(room, lms):
    lms.granted = ""
    assert "does not allow" in take(room, status=409)["detail"]


def test_page_on_another_machine_gets_no_token_of_ours(room, lms, monkeypatch):
    from grader.lti import transport

    taken = transport._taken

    def astray(answer):
        said = taken(answer)
        if "/members" in str(answer.url):
            return transport.Answer(said.status, said.body, "http://evil.example/members?page=2")
        return said

    monkeypatch.setattr(transport, "_taken", astray)
    assert "astray" in take(room, status=409)["detail"]


def test_students_and_tas_take_no_roster(room):
    take(room, "ann", 403)


LOGINS = [f"s{number}@u.example" for number in range(8)]


@pytest.fixture
def shrunk(room, lms):
    """A course of ten students, of whom the LMS lists one, an instructor and somebody new."""
    everybody = [
        {"user_id": f"s-{login}", "roles": ["Learner"], "email": login} for login in LOGINS
    ]
    eve = {"user_id": 3, "roles": ["Instructor"], "email": "eve@u.example"}
    lms.people = [eve, *everybody]
    take(room)
    newcomer = {"user_id": "u-new", "roles": ["Learner"], "email": "new@u.example"}
    lms.people = [eve, everybody[0], newcomer]
    return room


def test_list_without_most_students_changes_nothing_until_it_is_confirmed(shrunk):
    refused = take(shrunk, status=409)
    assert "does not list 7 of the 10 students" in refused["detail"]
    assert refused["would_drop"] == LOGINS[1:]
    assert "Missing: s1@u.example, s2@u.example" in refused["detail"]
    assert [role(shrunk, login) for login in LOGINS] == ["student"] * 8
    assert role(shrunk, "new@u.example") is None
    done = take(shrunk, query="?confirm=true")
    assert (done["added"], done["dropped"]) == (["new@u.example"], LOGINS[1:])
    assert [role(shrunk, login) for login in LOGINS] == ["student"] + [None] * 7


def test_person_who_would_have_dropped_keeps_their_session(shrunk):
    shrunk.launch(sub="s-s1@u.example", email="s1@u.example", **TO_HW)
    take(shrunk, status=409)
    assert shrunk.who() == ("s1@u.example", "student")


def test_people_with_a_role_from_here_do_not_count_as_dropped(shrunk):
    with shrunk.store.transaction() as connection:
        connection.execute(
            "UPDATE enrolments e SET role = 'ta' FROM users u"
            " WHERE u.id = e.user_id AND u.name IN ('s1@u.example', 's2@u.example')"
        )
    refused = take(shrunk, status=409)
    assert refused["would_drop"] == LOGINS[3:]
    with shrunk.store.transaction() as connection:
        connection.execute(
            "UPDATE enrolments e SET role = 'ta' FROM users u"
            " WHERE u.id = e.user_id AND u.name = 's3@u.example'"
        )
    assert take(shrunk)["dropped"] == LOGINS[1:]
    assert role(shrunk, "s3@u.example") == "ta"


def test_page_shows_who_would_drop_and_takes_the_list_when_that_is_confirmed(shrunk):
    teacher = {f"{CLAIM}roles": [f"{MEMBER}#Instructor"]}
    shrunk.launch(sub="3", email="eve@u.example", **teacher, **TO_HW)
    page = shrunk.browser.get("/lms").text
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    form = {"form_token": token, "lms_course": str(number_of(shrunk))}
    asked = shrunk.browser.post("/lms/courses/roster", data=form)
    assert asked.status_code == 409
    assert "Most of the students would drop the course" in asked.text
    assert "s7@u.example" in asked.text
    assert 'name="confirm" value="true"' in asked.text
    assert role(shrunk, LOGINS[1]) == "student"
    done = shrunk.browser.post("/lms/courses/roster", data=form | {"confirm": "true"})
    assert "7 dropped" in done.text
    assert 'name="confirm"' not in done.text


@pytest.mark.parametrize(
    ("words", "typed", "ended", "now"),
    [([], "n\n", 1, "student"), ([], "y\n", 0, None), (["--confirm"], "", 0, None)],
)
def test_command_asks_before_most_students_drop(shrunk, monkeypatch, words, typed, ended, now):
    login = credentials.Login("http://testserver", shrunk.tokens["eve"])
    opened = connection.Connection(login, transport=shrunk.client._transport)
    monkeypatch.setattr(submit, "open_service", lambda _url: opened)
    command = ["lti", "roster", str(number_of(shrunk)), "--in", "main", *words]
    done = CliRunner().invoke(main.app, command, input=typed)
    assert (done.exit_code, role(shrunk, LOGINS[1])) == (ended, now)
    assert ("does not list 7 of the 10" in done.output) is not bool(words)
    assert ("7 dropped" in done.output) is not bool(ended)
