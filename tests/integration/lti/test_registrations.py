"""Registering an LMS: by hand by page and HTTP, by invitation, and our keys for it."""

import datetime

import pytest

from grader.lti import keys
from grader.service import lti_platforms
from grader.store import lti_keys
from tests.support.lms import Classroom, Lms, field, sentence

GIVEN = {
    "issuer": "http://lms.example",
    "client_id": "c 1",
    "auth_url": "http://lms.example/auth",
    "token_url": "http://lms.example/token",
    "keys_url": "http://lms.example/keys",
}


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Classroom(store, uploads, course, lms, register=False)


def listed(room):
    found = room.get("/api/lms/platforms", "eve").json()["platforms"]
    return [(one["issuer"], one["client_id"]) for one in found]


def test_administrator_registers_changes_and_removes(room):
    made = room.send("POST", "/api/lms/platforms", "root", **GIVEN)
    assert made.status_code == 201
    assert listed(room) == [("http://lms.example", "c 1")]
    room.send("POST", "/api/lms/platforms", "root", **GIVEN | {"name": "Campus"})
    room.send("POST", "/api/lms/platforms", "root", **GIVEN | {"client_id": "c 2"})
    assert len(listed(room)) == 2  # one issuer, two registrations
    path = f"/api/lms/platforms/{made.json()['id']}"
    assert room.client.delete(path, headers=room.headers("root")).status_code == 204
    assert room.client.delete(path, headers=room.headers("root")).status_code == 404
    actions = [action for _, action, _ in room.audit() if "LMS" in action]
    assert actions == [
        "LMS registered", "LMS registration changed", "LMS registered", "LMS removed",
    ]  # fmt: skip


def test_instructors_do_not_register(room):
    assert room.send("POST", "/api/lms/platforms", "eve", **GIVEN).status_code == 403
    assert room.send("POST", "/api/lms/invitations", "eve").status_code == 403
    assert room.send("POST", "/api/lms/keys", "eve", at_once=True).status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": ""}, "issuer"),
        ({"client_id": "\n"}, "client id"),
        ({"auth_url": "ftp://lms.example/"}, "login address"),
        ({"token_url": "http://user@lms.example/"}, "token address"),
        ({"keys_url": "http:///keys"}, "key set address"),
        ({"keys_url": "http://lms.example/a b"}, "space"),
        ({"deployments": [""]}, "deployments"),
    ],
)
def test_registration_that_cannot_be_used_is_refused_with_reasons(room, changes, said):
    answer = room.send("POST", "/api/lms/platforms", "root", **GIVEN | changes)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_form_keeps_what_was_typed(room):
    room.browser.post("/sign-in", data={"token": room.tokens["root"]})
    page = room.browser.get("/lms")
    form = {"form_token": field(page, "form_token"), **GIVEN, "auth_url": "nonsense"}
    answer = room.browser.post("/lms/platforms", data=form)
    assert answer.status_code == 422
    assert "login address" in answer.text
    assert 'value="http://lms.example/token"' in answer.text
    answer = room.browser.post(
        "/lms/platforms", data=form | GIVEN | {"deployments": "1 2"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/lms?course=main"
    assert "1, 2" in room.browser.get("/lms").text


def invited(room):
    url = room.send("POST", "/api/lms/invitations", "root").json()["url"]
    assert url.startswith("http://testserver/lti/register/")
    return url.removeprefix("http://testserver")


def test_invited_lms_registers_itself_once(room, lms):
    path = invited(room)
    query = {
        "openid_configuration": f"{lms.url}/.well-known/openid-configuration",
        "registration_token": "leave",
    }
    page = room.browser.get(path, params=query)
    assert page.status_code == 200
    assert "data-lti-close" in page.text
    assert listed(room) == [(lms.url, "made-1")]
    ((permission, sent),) = lms.registered
    assert permission == "Bearer leave"
    assert sent["initiate_login_uri"] == "http://testserver/lti/login"
    assert sent["redirect_uris"] == ["http://testserver/lti/launch"]
    assert sent["jwks_uri"] == "http://testserver/lti/jwks"
    assert sent["token_endpoint_auth_method"] == "private_key_jwt"
    (one,) = room.get("/api/lms/platforms", "eve").json()["platforms"]
    assert one["deployments"] == ["9"]
    again = room.browser.get(path, params=query)
    assert "has been used" in sentence(again)


def test_lms_that_does_not_describe_itself_is_a_sentence(room, lms):
    for path in ("/nothing", "/jwks"):
        query = {"openid_configuration": lms.url + path}
        answer = room.browser.get(invited(room), params=query)
        assert answer.status_code == 422
        assert "LMS" in sentence(answer)
    query = {"openid_configuration": "http://127.0.0.1:9/"}
    assert "cannot be reached" in sentence(room.browser.get(invited(room), params=query))


def test_key_set_has_public_halves_only(room):
    answer = room.browser.get("/lti/jwks")
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["alg"], key["use"]) == ("RS256", "sig")
    assert "max-age" in answer.headers["cache-control"]


def test_new_key_is_published_before_it_signs(room):
    (first,) = room.browser.get("/lti/jwks").json()["keys"]
    second = room.send("POST", "/api/lms/keys", "root", at_once=False).json()["keys"]
    assert len(second) == 2
    assert lti_platforms.access(room.services, None).key.kid == first["kid"]
    third = room.send("POST", "/api/lms/keys", "root", at_once=True).json()["keys"]
    (new,) = {one["kid"] for one in third} - {one["kid"] for one in second}
    assert lti_platforms.access(room.services, None).key.kid == new


def test_old_key_is_replaced_by_itself_and_withdrawn_later(room):
    room.browser.get("/lti/jwks")
    with room.store.transaction() as connection:
        connection.execute(
            "UPDATE lti_keys SET made_at = made_at - interval '200 days',"
            " signs_from = signs_from - interval '200 days'"
        )
    assert len(room.browser.get("/lti/jwks").json()["keys"]) == 2
    with room.store.transaction() as connection:
        connection.execute("UPDATE lti_keys SET signs_from = signs_from - interval '10 days'")
    (left,) = room.browser.get("/lti/jwks").json()["keys"]
    (stored,) = lti_keys.all_of(room.store)
    assert stored.kid == left["kid"]
    assert keys.signing([stored], datetime.datetime.now(datetime.UTC)) == stored


def test_private_key_shows_nowhere(room):
    room.browser.get("/lti/jwks")
    (stored,) = lti_keys.all_of(room.store)
    assert "PRIVATE" not in repr(stored)
    text = room.send("POST", "/api/lms/keys", "root", at_once=False).text + str(room.audit())
    assert stored.private_pem[40:80] not in text
