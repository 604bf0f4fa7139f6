"""Forms of other sites, and forms of ours behind a proxy that speaks TLS."""

import pytest
from fastapi.testclient import TestClient

from grader import settings
from grader.http import public_address
from tests.support.browser_client import PAGE, Browser

PUBLIC = "https://grader.example.edu"


@pytest.fixture
def browser(store, uploads, course):
    return Browser(store, uploads, course)


@pytest.fixture
def proxied(browser):
    """The same behind a proxy: plain HTTP arrives, and the operator has said the address."""
    address = public_address.chosen(settings.Settings(public_url=PUBLIC))
    inner = public_address.Addressed(browser.client.app, address)
    browser.client = TestClient(inner, base_url="http://10.0.0.2:8000")
    return browser


@pytest.mark.parametrize(
    "sent",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_no_other_site_signs_anybody_in_or_out(browser, sent):
    form = {"data": {"token": browser.tokens["ann"]}, "headers": sent, "follow_redirects": False}
    answer = browser.client.post("/sign-in", **form)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    browser.sign_in()
    form["data"] = {"form_token": browser.form_token()}
    assert browser.client.post("/sign-out", **form).status_code == 403
    assert browser.page("/").status_code == 200


def test_form_that_a_browser_sends_from_our_page_is_taken(browser):
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    browser.sign_in()
    assert browser.hand_in(headers=own).status_code == 303


def test_behind_a_proxy_forms_work_and_the_cookie_is_for_tls_alone(proxied):
    own = {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
    answer = proxied.client.post(
        "/sign-in",
        data={"token": proxied.tokens["ann"]},
        headers=own,
        follow_redirects=False,
    )
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "; Secure" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    page = proxied.client.get(PAGE, headers=kept)
    token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    sent = proxied.client.post(
        PAGE,
        data={"form_token": token},
        files={"files": ("layers.py", b"ok")},
        headers=own | kept,
        follow_redirects=False,
    )
    assert sent.status_code == 303


def test_without_the_setting_the_message_names_the_proxy(browser):
    browser.sign_in()
    answer = browser.hand_in(headers={"Origin": PUBLIC})
    assert answer.status_code == 403
    assert PUBLIC in answer.text
    assert "GRADER_PUBLIC_URL" in answer.text
