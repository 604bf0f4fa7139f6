"""A launch in a frame of an LMS in a real browser: with cookies, by a frame that keeps values, and
the choice of a homework.

The LMS is `127.0.0.1`, we are `localhost`: two sites for a browser, so that without TLS it keeps no
cookie of ours in the frame, as real ones do not of other sites.
"""

import dataclasses
import html
import threading
import time
import urllib.parse

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tests.support import lms as campus
from tests.support.lms import CLAIM, Classroom, Lms

SEEN = ("desktop", "phone")
# Of an LMS that keeps values for tools, as the standard's client-side storage has it.
KEEPER = """
const kept = {};
window.addEventListener("message", (event) => {
  const said = event.data || {};
  const { message_id, key } = said;
  const answer = { subject: said.subject + ".response", message_id, key };
  if (said.subject === "lti.put_data") kept[said.key] = said.value;
  event.source.postMessage({ ...answer, value: kept[said.key] }, event.origin);
});"""


class FramingLms(Lms):
    """The small LMS with pages: a course with a link in a frame, and its sign-in address."""

    ours = ""
    storage = ""
    changes: dict = {}  # noqa: RUF012  # set by each test
    returned: list = []  # noqa: RUF012  # the same

    def app(self) -> FastAPI:
        lms = super().app()

        @lms.get("/course")
        def course():
            fields = {
                "iss": self.url,
                "client_id": self.client_id,
                "login_hint": "1",
                "target_link_uri": f"{self.ours}/lti/launch",
            } | ({"lti_storage_target": self.storage} if self.storage else {})
            to = html.escape(f"{self.ours}/lti/login?{urllib.parse.urlencode(fields)}")
            frame = f'<iframe title="Homework" src="{to}" width="100%" height="700"></iframe>'
            return HTMLResponse(f"<h1>Course</h1><script>{KEEPER}</script>{frame}")

        @lms.get("/auth")
        def authorise(request: Request):
            asked = dict(request.query_params)
            token = self.signed(self.claims(asked["nonce"], **self.changes))
            back = html.escape(asked["redirect_uri"])
            hidden = "".join(
                f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
                for name, value in {"state": asked["state"], "id_token": token}.items()
            )
            return HTMLResponse(
                f'<form method="post" action="{back}">{hidden}</form>'
                "<script>document.forms[0].submit()</script>"
            )

        @lms.post("/back")
        async def back(request: Request):
            self.returned.append(dict(await request.form()))
            return RedirectResponse("/done", 303)

        @lms.get("/done")
        def done():
            return HTMLResponse("<h1>Link added</h1>")

        return lms


@pytest.fixture
def lms():
    running = FramingLms()
    running.changes, running.returned, running.storage = {}, [], ""
    yield running
    running.stop()


@pytest.fixture
def ours(store, uploads, course, lms, monkeypatch):
    """Our service on a port of its own, connected and accepted."""
    room = Classroom(store, uploads, course, lms)
    config = uvicorn.Config(room.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    room.connected()
    lms.ours = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    monkeypatch.setattr(campus, "SITE", lms.ours)
    ways = dataclasses.replace(room.services.channels, site=lms.ours)
    room.app.state.services = dataclasses.replace(room.services, channels=ways)
    yield room
    server.should_exit = True
    thread.join(5)


@pytest.fixture(params=SEEN)
def context(request, chromium):
    from tests.browser.conftest import SIZES

    made = chromium.new_context(viewport=SIZES[request.param])
    yield made
    made.close()


TO_HW = {f"{CLAIM}custom": {"homework": "hw"}}


def frame_of(page):
    return page.frame_locator("iframe")


def test_launch_in_a_frame_without_cookies_goes_on_in_a_window(ours, lms, context):
    lms.changes = TO_HW
    page = context.new_page()
    page.goto(f"{lms.url}/course")
    link = frame_of(page).get_by_role("button", name="Open in a new window")
    link.wait_for()
    with context.expect_page() as opened:
        link.click()
    window = opened.value
    window.wait_for_url("**/assignments/hw")
    assert "ann" in window.locator(".who").inner_text()


def test_launch_in_a_frame_by_a_value_that_the_lms_keeps(ours, lms, context):
    lms.changes, lms.storage = TO_HW, "_parent"
    page = context.new_page()
    page.goto(f"{lms.url}/course")
    button = frame_of(page).get_by_role("button", name="Open the homework")
    button.wait_for()
    with context.expect_page() as opened:
        button.click()
    window = opened.value
    window.wait_for_url("**/assignments/hw")
    assert "ann" in window.locator(".who").inner_text()


def test_teacher_chooses_a_homework_in_a_frame(ours, lms, context):
    lms.storage = "_parent"
    lms.changes = {
        f"{CLAIM}message_type": "LtiDeepLinkingRequest",
        f"{CLAIM}roles": [f"{campus.MEMBER}#Instructor"],
        "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": {
            "deep_link_return_url": f"{lms.url}/back",
            "accept_types": ["ltiResourceLink"],
        },
    }
    page = context.new_page()
    page.goto(f"{lms.url}/course")
    frame = frame_of(page)
    frame.get_by_label("Homework (hw)").check()
    frame.get_by_role("button", name="Add the link").click()
    frame.get_by_role("heading", name="Link added").wait_for()
    assert len(lms.returned) == 1
    assert lms.returned[0]["JWT"].count(".") == 2
