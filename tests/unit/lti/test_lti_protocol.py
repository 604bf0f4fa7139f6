"""Forms of what is sent to platforms, and what their answers mean."""

import datetime
from fractions import Fraction

import pytest
from joserfc import jwk, jwt

from grader import errors, models
from grader.lti import (
    connections,
    dynamic_registration,
    grades,
    keys,
    launch,
    memberships,
    platforms,
    roles,
    transport,
)

NOW = datetime.datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=datetime.UTC)
HERE = platforms.Registration(
    "https://lms.example", "1", *(f"https://lms.example/{n}" for n in ("auth", "token", "keys"))
)
SHARED = "http://purl.imsglobal.org/vocab/lis/v2/membership"


class Calls:
    """A platform that answers as it is told, and remembers what it was asked."""

    plain = False

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def call(self, method, url, **options):
        self.asked.append((method, url, options))
        return self.answers.pop(0)


def said(document, status=200):
    import json

    return transport.Answer(status, json.dumps(document).encode())


@pytest.fixture(scope="module")
def key():
    return keys.made(NOW, NOW)


def test_column_fits_the_narrowest_platform():
    """Open edX takes whole maxima, labels of 100 characters and tags of 50."""
    column = grades.Column("T" * 300, "h" * 200, Fraction(15, 2))
    sent = grades.as_sent(column)
    assert (sent["scoreMaximum"], len(sent["label"]), len(sent["tag"])) == (8, 100, 50)
    assert "resourceLinkId" not in sent
    assert all(value is not None for value in sent.values())


def test_audience_of_our_proof_can_differ_from_its_address(key):
    """Brightspace: tokens come from one address and are meant for another."""
    import dataclasses

    given = dataclasses.replace(HERE, token_audience="https://api.example/auth/token")
    calls = Calls(said({"access_token": "t", "token_type": "bearer", "expires_in": 60}))
    known = connections.LmsConnections(calls)
    assert known.access_token(platforms.Platform(1, given), key, ["a", "b"]) == "t"
    ((method, url, options),) = calls.asked
    assert (method, url) == ("POST", "https://lms.example/token")
    form = options["form"]
    assert form["scope"] == "a b"
    assertion = jwt.decode(form["client_assertion"], jwk.RSAKey.import_key(key.private_pem))
    assert assertion.claims["aud"] == "https://api.example/auth/token"
    assert assertion.claims["iss"] == assertion.claims["sub"] == "1"
    assert assertion.claims["exp"] - assertion.claims["iat"] == 60
    assert {"jti", "iat"} <= assertion.claims.keys()
    assert assertion.header["kid"] == key.kid


def test_access_token_is_kept_until_shortly_before_its_end(key):
    now = [0.0]
    token = {"access_token": "t", "expires_in": 3600}
    calls = Calls(said(token), said(token))
    known = connections.LmsConnections(calls, lambda: now[0])
    platform = platforms.Platform(1, HERE)
    for now[0] in (0, 10, 3500, 3545):
        known.access_token(platform, key, ["a"])
    assert len(calls.asked) == 2


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        (said({"access_token": "t", "scope": ""}), True),
        (said({"access_token": "t", "scope": "a"}), True),
        (said({"error": "invalid_scope"}, 400), True),
        (said({"error": "server"}, 500), False),
        (said({"access_token": 5}), False),
        (said(["t"]), False),
        (transport.Answer(200, b"<html>"), False),
    ],
)
def test_platform_that_gives_no_token_is_an_error_in_words(key, answer, final):
    known = connections.LmsConnections(Calls(answer))
    with pytest.raises(errors.Undelivered) as caught:
        known.access_token(platforms.Platform(1, HERE), key, ["a", "b"])
    assert caught.value.final is final


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("https://m.example/7/lineitem?type_id=6", "https://m.example/7/lineitem/scores?type_id=6"),
        ("https://c.example/line_items/5", "https://c.example/line_items/5/scores"),
        ("https://c.example/line_items/5/", "https://c.example/line_items/5/scores"),
    ],
)
def test_scores_lie_below_the_column_s_path(url, below):
    assert grades.below(url, "scores") == below


def test_times_are_utc_with_milliseconds():
    zone = datetime.timezone(datetime.timedelta(hours=-5))
    assert grades.moment(NOW.astimezone(zone)) == "2026-11-29T12:00:00.123Z"


@pytest.mark.parametrize(
    ("status", "again", "meaning"),
    [
        (200, False, "TAKEN"), (201, False, "TAKEN"), (204, True, "TAKEN"),
        (409, False, "OLDER"), (400, True, "OLDER"), (400, False, "NO_GRADE"),
        (422, False, "NO_GRADE"), (404, False, "NO_SUCH_COLUMN"), (403, False, "LATER"),
        (429, False, "LATER"), (500, True, "LATER"), (302, False, "LATER"),
    ],
)  # fmt: skip
def test_answers_mean(status, again, meaning):
    answer = transport.Answer(status, b"")
    assert grades.meaning(answer, again=again) is grades.Meaning[meaning]


@pytest.mark.parametrize(
    ("given", "role"),
    [
        ([f"{SHARED}/Instructor#TeachingAssistant"], models.Role.TA),
        ([f"{SHARED}#TeachingAssistant"], models.Role.TA),
        ([f"{SHARED}/Instructor#PrimaryInstructor"], models.Role.INSTRUCTOR),
        ([f"{SHARED}/Learner#GuestLearner"], models.Role.STUDENT),
        (["Learner", "Instructor"], models.Role.INSTRUCTOR),
        ([f"{SHARED}#None", None, 7], None),
        (["urn:lti:role:ims/lis/Learner"], None),
        ([], None),
    ],
)
def test_roles_in_every_form(given, role):
    assert roles.in_course(given) is role


def test_member_list_in_other_forms_is_refused_in_words():
    for document in ({}, [], {"members": "x"}, None):
        with pytest.raises(errors.Undelivered):
            list(memberships._members(document))
    assert (
        list(memberships._members({"members": [5, {}, {"user_id": True}, {"user_id": ""}]})) == []
    )


def test_launch_reads_what_it_needs_and_bounds_it():
    known = launch.read(
        {
            f"{launch.CLAIM}version": "1.3.0",
            f"{launch.CLAIM}message_type": launch.RESOURCE,
            f"{launch.CLAIM}deployment_id": "1",
            f"{launch.CLAIM}target_link_uri": "https://g.example/",
            f"{launch.CLAIM}resource_link": {"id": "r", "title": "a\x00b" + "x" * 5000},
            f"{launch.CLAIM}context": {"id": "c"},
            f"{launch.CLAIM}roles": [],
            f"{launch.CLAIM}custom": {"username": "$User.username", "homework": 5},
            "sub": "s",
        }
    )
    assert (len(known.link_title), known.subject.login, known.homework) == (2000, "", "")


def test_tool_describes_itself_by_the_public_address():
    described = dynamic_registration.tool("https://g.example")
    inside = described[dynamic_registration.TOOL]
    assert inside["domain"] == "g.example"
    assert {one["type"] for one in inside["messages"]} == {launch.RESOURCE, launch.CHOICE}
    assert len(described["scope"].split()) == 4


def test_answer_of_a_platform_is_shown_short_and_plain():
    answer = transport.Answer(500, b"<b>\x00\n" + b"x" * 5000)
    assert answer.in_words().startswith("500: <b>")
    assert len(answer.in_words()) < 320
