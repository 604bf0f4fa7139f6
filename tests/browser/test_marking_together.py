"""Pages of marking when somebody else was there: another marker, the author, a newer upload."""

import pytest
from playwright.sync_api import expect

from grader.service import accounts
from tests.browser.looks import hand_in, serious_findings, sign_in, too_wide
from tests.support import fakes_service as fakes
from tests.support.browser_client import CODE, MANUAL
from tests.support.course_client import HOUR, NOW


@pytest.fixture
def manifest(course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    head, mark, tasks = path.read_text().partition("[[task]]")
    head = head.replace("total_points = 10", "total_points = 15")
    schedule = f"schedule = {{ publish_at = {(NOW - HOUR).isoformat()} }}\n"
    path.write_text(f"{head}{schedule}{mark}{tasks}{MANUAL}")
    return path


def send(site, method, path, who="eve", /, **sent):
    answer = site.client.request(method, f"/api/{path}", json=sent, headers=site.headers(who))
    assert answer.status_code < 300, answer.text


def test_two_markers_the_author_and_a_newer_upload(manifest, page, site):
    site.tokens["tim"] = accounts.add_user(site.store, "tim", "ta")
    old = hand_in(site, "ann", files=(("layers.py", CODE.encode()),))
    for line, text in ((2, "This is slow."), (5, "A name, please.")):
        place = {"path": "layers.py", "first_line": line}
        send(site, "POST", f"submissions/{old}/annotations", text=text, **place)
    newer = "import torch\n" + CODE.replace("c = a * 1 + b", "c = a + b")
    new = hand_in(site, "ann", files=(("layers.py", newer.encode()),))
    lines = [{"text": "Steps", "points": 4, "was": "Derivation"}]
    send(site, "PUT", f"assignments/{fakes.SLUG}/rubrics/w", lines=lines)
    manifest.write_text(manifest.read_text().replace('"Plot"', '"Plot with axes"'))
    sign_in(page, site, "tim")
    page.goto(f"/submissions/{new}/marking")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, site, "eve")
    amiss = []
    for path, words in (
        (f"/submissions/{new}/marking", "Somebody else has this open: tim"),
        (f"/submissions/{new}/files", "1 comment on an earlier upload is about"),
        (f"/submissions/{new}", "(from another submission)"),
        (f"/assignments/{fakes.SLUG}/unmarked", "The homework's rubric of w has changed"),
        (f"/assignments/{fakes.SLUG}/rubrics/w", "The homework's when you saved yours"),
    ):
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text(words)
        amiss += serious_findings(page) + too_wide(page)
    page.get_by_role("button", name="Join both").click()
    expect(page.get_by_label("Line 1", exact=True)).to_have_value("Steps")
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Save and reapply").click()
    expect(page.get_by_role("heading", name="has changed since")).to_have_count(0)
    assert amiss == [], "\n".join(amiss)
