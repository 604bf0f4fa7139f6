"""A student's way through the pages: sign in, upload, watch, read; also without JavaScript."""

import re
import threading
import time
import uuid

import pytest
from playwright.sync_api import expect

from grader.service import accounts
from grader.store import database, runs, submissions
from tests.browser.looks import serious_findings, sign_in, too_wide
from tests.support import fakes_service as fakes
from tests.support.browser_client import MANUAL

GOOD = {"name": "layers.py", "mimeType": "text/x-python", "buffer": b"ok"}
DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  const drop = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
  document.querySelector("form.upload").dispatchEvent(drop);
}"""
OTHER = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}


def hand_in(page, *files):
    page.get_by_role("link", name="Homework").click()
    page.get_by_label("One zip, or the files themselves").set_input_files(list(files))
    page.get_by_role("button", name="Upload and grade").click()


def grade(site, page, pause_s=0.2):
    """The worker's part, in another thread and through a pool of its own."""
    page.wait_for_url(re.compile(r"/submissions/[0-9a-f-]{36}$"))  # the upload goes on in the page

    def work():
        elsewhere = database.Database(site.store.conninfo)
        try:
            staff = accounts.find(elsewhere, site.tokens["eve"])
            found = submissions.get(elsewhere, uuid.UUID(page.url.rpartition("/")[2]), staff)
            begun = runs.begin(elsewhere, found.run_id, "worker test:1")
            for number, test in enumerate((fakes.SHOWN_TEST, fakes.HIDDEN_TEST), 1):
                time.sleep(pause_s)
                runs.record(elsewhere, begun, fakes.told(*test, number))
            time.sleep(pause_s)
            runs.finish(elsewhere, begun, fakes.report())
        finally:
            elsewhere.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_upload_is_watched_to_its_report_without_reloading(page, site):
    sign_in(page, site)
    hand_in(page, GOOD)
    expect(page.get_by_text("Waiting to be graded")).to_be_visible()
    page.evaluate("window.same = true")
    thread = grade(site, page, pause_s=1.0)
    expect(page.get_by_text("1 of 2 tests")).to_be_visible()
    expect(page.get_by_text("test_a.py::test_one")).to_be_visible()
    expect(page.locator(".score")).to_have_text(re.compile(r"6\.67\s+of 10 points"))
    assert page.evaluate("window.same") is True
    thread.join()


def test_report_comes_by_reload_where_scripts_are_off(chromium, site):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    hand_in(page, GOOD)
    grade(site, page, pause_s=0).join()
    expect(page.locator(".score")).to_be_visible()
    context.close()


def test_missing_file_is_told_before_the_upload(page, site):
    sign_in(page, site)
    page.get_by_role("link", name="Homework").click()
    page.get_by_label("One zip, or the files themselves").set_input_files([OTHER])
    expect(page.get_by_text("Missing: layers.py.")).to_be_visible()
    expect(page.get_by_role("button", name="Upload and grade")).to_be_disabled()
    page.get_by_label("One zip, or the files themselves").set_input_files([GOOD])
    expect(page.get_by_role("button", name="Upload and grade")).to_be_enabled()


def test_upload_that_is_too_large_stops_the_button(page, site):
    sign_in(page, site)
    page.get_by_role("link", name="Homework").click()
    large = GOOD | {"buffer": b"x" * 1_000_001}
    page.get_by_label("One zip, or the files themselves").set_input_files([large])
    expect(page.get_by_text("Too large: 1.1 MB, and at most 1 MB are allowed.")).to_be_visible()
    expect(page.get_by_role("button", name="Upload and grade")).to_be_disabled()


def test_files_stay_chosen_until_a_student_has_signed_in_again(page, site):
    sign_in(page, site)
    page.get_by_role("link", name="Homework").click()
    page.get_by_label("One zip, or the files themselves").set_input_files([GOOD])
    with site.store.transaction() as connection:
        connection.execute("DELETE FROM sessions")
    page.get_by_role("button", name="Upload and grade").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    other = opened.value
    other.get_by_label("Your access token").fill(site.tokens["ann"])
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Assignments")).to_be_visible()
    page.get_by_role("button", name="Upload and grade").click()
    expect(page.get_by_text("Waiting to be graded")).to_be_visible()


def test_refused_upload_keeps_the_form(page, site):
    sign_in(page, site)
    hand_in(page, GOOD, GOOD | {"name": "bad.exe"})
    expect(page.get_by_role("alert")).to_contain_text("bad.exe: not a kind of file")
    expect(page.get_by_role("button", name="Upload and grade")).to_be_visible()


def test_called_off_submission_says_so(page, site):
    sign_in(page, site)
    hand_in(page, GOOD)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()


def test_pages_are_reached_by_keyboard(page, site):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Your access token").focus()
    page.keyboard.type(site.tokens["ann"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Assignments")).to_be_visible()


def test_files_and_what_changed_are_looked_at(page, site):
    sign_in(page, site)
    for text in (b"def f(x):\n    return y\n", b"def f(x):\n    return x\n"):
        page.goto("/")
        hand_in(page, GOOD | {"buffer": text})
        expect(page.get_by_text("Waiting to be graded")).to_be_visible()
        grade(site, page, pause_s=0).join()
        expect(page.locator(".score")).to_be_visible()
    page.get_by_role("link", name="What changed").click()
    expect(page.get_by_text("1 line added, 1 removed")).to_be_visible()
    assert serious_findings(page) + too_wide(page) == []
    page.go_back()
    page.get_by_role("link", name="files", exact=True).click()
    expect(page.get_by_text("return x")).to_be_visible()
    assert serious_findings(page) + too_wide(page) == []


def test_files_are_dropped_onto_the_form(page, site):
    sign_in(page, site)
    page.get_by_role("link", name="Homework").click()
    expect(page.get_by_text("Or drop the files onto this box.")).to_be_visible()
    page.evaluate(DROP, ["layers.py", "ok"])
    expect(page.locator(".chosen")).to_have_text("layers.py")
    page.get_by_role("button", name="Upload and grade").click()
    expect(page.get_by_text("Waiting to be graded")).to_be_visible()


def test_report_with_tasks_marked_by_hand_fits_the_screen(page, site, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    path.write_text(text + MANUAL.replace("Write-up", "Proof of the formulas of both passes"))
    sign_in(page, site)
    hand_in(page, GOOD)
    grade(site, page, pause_s=0).join()
    expect(page.get_by_text("5 points, graded by hand")).to_be_visible()
    expect(page.get_by_text("not graded yet: w")).to_be_visible()
    assert too_wide(page) == []


def test_student_chooses_what_mail_is_about(page, site):
    sign_in(page, site)
    page.get_by_role("link", name="Messages").click()
    page.get_by_label("Marks that the staff gave").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Marks that the staff gave")).not_to_be_checked()
    expect(page.get_by_label("A regrade that changed")).to_be_checked()
    assert serious_findings(page) + too_wide(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_checker_finds_nothing_serious(page, site, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto("/sign-in")
    found = serious_findings(page)
    sign_in(page, site)
    found += serious_findings(page)
    hand_in(page, GOOD)
    page.wait_for_url("**/submissions/*")
    found += serious_findings(page)
    grade(site, page, pause_s=0).join()
    expect(page.locator(".score")).to_be_visible()
    found += serious_findings(page)
    page.get_by_role("link", name="Homework").click()
    page.wait_for_url("**/assignments/*")
    found += serious_findings(page)
    assert found == []
