"""A real browser on a real server: Chromium by Playwright, the pages by uvicorn in a thread."""

import os
import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser_client import Browser as Site
from tests.support.databases import course, database_url, server_url, store, uploads  # noqa: F401

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It calls home otherwise, and cannot confine itself where the tests run as root.
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-sync", "--disable-component-update", "--disable-quic"),
)
# A frame of another site has a process of its own, and on a busy machine Playwright sometimes loses
# a frame that moves between two: its page is there, and no locator finds it. What one site may do
# to another, cookies too, is the same in one process.
ONE_PROCESS = (
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
)


# Of a module: Playwright's event loop holds the thread as long as it runs, and a test of another
# file that is given to the same process may need one of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running browser; without one the tests skip, except in CI, where they fail."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium is installed; .ci/browser installs one")
        pytest.skip("no Chromium is installed (run .ci/browser)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*QUIET, *ONE_PROCESS])
        yield browser
        browser.close()


@pytest.fixture
def site(store, uploads, course) -> Iterator[Site]:  # noqa: F811  # pytest's way of fixtures
    """The pages on a free port of this machine; `url` is where."""
    found = Site(store, uploads, course)
    config = uvicorn.Config(found.client.app, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found.url = f"http://127.0.0.1:{port}"
    yield found
    found.notices.close()
    server.should_exit = True
    thread.join()


SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 800}}


@pytest.fixture(params=SIZES)
def page(request, chromium: Browser, site: Site) -> Iterator[Page]:
    """A page of a browser without history; what its console complains of fails the test."""
    context = chromium.new_context(base_url=site.url, viewport=SIZES[request.param])
    opened = context.new_page()
    complaints: list[str] = []

    def note(line):
        # A refused upload is answered with 4xx, which the browser logs, too.
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            complaints.append(line.text)

    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", note)
    yield opened
    context.close()
    assert complaints == []
