"""An instructor's way through the pages: batch, regrade, marking, dashboard; by mouse and keys."""

import io
import re
import zipfile
from fractions import Fraction

import pytest
from playwright.sync_api import expect

from tests.browser.looks import grade_all, hand_in, sign_in, too_wide
from tests.support import fakes_service as fakes
from tests.support.browser_client import MANUAL, PDF

PAGE = f"/assignments/{fakes.SLUG}"


def archive(*students):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        for name in students:
            made.writestr(f"{name}/layers.py", "ok")
    return {"name": "all.zip", "mimeType": "application/zip", "buffer": sink.getvalue()}


@pytest.fixture
def course_with_marks(course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    head, mark, tasks = text.partition("[[task]]")
    due = 'schedule = { due = 2026-10-01T12:00:00Z, time_zone = "America/Chicago" }\n'
    path.write_text(head + due + mark + tasks + MANUAL)
    return course


def test_batch_is_followed_to_its_end_without_reloading(page, site):
    sign_in(page, site, "eve")
    page.get_by_role("link", name="Homework", exact=True).click()
    page.get_by_role("link", name="Dashboard, batches").click()
    page.get_by_role("link", name="Batches").click()
    page.get_by_label("One zip with a folder").set_input_files([archive("ann", "bob", "carl")])
    page.get_by_role("button", name="Upload and grade all").click()
    expect(page.get_by_text("0 of 3 graded")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Being graded", exact=True)).to_be_visible()
    page.get_by_text("Cancel", exact=True).click()
    expect(page.get_by_role("button", name="Yes, cancel")).to_be_visible()
    page.get_by_text("Cancel", exact=True).click()
    expect(page.get_by_role("button", name="Yes, cancel")).to_be_hidden()
    page.evaluate("window.same = true")
    thread = grade_all(site, pause_s=0.5)
    expect(page.get_by_text("All graded")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("3 of 3 graded")).to_be_visible()
    assert page.evaluate("window.same") is True
    thread.join()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    assert "carl,done,5" in download.value.path().read_text()


def test_regrade_is_looked_at_applied_and_taken_back(page, site):
    hand_in(site, "ann", Fraction(4))
    hand_in(site, "bob", Fraction(6))
    sign_in(page, site, "eve")
    page.goto(f"{PAGE}/regrades")
    page.get_by_label("The latest of each student").check()
    page.get_by_label("Reason").fill("test of 1a fixed")
    page.get_by_role("button", name="Grade again").click()
    expect(page.get_by_text("0 of 2 graded")).to_be_visible()
    grade_all(site, Fraction(5)).join()
    expect(page.get_by_role("button", name="Keep the higher result of each")).to_be_visible()
    page.get_by_role("link", name="ann").click()
    expect(page.get_by_role("heading", name="ann: old and new")).to_be_visible()
    expect(page.get_by_text("4 / 7")).to_be_visible()
    page.go_back()
    page.get_by_label("Why, for the students").fill("a test of task 1 was wrong")
    page.get_by_role("button", name="Keep the higher result of each").click()
    expect(page.get_by_text("The new results count")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: the old results count")).to_be_visible()
    expect(page.get_by_text("keep-max")).to_be_visible()


def test_chosen_submission_is_graded_again_from_the_list(page, site):
    hand_in(site, "ann")
    hand_in(site, "bob")
    sign_in(page, site, "eve")
    page.goto(f"{PAGE}/submissions")
    page.get_by_role("link", name="Points").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text(re.compile("Points"))
    page.get_by_label("Student", exact=True).fill("bo")
    page.locator("form").filter(has_text="Student State").get_by_role("button").click()
    expect(page.get_by_text("1 submission.")).to_be_visible()
    page.get_by_label(re.compile("Choose bob")).check()
    page.get_by_label("Grade the chosen submissions again").fill("he asked")
    page.get_by_role("button", name="Grade again").click()
    expect(page.get_by_text("0 of 1 graded")).to_be_visible()


def test_plots_are_drawn_in_the_readers_colours(page, site):
    hand_in(site, "ann")
    sign_in(page, site, "eve")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{PAGE}/dashboard")
        drawn = page.locator("img.plot").first
        expect(drawn).to_be_visible()
        assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
        address = drawn.evaluate("image => image.currentSrc")
        assert ("scheme=dark" in address) == (scheme == "dark")
        assert ("width=narrow" in address) == (page.viewport_size["width"] < 600)


def test_write_up_is_marked_beside_the_pdf(course_with_marks, page, site):
    found = hand_in(site, "ann", files=(("layers.py", b"ok"), ("report.pdf", PDF)))
    sign_in(page, site, "eve")
    page.goto(f"/submissions/{found}")
    page.get_by_role("link", name="marking").click()
    expect(page.locator("iframe.pdf")).to_be_visible()
    page.get_by_label("Derivation").check()
    page.get_by_label("Comment").fill("well derived")
    page.get_by_role("button", name="Save the mark of w").click()
    page.get_by_text("1 version").click()
    expect(page.get_by_text(re.compile("3 by instructor eve.*well derived"))).to_be_visible()


def test_list_is_reached_by_keys_alone(page, site):
    hand_in(site, "ann")
    sign_in(page, site, "eve")
    page.goto(f"{PAGE}/submissions")
    table = page.get_by_role("region", name="Submissions")
    table.focus()
    expect(table).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort]")).to_be_visible()


def test_roster_shows_odd_lines_and_leaves_them_out_when_told_to(page, site):
    text = "name,email,role\nZoe Z,zoe@u.example,student\nYan,yan@u.example,Reader\n"
    roster = {"name": "r.csv", "mimeType": "text/csv", "buffer": text.encode()}
    sign_in(page, site, "eve")
    page.goto("/roster")
    page.get_by_label("Update it").set_input_files([roster])
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Line 3: a Reader has no part here")).to_be_visible()
    leave_out = page.get_by_label("Leave out lines")
    expect(leave_out).to_be_checked()
    assert too_wide(page) == []
    page.get_by_label("Update it").set_input_files([roster])
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("1 added, 0 changed, 0 unchanged")).to_be_visible()
    expect(page.get_by_role("rowheader", name="zoe@u.example")).to_be_visible()
    assert too_wide(page) == []
