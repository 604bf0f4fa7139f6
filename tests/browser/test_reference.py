"""The API's reference in a browser: drawn from files of ours alone, under its own policy."""

import re

from playwright.sync_api import expect

from tests.browser.looks import too_wide


def test_reference_is_drawn_without_another_host(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    expect(page.get_by_text("Upload homework, follow its grading")).to_be_visible(timeout=30_000)
    page.get_by_text(re.compile("^/api/assignments$")).first.click()
    expect(page.get_by_text("The homeworks of the course").first).to_be_visible()
    assert too_wide(page) == []
    assert [url for url in asked if not url.startswith((site.url, "data:", "blob:"))] == []
