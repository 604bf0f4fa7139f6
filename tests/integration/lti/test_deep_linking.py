"""Deep linking: a teacher chooses in the LMS which homework a new link opens."""

import html
import re

import pytest
from joserfc import jwk, jwt

from tests.support.lms import CLAIM, MEMBER, SITE, Classroom, Lms, field, sentence

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Classroom(store, uploads, course, lms).connected()


def request_of(lms, settings=None, **changes):
    """As Open edX sends it: neither a resource link nor anything that is not required."""
    asked = {
        "deep_link_return_url": f"{lms.url}/back?x=1",
        "accept_types": ["ltiResourceLink", "link"],
        "accept_presentation_document_targets": ["iframe"],
        "data": "opaque +/=\u00e4",
    } | (settings or {})
    return {
        f"{CLAIM}message_type": "LtiDeepLinkingRequest",
        f"{CLAIM}resource_link": None,
        f"{CLAIM}roles": [f"{MEMBER}#Instructor"],
        f"{DL}deep_linking_settings": {k: v for k, v in asked.items() if v is not None},
    } | changes


def choose(room, answer, homework="hw"):
    form = {"ticket": field(answer, "ticket"), "homework": homework}
    return room.browser.post("/lti/choose", data=form)


def returned(room, answer):
    """Where the browser goes with the choice, and what it says there, checked by our keys."""
    to = html.unescape(re.search(r'<form method="post" action="([^"]+)"', answer.text)[1])
    keys = jwk.KeySet.import_key_set(room.browser.get("/lti/jwks").json())
    return to, jwt.decode(field(answer, "JWT"), keys, algorithms=["RS256"]).claims


def test_chosen_homework_goes_back_as_a_link_with_a_column(room, lms):
    answer = room.launch(**request_of(lms))
    assert "Which homework should the new link open?" in answer.text
    assert room.who() is None  # no session is needed, nor made
    to, said = returned(room, choose(room, answer))
    assert to == f"{lms.url}/back?x=1"
    assert (said["iss"], said["aud"]) == ("tool-1", lms.url)
    assert said[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert said[f"{CLAIM}version"] == "1.3.0"
    assert said[f"{CLAIM}deployment_id"] == "1"
    assert said[f"{DL}data"] == "opaque +/=\u00e4"
    assert said["exp"] - said["iat"] >= 300
    column = {"scoreMaximum": 10, "label": "Homework", "resourceId": "hw", "tag": "hw"}
    assert said[f"{DL}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Homework",
            "url": f"{SITE}/assignments/hw",
            "custom": {"homework": "hw"},
            "lineItem": column,
        }
    ]


def test_answer_may_go_to_the_lms_alone(room, lms):
    answer = choose(room, room.launch(**request_of(lms)))
    policy = answer.headers["content-security-policy"]
    assert f"form-action {lms.url};" in policy
    assert "frame-ancestors *" in policy


def test_what_the_lms_does_not_take_is_left_out(room, lms):
    settings = {"data": None, "accept_lineitem": False}
    _, said = returned(room, choose(room, room.launch(**request_of(lms, settings))))
    assert f"{DL}data" not in said
    assert "lineItem" not in said[f"{DL}content_items"][0]


def test_data_of_any_kind_goes_back_as_it_came(room, lms):
    asked = request_of(lms, {"data": {"a": [1, None]}})
    _, said = returned(room, choose(room, room.launch(**asked)))
    assert said[f"{DL}data"] == {"a": [1, None]}


def test_cancelling_goes_back_with_nothing(room, lms):
    _, said = returned(room, choose(room, room.launch(**request_of(lms)), ""))
    assert said[f"{DL}content_items"] == []


def test_choice_is_made_once(room, lms):
    answer = room.launch(**request_of(lms))
    assert choose(room, answer).status_code == 200
    assert "has been used" in sentence(choose(room, answer))


def test_homework_that_is_not_there_is_not_chosen(room, lms):
    answer = room.launch(**request_of(lms))
    assert "no such homework" in sentence(choose(room, answer, "../secret")).lower()


@pytest.mark.parametrize(
    "changes",
    [
        {f"{CLAIM}roles": [f"{MEMBER}#Learner"]},
        {f"{DL}deep_linking_settings": {"accept_types": ["ltiResourceLink"]}},
        {f"{DL}deep_linking_settings": None},
    ],
)
def test_who_may_not_choose_is_told_why(room, lms, changes):
    answer = room.launch(**request_of(lms) | changes)
    assert answer.status_code == 403
    assert sentence(answer)


@pytest.mark.parametrize(
    "settings",
    [
        {"accept_types": ["file", "html"]},
        {"deep_link_return_url": "javascript:alert(1)"},
        {"deep_link_return_url": ""},
    ],
)
def test_lms_that_takes_no_links_is_told_so(room, lms, settings):
    assert room.launch(**request_of(lms, settings)).status_code == 403


def test_link_that_was_chosen_opens_its_homework(room, lms):
    _, said = returned(room, choose(room, room.launch(**request_of(lms))))
    (item,) = said[f"{DL}content_items"]
    answer = room.launch(
        **{f"{CLAIM}custom": item["custom"], f"{CLAIM}target_link_uri": item["url"]}
    )
    assert answer.headers["location"] == "/assignments/hw"
