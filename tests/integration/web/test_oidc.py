"""Sign-in with a provider: a small one on loopback, which says what each test has it say."""

import dataclasses
import threading
import time
import urllib.parse

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import RedirectResponse
from fastapi.testclient import TestClient
from joserfc import jwk, jwt

from grader import errors, settings
from grader.service import adapters
from grader.store import users
from grader.web import oidc, site
from tests.support.api_client import Api

CLIENT = "course"


class Fake:
    """A provider that knows one person, `claims`, and can be told to lie."""

    def __init__(self):
        self.claims = {"sub": "42", "email": "Ann@u.example", "email_verified": True}
        self.key = jwk.RSAKey.generate_key(2048, parameters={"kid": "k"})
        self.signing_key = self.key
        self.nonces: dict[str, str] = {}
        self.changes: dict[str, object] = {}
        self.url = ""

    def app(self):
        site = FastAPI()

        @site.get("/.well-known/openid-configuration")
        def discover():
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @site.get("/jwks")
        def keys():
            return {"keys": [self.key.as_dict(private=False)]}

        @site.get("/authorize")
        def authorize(request: Request):
            asked = request.query_params
            assert asked["code_challenge_method"] == "S256"
            self.nonces["code"] = asked["nonce"]
            back = urllib.parse.urlencode({"code": "code", "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

        @site.post("/token")
        def token(code: str = Form(), code_verifier: str = Form()):
            now = int(time.time())
            said = {
                "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60,
                "nonce": self.nonces[code], **self.claims, **self.changes,
            }  # fmt: skip
            signed = jwt.encode({"alg": "RS256", "kid": "k"}, said, self.signing_key)
            return {"access_token": "a", "token_type": "Bearer", "id_token": signed}

        return site


@pytest.fixture(scope="module")
def running():
    fake = Fake()
    config = uvicorn.Config(fake.app(), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    fake.url = f"http://127.0.0.1:{port}"
    yield fake
    server.should_exit = True
    thread.join(5)


class Browser(Api):
    """A browser at a service that knows the provider."""

    def __init__(self, store, uploads, course, fake, *, over_tls=False):
        super().__init__(store, uploads, course)
        self.fake = fake
        app = self.client.app
        app.state.services = dataclasses.replace(app.state.services, views=adapters.views())
        provider = oidc.Provider(fake.url, CLIENT, "secret", "Uni")
        site.install(app, b"k" * 32, provider, over_tls=over_tls)
        self.client = TestClient(app, raise_server_exceptions=False)
        with store.transaction() as connection:
            connection.execute("UPDATE users SET email = name || '@u.example' WHERE name = 'ann'")

    def leave(self, path="/"):
        answer = self.client.get(f"/sign-in/oidc?next={path}", follow_redirects=False)
        assert answer.status_code == 302
        return httpx.get(answer.headers["location"]).headers["location"]

    def sign_in(self, path="/"):
        back = self.leave(path)
        return self.client.get(back.replace("http://testserver", ""), follow_redirects=False)

    def who(self):
        return self.client.get("/", follow_redirects=False).text


@pytest.fixture
def browser(store, uploads, course, running):
    running.claims = {"sub": "42", "email": "Ann@u.example", "email_verified": True}
    running.changes, running.signing_key = {}, running.key
    return Browser(store, uploads, course, running)


def test_person_on_the_roster_is_signed_in_and_led_back(browser):
    assert "Sign in with Uni" in browser.client.get("/sign-in").text
    answer = browser.sign_in("/assignments/hw")
    assert (answer.status_code, answer.headers["location"]) == (303, "/assignments/hw")
    assert "ann" in browser.who()
    (_, made) = users.tokens(browser.store, "ann")
    assert made.expires_at is not None


def test_signing_out_ends_the_session_and_the_token_made_for_it(browser):
    browser.sign_in()
    kept = dict(browser.client.cookies)
    form = browser.client.get("/").text.partition('name="form_token" value="')[2]
    browser.client.post("/sign-out", data={"form_token": form.partition('"')[0]})
    (_, made) = users.tokens(browser.store, "ann")
    assert made.revoked_at is not None
    browser.client.cookies.update(kept)
    assert browser.client.get("/", follow_redirects=False).status_code == 303


def test_every_cookie_is_for_tls_where_the_address_is(store, uploads, course, running):
    browser = Browser(store, uploads, course, running, over_tls=True)
    answer = browser.client.get("/sign-in/oidc", follow_redirects=False)
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_person_is_known_again_by_the_providers_number(browser):
    browser.sign_in()
    browser.client.cookies.clear()
    browser.fake.claims = {"sub": "42", "email": "new@u.example", "email_verified": True}
    assert browser.sign_in().status_code == 303
    assert "ann" in browser.who()


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "7", "email": "stranger@u.example", "email_verified": True},
        {"sub": "7", "email": "ann@u.example", "email_verified": False},
        {"sub": "7", "email": "ann@u.example"},
        {"sub": "7"},
    ],
)
def test_stranger_or_unproven_address_gets_no_account(browser, claims):
    browser.fake.claims = claims
    answer = browser.sign_in()
    assert answer.status_code == 403
    assert "roster" in answer.text
    assert len(users.tokens(browser.store, "ann")) == 1


def test_address_does_not_take_over_who_has_signed_in_before(browser):
    browser.sign_in()
    browser.client.cookies.clear()
    browser.fake.claims = {"sub": "7", "email": "ann@u.example", "email_verified": True}
    assert browser.sign_in().status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another"}, {"iss": "http://elsewhere.example"}, {"nonce": "x"}, {"exp": 1}],
)
def test_identity_with_a_wrong_claim_is_refused(browser, changes):
    browser.fake.changes = changes
    assert browser.sign_in().status_code == 403


def test_identity_signed_by_another_key_is_refused(browser):
    browser.fake.signing_key = jwk.RSAKey.generate_key(2048, parameters={"kid": "k"})
    assert browser.sign_in().status_code == 403


def test_answer_to_another_browsers_question_is_refused(browser):
    back = browser.leave()
    browser.client.cookies.clear()
    assert browser.client.get(back.replace("http://testserver", "")).status_code == 403
    assert browser.client.get("/sign-in/oidc/callback?error=access_denied").status_code == 403


def test_sign_in_leads_to_no_other_site(browser):
    assert browser.sign_in("//evil.example").headers["location"] == "/"


def test_provider_that_is_away_is_told(store, uploads, course):
    gone = Fake()
    gone.url = "http://127.0.0.1:9"
    browser = Browser(store, uploads, course, gone)
    answer = browser.client.get("/sign-in/oidc", follow_redirects=False)
    assert answer.status_code == 503
    assert "with a token" in answer.text


def test_without_a_provider_there_is_no_such_way(store, uploads, course):
    api = Api(store, uploads, course)
    site.install(api.client.app, b"k" * 32)
    assert api.client.get("/sign-in/oidc").status_code == 404
    assert "Sign in with" not in api.client.get("/sign-in").text


def test_issuer_without_a_secret_is_refused_at_the_start():
    assert oidc.provider(settings.Settings()) is None
    with pytest.raises(errors.OperatorError, match="CLIENT_SECRET"):
        oidc.provider(settings.Settings(oidc_issuer="https://id.example"))
    chosen = settings.Settings(
        oidc_issuer="https://id.example/", oidc_client_id="a", oidc_client_secret="b"
    )
    assert oidc.provider(chosen).issuer == "https://id.example"
