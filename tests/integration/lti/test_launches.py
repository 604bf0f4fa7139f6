"""Launches from an LMS: who comes in, as whom, to which page."""

import re

import pytest

from grader import models
from grader.service import accounts, courses
from grader.store import lti_courses, users
from tests.support.lms import CLAIM, MEMBER, PERSON, SITE, Classroom, Lms, field, sentence


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Classroom(store, uploads, course, lms)


TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}
FRAME = {"Sec-Fetch-Dest": "iframe"}
TEACHER = {
    "sub": "u-9",
    "name": "Eve Poe",
    "email": "eve@u.example",
    f"{CLAIM}roles": [f"{MEMBER}#Instructor"],
}


def test_browser_is_sent_to_the_lms_with_exactly_what_the_standard_asks_for(room):
    asked = room.asked(room.login())
    assert asked | {"state": "", "nonce": ""} == {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
        "prompt": "none", "client_id": "tool-1", "redirect_uri": f"{SITE}/lti/launch",
        "login_hint": "hint/1 &=", "lti_message_hint": '{"cmid": 1}', "state": "", "nonce": "",
    }  # fmt: skip
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43


def test_login_by_post_is_the_same(room):
    fields = {"iss": room.lms.url, "login_hint": "1", "target_link_uri": f"{SITE}/lti/launch"}
    assert "nonce" in room.asked(
        room.browser.post("/lti/login", data=fields, follow_redirects=False)
    )


def test_course_of_an_lms_brings_nobody_before_an_instructor_accepts_it(room):
    answer = room.launch(**TO_HW)
    assert answer.status_code == 403
    assert f"{SITE}/lms" in sentence(answer)
    assert room.who() is None
    (course,) = room.get("/api/lms/courses", "eve").json()["courses"]
    assert (course["title"], course["accepted_at"]) == ("Deep Learning", None)
    room.accept()
    assert room.launch(**TO_HW).headers["location"] == "/assignments/hw"


def test_student_on_the_roster_is_signed_in_and_led_to_the_homework(room):
    room.connected()
    answer = room.launch(**TO_HW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/assignments/hw")
    assert room.who() == ("ann", "student")
    assert room.browser.get("/assignments/hw").status_code == 200


def test_stranger_gets_an_account_as_the_lms_describes_them(room):
    room.connected()
    zoe = {"sub": "77", "name": "Zoe Ng", "email": "Zoe@u.example"}
    room.launch(**zoe, **TO_HW)
    assert room.who() == ("zoe@u.example", "student")
    assert ("LMS launch", "user added", "zoe@u.example") in room.audit()


def test_person_is_known_again_by_the_lms_number_alone(room):
    room.connected()
    room.launch(**TO_HW)
    other = room.new_browser()
    room.launch(other, name=None, email=None, **TO_HW)
    assert room.who(other) == ("ann", "student")


def test_person_without_name_and_address_gets_an_account(room):
    room.connected()
    room.launch(sub="abc-9", name=None, email=None, **TO_HW)
    assert room.who() == ("LMS user abc-9", "student")


def test_equal_logins_of_two_people_are_told_apart(room):
    room.connected()
    ext = {f"{CLAIM}ext": {"user_username": "zoe"}}
    room.launch(sub="1", email=None, **ext, **TO_HW)
    other = room.new_browser()
    room.launch(other, sub="2", email=None, **ext, **TO_HW)
    assert (room.who(), room.who(other)) == (("zoe", "student"), ("zoe (2)", "student"))


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([f"{MEMBER}#Learner", f"{PERSON}#Instructor"], "student"),  # Canvas: a professor learns
        ([f"{MEMBER}#Instructor"], "instructor"),
        ([f"{MEMBER}#Administrator", f"{MEMBER}#Instructor"], "instructor"),  # Open edX
        ([f"{MEMBER}#Learner", f"{MEMBER}/Instructor#TeachingAssistant"], "ta"),  # its TA
        ([f"{MEMBER}#Instructor", f"{MEMBER}#TeachingAssistant"], "ta"),
        (["Learner"], "student"),
        (["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership#None"], "instructor"),
    ],
)
def test_role_follows_the_roles_in_the_course(room, roles, role):
    room.connected()
    room.launch(sub="5", email="n@u.example", **{f"{CLAIM}roles": roles}, **TO_HW)
    assert room.who() == ("n@u.example", role)


@pytest.mark.parametrize(
    "roles",
    [
        [],
        [f"{PERSON}#Administrator"],
        ["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"],
        [f"{MEMBER}#Mentor"],
    ],
)
def test_person_without_a_role_in_the_course_gets_no_account(room, roles):
    room.connected()
    answer = room.launch(sub="5", email="n@u.example", **{f"{CLAIM}roles": roles})
    assert "part in the course" in sentence(answer)
    assert users.by_name(room.store, "n@u.example") is None


def test_role_that_the_lms_gave_goes_with_it_and_one_that_we_gave_stays(room):
    room.connected()
    teacher = {"sub": "5", "email": "n@u.example"}
    room.launch(**teacher, **TO_HW, **{f"{CLAIM}roles": [f"{MEMBER}#Instructor"]})
    room.launch(**teacher, **TO_HW)
    assert room.role("n@u.example") == "student"
    accounts.set_role(room.store, "n@u.example", models.Role.TA)
    room.launch(**teacher, **TO_HW)
    assert room.role("n@u.example") == "ta"


def test_link_that_names_nothing_leads_students_to_the_list(room):
    room.connected()
    assert room.launch().headers["location"] == "/"


def test_address_of_a_homework_leads_there(room):
    room.connected()
    answer = room.launch(**{f"{CLAIM}target_link_uri": f"{SITE}/assignments/hw"})
    assert answer.headers["location"] == "/assignments/hw"
    elsewhere = {f"{CLAIM}target_link_uri": "https://evil.example/assignments/nope"}
    other = {f"{CLAIM}resource_link": {"id": "link-2"}}
    assert room.launch(**elsewhere, **other).headers["location"] == "/"


def test_link_to_a_homework_that_is_gone_is_a_sentence(room):
    room.connected()
    answer = room.launch(**{f"{CLAIM}custom": {"homework": "nope"}})
    assert "'nope'" in sentence(answer)


def test_instructor_chooses_once_which_homework_a_link_opens(room):
    room.connected()
    answer = room.launch(**TEACHER)
    assert "Which homework does this link open?" in answer.text
    form = {"ticket": field(answer, "ticket"), "homework": "hw"}
    answer = room.browser.post("/lti/link", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/assignments/hw"
    assert room.who() == ("eve", "instructor")
    other = room.new_browser()
    assert room.launch(other).headers["location"] == "/assignments/hw"
    again = room.browser.post("/lti/link", data=form, follow_redirects=False)
    assert "has been used" in sentence(again)


def test_in_a_frame_the_homework_opens_in_a_window_of_its_own(room):
    room.connected()
    answer = room.launch(headers=FRAME, **TO_HW)
    assert answer.status_code == 200
    assert 'target="_blank"' in answer.text
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert room.who() is None  # not in the frame
    window = room.new_browser()
    form = {"ticket": field(answer, "ticket")}
    entered = window.post("/lti/enter", data=form, follow_redirects=False)
    assert entered.headers["location"] == "/assignments/hw"
    assert room.who(window) == ("ann", "student")
    stolen = room.new_browser()
    assert "has been used" in sentence(stolen.post("/lti/enter", data=form))


def test_other_pages_stand_in_no_frame(room):
    assert (
        "frame-ancestors 'none'" in room.browser.get("/sign-in").headers["content-security-policy"]
    )


def test_errors_in_a_frame_can_be_read_there(room):
    answer = room.bring("no such state", "x", headers=FRAME)
    assert "Go back to the LMS" in sentence(answer)
    assert "frame-ancestors *" in answer.headers["content-security-policy"]


def test_session_by_an_lms_ends_with_its_lifetime_and_its_token(room):
    room.connected()
    room.launch(**TO_HW)
    made = users.tokens(room.store, "ann")[-1]
    assert made.label == "session by LTI"
    assert made.expires_at is not None


@pytest.mark.parametrize("error", ["login_required", "launch_no_longer_valid", "odd"])
def test_lms_that_refuses_is_told_in_a_sentence(room, error):
    state = room.asked(room.login())["state"]
    answer = room.bring(state, "", error=error)
    assert "LMS" in sentence(answer)
    assert answer.status_code == 403


def test_several_registrations_of_one_issuer_are_told_apart_by_client_id(room, lms):
    from grader.store import lti_platforms

    lti_platforms.add(room.store, lms.registration(client_id="tool-2"), "test")
    room.connected()
    assert "which of its registrations" in sentence(room.login(client_id=None))
    lms.client_id = "tool-2"
    assert "not connected" in sentence(room.launch())  # a course of another registration


def test_deployment_that_is_not_registered_is_refused(room, lms):
    from grader.store import lti_platforms

    room.connected()
    lti_platforms.add(room.store, lms.registration(deployments=("7", "8")), "test")
    assert "deployment" in sentence(room.launch(**TO_HW))
    assert "deployment" in sentence(room.login(lti_deployment_id="1"))
    lms.deployment = "8"
    assert "not connected" in sentence(room.launch(**TO_HW))  # another deployment's course


def test_lms_that_rotates_its_key_is_understood(room, lms):
    from tests.support.lms import new_key

    room.connected()
    fresh = new_key("k2")
    lms.keys = [lms.key.as_dict(private=False), fresh.as_dict(private=False)]
    room.services.lti._clock = lambda: 1e9
    asked = room.asked(room.login())
    token = lms.signed(lms.claims(asked["nonce"], **TO_HW), fresh, {"kid": "k2"})
    assert room.bring(asked["state"], token).status_code == 303


def test_unknown_keys_are_not_asked_for_again_and_again(room, lms):
    room.connected()
    before = lms.asked.count("/jwks")
    for _ in range(5):
        asked = room.asked(room.login())
        token = lms.signed(lms.claims(asked["nonce"]), header={"kid": "nobody"})
        assert "does not publish" in sentence(room.bring(asked["state"], token))
    assert lms.asked.count("/jwks") == before


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["tool-1"]},
        {"aud": ["tool-1", "other"], "azp": "tool-1"},
        {"azp": "tool-1"},
        {f"{CLAIM}resource_link": {"id": "block-v1:U+DL+type@lti@" + "x" * 100}},
        {"given_name": "Ann", "family_name": "Lee", "name": None},
    ],
)
def test_forms_that_real_platforms_send_are_taken(room, changes):
    room.connected()
    assert room.launch(**TO_HW, **changes).headers["location"] == "/assignments/hw"


@pytest.mark.parametrize("ahead_s", [-55, 55])
def test_clock_that_is_a_minute_off_is_borne(room, ahead_s):
    import time

    room.connected()
    now = int(time.time()) + ahead_s
    assert room.launch(iat=now, exp=now + 60, **TO_HW).status_code == 303


def test_instructor_sees_and_accepts_courses_on_the_page(room):
    room.launch(**TO_HW)
    room.browser.post("/sign-in", data={"token": room.tokens["eve"]})
    page = room.browser.get("/lms")
    assert "Deep Learning" in page.text
    assert "Register an LMS" not in page.text
    form = {"form_token": field(page, "form_token")}
    number = re.search(r'name="lms_course" value="(\d+)"', page.text)[1]
    room.browser.post("/lms/courses/accept", data=form | {"lms_course": number})
    assert "accepted" in room.browser.get("/lms").text
    (course,) = lti_courses.all_of(room.store, "main")
    assert course.accepted_at is not None
    assert ("instructor eve", "LMS course accepted", "Deep Learning") in room.audit()


def other_course(room):
    """Another course of ours, and its instructor."""
    courses.add(room.store, "other", "Other course", "", "test")
    room.tokens["oscar"] = accounts.add_user(room.store, "oscar", "instructor", course="other")


def test_course_of_an_lms_is_of_one_course_of_ours(room):
    room.connected()
    other_course(room)
    assert room.get("/api/lms/courses", "oscar").json()["courses"] == []
    (one,) = room.get("/api/lms/courses", "eve").json()["courses"]
    path = f"/api/lms/courses/{one['id']}"
    assert room.send("POST", f"{path}/accept", "oscar").status_code == 404
    assert room.send("POST", f"{path}/roster", "oscar").status_code == 404
    assert room.client.delete(path, headers=room.headers("oscar")).status_code == 404


def test_link_opens_no_homework_of_another_course(room):
    room.connected()
    other_course(room)
    with room.store.transaction() as connection:
        connection.execute("INSERT INTO course_assignments VALUES ('hw', 'other')")
    assert "not in this course" in sentence(room.launch(**TO_HW))
    choices = re.findall(r'name="homework" value="(.*?)"', room.launch(**TEACHER).text)
    assert choices == [""], "the list of all homeworks, and none of the other course's"


def test_session_by_an_lms_opens_the_course_that_it_entered_alone(room):
    room.connected()
    other_course(room)
    with room.store.transaction() as connection:
        connection.execute("UPDATE users SET email = 'oscar@u.example' WHERE name = 'oscar'")
    room.launch(sub="77", email="oscar@u.example", **TO_HW)
    assert room.who() == ("oscar", "student")
    assert room.browser.get("/roster?course=other").status_code == 404
    assert room.browser.get("/roster?course=main").status_code == 403
    assert users.tokens(room.store, "oscar")[-1].course == "main"


def test_archived_course_is_entered_by_those_who_are_in_it_alone(room):
    room.connected()
    courses.change(room.store, "main", "test", archived=True)
    before = room.audit()
    answer = room.launch(sub="77", name="Zoe Ng", email="zoe@u.example", **TO_HW)
    assert (answer.status_code, "archived" in sentence(answer)) == (403, True)
    room.launch(**TO_HW)
    assert room.who() == ("ann", "student")
    new = {action for _, action, _ in room.audit()[len(before) :]}
    assert new <= {"token issued", "LMS link set"}
