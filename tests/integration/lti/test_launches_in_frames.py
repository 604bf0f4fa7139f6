"""Launches in a frame of an LMS: how a browser is known again that keeps no cookies there."""

import html
import re

import pytest

from tests.support.lms import CLAIM, Classroom, Lms, field, sentence

TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}
FRAME = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture(scope="module")
def lms():
    running = Lms()
    yield running
    running.stop()


@pytest.fixture
def room(store, uploads, course, lms):
    lms.reset()
    return Classroom(store, uploads, course, lms).connected()


def attribute(answer, name):
    return html.unescape(re.search(rf'data-{name}="([^"]*)"', answer.text)[1])


def test_frame_with_cookies_goes_on_to_the_lms(room):
    browser = room.new_browser()
    first = room.login(browser, FRAME)
    assert first.status_code == 303  # is a cookie kept? nothing of the launch is spent yet
    again = browser.get(first.headers["location"], headers=FRAME, follow_redirects=False)
    asked = room.asked(again)
    assert asked["login_hint"] == "hint/1 &="
    assert asked["lti_message_hint"] == '{"cmid": 1}'
    token = room.lms.signed(room.lms.claims(asked["nonce"], **TO_HW))
    answer = room.bring(asked["state"], token, browser, FRAME)
    assert 'target="_blank"' in answer.text


def test_browser_that_keeps_no_cookie_in_a_frame_gets_a_window(room):
    browser = room.new_browser()
    first = room.login(browser, FRAME)
    browser.cookies.clear()
    page = browser.get(first.headers["location"], headers=FRAME, follow_redirects=False)
    assert page.status_code == 200
    with room.store.transaction() as connection:
        assert connection.execute("SELECT FROM lti_logins").rowcount == 0
    link = html.unescape(re.search(r'href="(/lti/login[^"]+)" target="_blank"', page.text)[1])
    asked = room.asked(browser.get(link, follow_redirects=False))  # a window of its own
    token = room.lms.signed(room.lms.claims(asked["nonce"], **TO_HW))
    assert room.bring(asked["state"], token, browser).status_code == 303


def test_frame_of_the_lms_keeps_the_value_where_it_offers_that(room, lms):
    browser = room.new_browser()
    page = room.login(browser, FRAME, lti_storage_target="post_message_forwarding")
    assert page.status_code == 200
    assert attribute(page, "frame") == "post_message_forwarding"
    assert attribute(page, "origin") == lms.url
    browser.cookies.clear()
    to = attribute(page, "to")
    state = re.search(r"[?&]state=([^&]+)", to)[1]
    nonce = re.search(r"[?&]nonce=([^&]+)", to)[1]
    assert attribute(page, "key") == f"grader_{state}"
    token = lms.signed(lms.claims(nonce, **TO_HW))
    waits = room.bring(state, token, browser, FRAME)
    assert attribute(waits, "key") == f"grader_{state}"
    assert (field(waits, "state"), field(waits, "id_token")) == (state, token)
    wrong = room.bring(state, token, browser, FRAME, browser_value="x" * 43)
    assert wrong.status_code == 200  # a field of another name says nothing
    answer = browser.post(
        "/lti/launch",
        data={"state": state, "id_token": token, "browser": attribute(page, "value")},
        headers=FRAME,
    )
    assert 'target="_blank"' in answer.text


def test_value_of_another_browser_is_refused(room, lms):
    browser = room.new_browser()
    page = room.login(browser, FRAME, lti_storage_target="_parent")
    to = attribute(page, "to")
    state = re.search(r"[?&]state=([^&]+)", to)[1]
    nonce = re.search(r"[?&]nonce=([^&]+)", to)[1]
    token = lms.signed(lms.claims(nonce, **TO_HW))
    data = {"state": state, "id_token": token, "browser": "y" * 43}
    answer = room.new_browser().post("/lti/launch", data=data, headers=FRAME)
    assert "another browser" in sentence(answer)


def test_pages_in_frames_run_no_script_but_ours_and_say_what_to_do_without(room):
    page = room.login(room.new_browser(), FRAME, lti_storage_target="_parent")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<noscript>" in page.text
