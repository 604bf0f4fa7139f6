"""People of a course of an LMS, by Names and Role Provisioning Services."""

import pytest

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


def take(room, who="eve", status=200):
    (course,) = room.get("/api/lms/courses", "eve").json()["courses"]
    answer = room.send("POST", f"/api/lms/courses/{course['id']}/roster", who)
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
