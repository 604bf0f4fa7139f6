"""Sessions end on the server: by signing out, with their token, after their time."""

import pytest

from grader.service import accounts
from grader.store import users
from grader.web import sessions
from tests.support.browser_client import Browser


@pytest.fixture
def browser(store, uploads, course):
    return Browser(store, uploads, course)


def is_signed_in(browser, cookie):
    browser.client.cookies.clear()
    answer = browser.client.get(
        "/", headers={"Cookie": f"{sessions.COOKIE}={cookie}"}, follow_redirects=False
    )
    return answer.status_code == 200


def signed_in(browser, who="ann"):
    """The cookie of a new session, as somebody might keep a copy of it."""
    browser.sign_in(who)
    return browser.client.cookies[sessions.COOKIE]


def test_signing_out_ends_the_session_whatever_a_browser_still_holds(browser):
    kept = signed_in(browser)
    browser.client.post("/sign-out", data={"form_token": browser.form_token()})
    assert not is_signed_in(browser, kept)


def test_one_session_ends_and_the_token_and_other_sessions_go_on(browser):
    other = signed_in(browser)
    signed_in(browser)
    browser.client.post("/sign-out", data={"form_token": browser.form_token()})
    assert is_signed_in(browser, other)
    assert accounts.find(browser.store, browser.tokens["ann"]) is not None


def test_revoked_token_ends_its_sessions(browser):
    kept = signed_in(browser)
    (token,) = users.tokens(browser.store, "ann")
    users.revoke(browser.store, "ann", token.id, "test")
    assert not is_signed_in(browser, kept)


def test_session_ends_after_its_time_and_is_forgotten(browser):
    kept = signed_in(browser)
    with browser.store.transaction() as connection:
        connection.execute("UPDATE sessions SET expires_at = now() - interval '1 s'")
    assert not is_signed_in(browser, kept)
    signed_in(browser)
    assert browser.store.one("SELECT count(*) AS n FROM sessions")["n"] == 1


def test_copy_of_the_database_s_hash_is_no_session(browser):
    signed_in(browser)
    row = browser.store.one("SELECT sha256 FROM sessions")
    assert accounts.find_session(browser.store, row["sha256"].hex()) is None
