"""Families 73 and 74 at an LMS: addresses that the service must not call, and launches that must
bring nobody in, or nobody twice.
"""

import base64
import hashlib
import hmac
import json
import time

import pytest

from grader.store import lti_platforms
from tests.support import fakes_service as fakes
from tests.support.lms import CLAIM, MEMBER, SITE, Classroom, Lms, field, new_key, sentence

GIVEN = {
    "issuer": "http://lms.example",
    "client_id": "c 1",
    "auth_url": "http://lms.example/auth",
    "token_url": "http://lms.example/token",
    "keys_url": "http://lms.example/keys",
}
TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}
ADMIN = {"sub": "9", "email": "root@u.example", f"{CLAIM}roles": [f"{MEMBER}#Administrator"]}


SERVER_SIDE = {
    "test_address_inside_is_not_called_by_a_service_with_tls",
    "test_stranger_makes_the_service_call_nothing",
    "test_lms_that_speaks_for_another_is_refused",
    "test_service_address_inside_gets_no_token_of_ours",
    "test_redirect_is_not_followed",
}


@pytest.fixture(autouse=True)
def _noted(request, held):
    is_server_side = request.function.__name__ in SERVER_SIDE
    family = "73_server_side_requests" if is_server_side else "74_launch_forgery"
    held(family, 0, 1)
    failed = request.session.testsfailed
    yield
    held(family, int(request.session.testsfailed == failed), 0)


@pytest.fixture
def course(tmp_path):
    return fakes.course(tmp_path / "course")


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def other_lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Classroom(store, uploads, course, lms).connected()


def refused(room, answer):
    assert answer.status_code == 403
    assert sentence(answer)
    assert room.who() is None
    return sentence(answer)


def unsigned(claims):
    parts = ({"alg": "none"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    return b".".join([*coded, b""]).decode()


def shared_secret(lms, claims):
    """Signed by HMAC with the public key, which everybody knows."""
    parts = ({"alg": "HS256", "kid": "k1"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    mac = hmac.new(lms.key.as_pem(private=False), b".".join(coded), hashlib.sha256).digest()
    return b".".join([*coded, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


FORGED = {
    "another key": lambda lms, c: lms.signed(c, lms.other_key),
    "no signature": lambda lms, c: unsigned(c),
    "the public key as a shared secret": shared_secret,
    "a key of its own in the header": lambda lms, c: lms.signed(
        c, lms.other_key, {"kid": None, "jwk": lms.other_key.as_dict(private=False)}
    ),
    "a changed role": lambda lms, c: _changed(lms.signed(c)),
    "no token": lambda lms, c: "",
    "no token at all": lambda lms, c: "a.b.c",
    "text": lambda lms, c: "\u00e4" * 50,
}


def _changed(token):
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims[f"{CLAIM}roles"] = [f"{MEMBER}#Instructor"]
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize("how", sorted(FORGED))
def test_launch_that_the_lms_did_not_sign_is_refused(room, lms, how):
    asked = room.asked(room.login())
    token = FORGED[how](lms, lms.claims(asked["nonce"], **TO_HW))
    refused(room, room.bring(asked["state"], token))


WRONG = [
    {"aud": "another-tool"},
    {"aud": ["another-tool"]},
    {"aud": ["tool-1", "another-tool"]},
    {"aud": ["tool-1", "another-tool"], "azp": "another-tool"},
    {"azp": "another-tool"},
    {"aud": None},
    {"aud": {"tool-1": 1}},
    {"iss": "https://elsewhere.example"},
    {"iss": None},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"exp": "soon"},
    {"iat": None},
    {"iat": int(time.time()) + 86_400, "exp": int(time.time()) + 90_000},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 256},
    {f"{CLAIM}version": "1.1"},
    {f"{CLAIM}message_type": "basic-lti-launch-request"},
    {f"{CLAIM}deployment_id": None},
    {f"{CLAIM}deployment_id": ["1"]},
    {f"{CLAIM}context": None},
    {f"{CLAIM}context": {"id": 5}},
    {f"{CLAIM}resource_link": None},
    {f"{CLAIM}target_link_uri": None},
    {f"{CLAIM}roles": None},
    {f"{CLAIM}roles": f"{MEMBER}#Instructor"},
    {f"{CLAIM}roles": [7, None, {}]},
]


def test_launch_with_a_wrong_claim_is_refused(room):
    for changes in WRONG:
        assert refused(room, room.launch(**TO_HW | changes)), changes


def test_launch_that_is_sent_again_is_refused(room, lms):
    asked = room.asked(room.login())
    token = lms.signed(lms.claims(asked["nonce"], **TO_HW))
    assert room.bring(asked["state"], token).status_code == 303
    room.browser.post("/sign-out", data={"form_token": field(room.browser.get("/"), "form_token")})
    refused(room, room.bring(asked["state"], token))


def test_token_of_one_login_does_for_no_other(room, lms):
    first, second = room.asked(room.login()), room.asked(room.login())
    token = lms.signed(lms.claims(first["nonce"], **TO_HW))
    refused(room, room.bring(second["state"], token))
    refused(room, room.bring(first["state"] + "x", token))
    refused(room, room.bring("", token))


def test_launch_that_another_browser_began_is_refused(room, lms):
    asked = room.asked(room.login())
    token = lms.signed(lms.claims(asked["nonce"], **TO_HW))
    victim = room.new_browser()
    assert "cookies" in refused(room, room.bring(asked["state"], token, victim))
    room.login(victim)  # it has a secret of its own now
    assert "another browser" in refused(room, room.bring(asked["state"], token, victim))
    assert room.who(victim) is None


def test_platforms_that_are_mixed_up_are_refused(room, lms, other_lms):
    """The login of one platform is answered by another that is registered as well."""
    other_lms.reset()
    lti_platforms.add(room.store, other_lms.registration(client_id="tool-1"), "test")
    asked = room.asked(room.login())
    theirs = other_lms.claims(asked["nonce"], **TO_HW)
    refused(room, room.bring(asked["state"], other_lms.signed(theirs)))
    asked = room.asked(room.login())
    pretends = other_lms.claims(asked["nonce"], iss=lms.url, **TO_HW)
    refused(room, room.bring(asked["state"], other_lms.signed(pretends)))


def test_one_lms_does_not_speak_for_the_people_of_another(room, lms, other_lms):
    room.launch(**TO_HW, sub="5", email="zoe@u.example")
    other_lms.reset()
    lti_platforms.add(room.store, other_lms.registration(), "test")
    room.lms = other_lms
    room.browser = room.new_browser()
    room.connected()
    room.launch(**TO_HW, sub="5", email=None, name="Mallory")
    assert room.who() == ("Mallory", "student")


@pytest.mark.parametrize("role", ["Learner", "Instructor", "Administrator"])
def test_address_of_an_administrator_gives_nobody_their_account(room, role):
    answer = room.launch(**ADMIN | TO_HW | {f"{CLAIM}roles": [f"{MEMBER}#{role}"]})
    assert answer.status_code != 303 or room.who() != ("root", "admin")
    assert room.role("root") is None


def test_learner_does_not_become_the_instructor_whose_address_they_have(room):
    answer = room.launch(sub="66", email="eve@u.example", **TO_HW)
    assert "sign in here with a token" in refused(room, answer).lower()


def test_login_of_an_lms_that_is_not_registered_leads_nowhere(room):
    for changes in ({"iss": "https://elsewhere.example"}, {"client_id": "another"}):
        answer = room.login(**changes)
        assert "not registered" in refused(room, answer)
    for missing in ("iss", "login_hint", "target_link_uri"):
        refused(room, room.login(**{missing: None}))


def test_launch_leads_to_no_other_site(room):
    for path in ("//evil.example", "https://evil.example/assignments/hw", "javascript:1"):
        answer = room.launch(**{f"{CLAIM}target_link_uri": path})
        assert answer.headers["location"] == "/"


def test_ticket_for_one_thing_does_for_no_other(room):
    frame = {"Sec-Fetch-Dest": "iframe"}
    ticket = field(room.launch(headers=frame, **TO_HW), "ticket")
    for path in ("/lti/choose", "/lti/link"):
        answer = room.browser.post(path, data={"ticket": ticket, "homework": "hw"})
        refused(room, answer)
    answer = room.browser.post(
        "/lti/enter", data={"ticket": ticket}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert room.who() is None


def test_key_of_another_kind_costs_the_key_set_nothing(room, lms):
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}
    broken = {"kty": "RSA", "n": "!", "e": 5, "kid": "k3"}
    lms.keys = [broken, "text", None, lms.key.as_dict(private=False), {**secret, "kid": "k4"}]
    room.services.lti._sets.clear()
    assert room.launch(**TO_HW).status_code == 303


def test_key_set_that_is_none_is_a_sentence(room, lms):
    for keys in ([], "text", None, [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]):
        lms.keys = keys
        room.services.lti._sets.clear()
        assert "publishes no key" in refused(room, room.launch(**TO_HW))


def test_cookie_goes_to_our_address_by_tls_alone_and_into_frames(store, uploads, course, lms):
    lms.reset()
    room = Classroom(store, uploads, course, lms, site_url="https://testserver")
    set_ = room.login().headers["set-cookie"]
    assert set_.startswith("__Host-grader_lti=")
    for word in ("HttpOnly", "SameSite=none", "Secure", "Partitioned", "Path=/"):
        assert word.lower() in set_.lower()


def test_service_that_does_not_know_its_address_takes_no_launch(store, uploads, course, lms):
    lms.reset()
    room = Classroom(store, uploads, course, lms, site_url="http://testserver")
    import dataclasses

    from grader.notify import channels

    room.app.state.services = dataclasses.replace(room.services, channels=channels.Channels())
    answer = room.login()
    assert answer.status_code == 409
    assert "GRADER_PUBLIC_URL" in sentence(answer)


def test_addresses_come_from_the_setting_and_never_from_the_request(room):
    asked = room.asked(room.login(headers={"Host": "evil.example", "X-Forwarded-Host": "evil"}))
    assert asked["redirect_uri"] == f"{SITE}/lti/launch"


def test_new_key_is_as_good_as_none_before_it_is_published(room, lms):
    asked = room.asked(room.login())
    token = lms.signed(lms.claims(asked["nonce"]), new_key("k9"), {"kid": "k9"})
    refused(room, room.bring(asked["state"], token))


# Family 73, server side requests.


def invited(room):
    url = room.send("POST", "/api/lms/invitations", "root").json()["url"]
    return url.removeprefix("http://testserver")


def registered(room):
    return room.get("/api/lms/platforms", "eve").json()["platforms"]


@pytest.mark.parametrize(
    "url",
    ["http://lms.example/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/",
     "https://2130706433/", "https://169.254.169.254/latest", "file:///etc/passwd"],
)  # fmt: skip
def test_address_inside_is_not_called_by_a_service_with_tls(store, uploads, course, lms, url):
    lms.reset()
    room = Classroom(store, uploads, course, lms, site_url="https://grader.example")
    for name in ("auth_url", "token_url", "keys_url"):
        good = {k: v.replace("http:", "https:") for k, v in GIVEN.items()}
        answer = room.send("POST", "/api/lms/platforms", "root", **good | {name: url})
        assert answer.status_code == 422, (name, url)


def test_stranger_makes_the_service_call_nothing(room, lms):
    """Without an invitation no address that somebody names is called."""
    query = {"openid_configuration": f"{lms.url}/.well-known/openid-configuration"}
    for secret in ("x", "0" * 43):
        answer = room.browser.get(f"/lti/register/{secret}", params=query)
        assert answer.status_code == 404
    assert room.browser.get(invited(room)).status_code == 422
    assert lms.registered == []


def test_lms_that_speaks_for_another_is_refused(room, lms):
    query = {
        "openid_configuration": lms.url.replace("127.0.0.1", "localhost")
        + "/.well-known/openid-configuration"
    }
    answer = room.browser.get(invited(room), params=query)
    assert "not its own" in sentence(answer)
    assert len(registered(room)) == 1


def test_service_address_inside_gets_no_token_of_ours(lms):
    """What a signed launch names is not called either where it is a number."""
    from grader import errors
    from grader.lti import transport

    calls = transport.Transport(plain=False)
    for url in (f"{lms.url}/members", "https://10.0.0.1/members", "https://[::ffff:10.0.0.1]/"):
        with pytest.raises(errors.Undelivered) as caught:
            calls.call("GET", url, host="lms.example")
        assert caught.value.final


def test_redirect_is_not_followed(lms):
    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse

    from grader import errors
    from grader.lti import transport
    from tests.support.lms import serving

    away = FastAPI()

    @away.get("/keys")
    def keys():
        return RedirectResponse(f"{lms.url}/jwks")

    url, stop = serving(away)
    before = lms.asked.count("/jwks")
    with pytest.raises(errors.Undelivered, match="redirects are not followed"):
        transport.Transport(plain=True).call("GET", f"{url}/keys")
    stop()
    assert lms.asked.count("/jwks") == before
