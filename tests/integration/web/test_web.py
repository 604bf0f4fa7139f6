"""The pages over a real database, with a fake grader: who sees what, and how safely."""

import dataclasses
import io
import uuid
import zipfile
from fractions import Fraction

import pytest

from grader import models
from grader.service import accounts
from grader.service import submissions as services
from grader.store import runs, submissions
from tests.support import fakes_service as fakes
from tests.support.browser_client import FILES, MANUAL, PAGE, Browser


@pytest.fixture
def browser(store, uploads, course):
    return Browser(store, uploads, course)


def graded(browser, report=None):
    """The page of a submission that has been graded."""
    path = browser.hand_in().headers["location"]
    user = accounts.find(browser.store, browser.tokens["eve"])
    found = submissions.get(browser.store, uuid.UUID(path.rpartition("/")[2]), user)
    work = runs.begin(browser.store, found.run_id, "worker")
    runs.finish(browser.store, work, report or fakes.report())
    return path


@pytest.mark.parametrize("path", ["/", PAGE, "/submissions/x"])
def test_stranger_is_led_to_the_sign_in_page_and_back(browser, path):
    answer = browser.page(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    assert browser.sign_in(next=path).headers["location"] == path


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_sign_in_leads_to_no_other_site(browser, path):
    assert browser.sign_in(next=path).headers["location"] == "/"


def test_wrong_token_is_told_and_signs_nobody_in(browser):
    answer = browser.client.post("/sign-in", data={"token": "wrong"})
    assert answer.status_code == 401
    assert "not valid" in answer.text
    assert not answer.cookies


def test_cookie_is_kept_from_scripts_and_holds_no_token(browser):
    cookie = browser.sign_in().headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.tokens["ann"] not in cookie


def test_forged_cookie_signs_nobody_in(browser):
    browser.sign_in()
    name, value = next(iter(browser.client.cookies.items()))
    browser.client.cookies.set(name, value[:-2] + "xx")
    assert browser.page("/").status_code == 303


def test_revoked_token_ends_the_session(browser):
    browser.sign_in()
    assert browser.page("/").status_code == 200
    with browser.store.transaction() as connection:
        connection.execute("UPDATE tokens SET revoked_at = now()")
    assert browser.page("/").status_code == 303


def test_sign_out_ends_the_session(browser):
    browser.sign_in()
    browser.client.post("/sign-out", data={"form_token": browser.form_token()})
    assert browser.page("/").status_code == 303


def test_every_page_forbids_foreign_code(browser):
    browser.sign_in()
    for path in ("/sign-in", "/", PAGE, graded(browser), "/submissions/none"):
        policy = browser.page(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_upload_leads_to_the_submission_and_then_to_its_report(browser):
    browser.sign_in()
    path = browser.hand_in().headers["location"]
    waiting = browser.page(path).text
    assert "Waiting to be graded" in waiting
    assert "place 1 in the queue" in waiting
    assert '<meta http-equiv="refresh"' in waiting
    path = graded(browser)
    assert "<span>6.67</span> of 10 points" in browser.page(path).text
    assert "6.67 / 10" in browser.page(PAGE).text


def test_student_sees_no_hidden_test_and_staff_sees_all(browser):
    browser.sign_in("ann")
    path = graded(browser)
    assert "test_two" not in browser.page(path).text
    assert "Hidden tests (1)" in browser.page(path).text
    browser.sign_in("eve")
    assert "test_two" in browser.page(path).text
    assert "ann" in browser.page(PAGE).text


def test_submission_that_does_not_count_leads_to_the_one_that_does(browser):
    browser.sign_in("ann")
    first = graded(browser)
    assert "does not count" not in browser.page(first).text
    second = graded(browser)
    text = browser.page(first).text
    assert "This submission does not count." in text
    assert f'<a href="{second}">' in text
    assert "does not count" not in browser.page(second).text
    browser.sign_in("eve")
    assert f'<a href="{second}">' in browser.page(first).text


def test_headline_counts_points_given_by_hand_and_the_late_penalty(browser, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    late = "[schedule]\ndue = 2020-10-01T12:00:00Z\nlate = { percent = 10, per = 'once' }\n"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    path.write_text(text + MANUAL + late)
    browser.sign_in()
    text = browser.page(graded(browser)).text
    assert "<span>6</span> of 15 points" in text
    assert "Late penalty (10%)" in text
    assert "not graded yet: w" in text


def test_anothers_submission_is_not_there(browser):
    browser.sign_in("ann")
    path = graded(browser)
    browser.sign_in("bob")
    assert browser.page(path).status_code == 404
    assert browser.page(f"{path}/live").status_code == 404
    assert "Nothing submitted yet" in browser.page(PAGE).text


def test_text_of_a_report_is_no_markup(browser):
    browser.sign_in("eve")
    nasty = "<script>alert(1)</script>"
    report = dataclasses.replace(fakes.report(), notes=(nasty,))
    text = browser.page(graded(browser, report)).text
    assert nasty not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("files", ("bad.exe", b"x"))], "bad.exe: not a kind"),
        ([("files", ("", b""))], "No file was sent"),
        ([("files", ("layers.py", b"x" * 2_000_000))], "larger than 1 MB"),
    ],
    ids=["refused", "nothing_chosen", "too_large"],
)
def test_refused_upload_is_told_on_the_form(browser, files, words):
    browser.sign_in()
    answer = browser.hand_in(files)
    assert answer.status_code in (413, 422)
    assert words in answer.text
    assert "Not accepted" in answer.text
    assert "Upload and grade" in answer.text


@pytest.mark.parametrize(
    ("token", "headers"),
    [("", {}), ("wrong", {}), (None, {"Origin": "https://evil.example"})],
    ids=["no_token", "wrong_token", "other_site"],
)
def test_form_of_another_site_hands_in_nothing(browser, token, headers):
    browser.sign_in()
    fields = {} if token is None else {"form_token": token}
    assert browser.hand_in(headers=headers, **fields).status_code == 403
    assert "Nothing submitted yet" in browser.page(PAGE).text


def test_upload_of_somebody_who_is_signed_out_is_said_to_be_lost_and_leads_back(browser):
    browser.client.cookies.clear()
    answer = browser.client.post(PAGE, files=FILES, follow_redirects=False)
    assert answer.headers["location"] == f"/sign-in?next={PAGE}&lost=true"
    text = browser.page(answer.headers["location"]).text
    assert "You were signed out, so nothing was submitted." in text
    assert f'name="next" value="{PAGE}"' in text
    other = browser.client.post("/submissions/x/cancel", follow_redirects=False)
    assert other.headers["location"] == "/sign-in?lost=true"
    assert "nothing was saved" in browser.page(other.headers["location"]).text
    assert "signed out" not in browser.page("/sign-in").text


def test_unknown_assignment_is_told(browser):
    browser.sign_in()
    assert browser.page("/assignments/none").status_code == 404


def test_waiting_submission_can_be_called_off(browser):
    browser.sign_in()
    path = browser.hand_in().headers["location"]
    browser.client.post(f"{path}/cancel", data={"form_token": "wrong"})
    assert "Waiting to be graded" in browser.page(path).text
    browser.client.post(f"{path}/cancel", data={"form_token": browser.form_token()})
    assert "Cancelled" in browser.page(path).text


def test_running_submission_shows_the_tests_that_have_ended(browser):
    browser.sign_in()
    path = browser.hand_in().headers["location"]
    user = accounts.find(browser.store, browser.tokens["eve"])
    found = submissions.get(browser.store, uuid.UUID(path.rpartition("/")[2]), user)
    work = runs.begin(browser.store, found.run_id, "worker")
    for done, visibility in enumerate(("visible", "hidden"), start=1):
        name = f"{visibility}/test_a.py::test_{visibility}"
        case = models.TestCase(name, name, "1a", Fraction(1), models.Visibility(visibility))
        outcome = models.Outcome(name, models.Verdict.WRONG_ANSWER)
        runs.record(browser.store, work, models.Tested(case, outcome, done, 5))
    text = browser.page(f"{path}/live").text
    assert "2 of 5 tests" in text
    assert "test_visible" in text
    assert "test_hidden" not in text


@pytest.mark.parametrize("part", ["", "/live"])
def test_page_that_was_read_while_it_was_graded_shows_no_report_beside(browser, monkeypatch, part):
    browser.sign_in()
    path = graded(browser)
    find = services.find

    def before_it_ended(*given):
        return dataclasses.replace(find(*given), finished_at=None)

    monkeypatch.setattr(services, "find", before_it_ended)
    text = browser.page(path + part).text
    assert 'data-open="yes"' in text
    assert "of 10 points" not in text


def test_upload_page_names_the_files_of_each_part(browser, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    first = '{ name = "part 1", files = ["a.py", "b.py"] }'
    parts = f'{{ part = [{first}, {{ name = "part 2", files = ["c.py"] }}] }}'
    wanted = '{ required = ["layers.py"], max_upload_mb = 1 }'
    path.write_text(fakes.MANIFEST.replace(wanted, parts))
    browser.sign_in()
    page = browser.page(PAGE).text
    assert "Needed, of one part at least: part 1 (a.py, b.py); part 2 (c.py)." in page
    assert 'data-required=""' in page


def test_student_chooses_what_counts_where_the_course_lets_them(browser, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    path.write_text(path.read_text().replace("[[task]]", '[schedule]\nactive = "chosen"\n[[task]]'))
    browser.sign_in()
    first, second = graded(browser), graded(browser)
    assert "Make this count" in browser.page(PAGE).text
    fields = {"form_token": browser.form_token()}
    browser.client.post(f"{first}/active", data=fields)
    text = browser.page(PAGE).text
    assert text.index(second) < text.index(first) < text.index("<mark>counts</mark>")
    assert browser.client.post(f"{first}/active", data={"form_token": "x"}).status_code == 403
    browser.sign_in("eve")
    fields = {"form_token": browser.form_token()}
    assert browser.client.post(f"{second}/active", data=fields).status_code == 200
    browser.sign_in()
    text = browser.page(PAGE).text
    assert text.index("<mark>counts</mark>") < text.index(first)


def test_student_chooses_nothing_where_a_rule_decides(browser):
    browser.sign_in()
    first = graded(browser)
    assert "Make this count" not in browser.page(PAGE).text
    fields = {"form_token": browser.form_token()}
    answer = browser.client.post(f"{first}/active", data=fields)
    assert answer.status_code == 409
    assert "the latest submission counts" in answer.text


def asked_as(browser, path, accept):
    return browser.client.get(path, headers={"Accept": accept}, follow_redirects=False)


def test_wrong_address_is_told_to_a_person_by_a_page_and_to_a_program_by_data(browser):
    answer = asked_as(browser, "/nowhere", "text/html,*/*")
    assert answer.status_code == 404
    assert "There is no page at this address" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path, accept in (("/nowhere", "*/*"), ("/api/nowhere", "text/html")):
        told = asked_as(browser, path, accept)
        assert told.headers["content-type"] == "application/problem+json", path


def test_form_without_its_field_is_told_in_words(browser):
    answer = browser.client.post("/sign-in", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "Token: is missing." in answer.text
    assert "/docs" not in answer.text


def test_problem_leads_back_to_the_page_it_came_from_and_nowhere_else(browser):
    browser.sign_in()
    for came_from, back in (
        (f"http://testserver{PAGE}?a=1", f'href="{PAGE}?a=1">Back'),
        ("https://evil.example/x", ""),
        ("http://testserver//evil.example", ""),
    ):
        headers = {"Referer": came_from}
        text = browser.client.get("/submissions/none", headers=headers).text
        assert (">Back" in text) == bool(back), came_from
        assert back in text
        assert "evil" not in text


def test_name_too_long_for_a_form_is_told_on_the_page(browser):
    browser.sign_in()
    answer = browser.hand_in(files=[("files", ("a" * 70_000 + ".py", b"x"))])
    assert answer.status_code == 422
    assert "cannot be read" in answer.text
    assert "Upload and grade" in answer.text


def test_moments_are_told_in_the_courses_time(browser, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    head, mark, tasks = path.read_text().partition("[[task]]")
    rule = 'schedule = { due = 2099-10-01T12:00:00Z, time_zone = "Asia/Kolkata" }\n'
    path.write_text(head + rule + mark + tasks)
    browser.sign_in()
    told = browser.page(graded(browser)).text
    assert " IST</time>" in told
    assert "UTC</time>" not in told


def scheduled(course, rule):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    head, mark, tasks = path.read_text().partition("[[task]]")
    path.write_text(f"{head}schedule = {{ {rule} }}\n{mark}{tasks}")


LATE = "late = { percent = 10, cutoff_h = 48 }"


def test_closed_homework_offers_no_form_and_says_nothing_of_lateness(browser, course):
    scheduled(course, f"due = 2020-10-01T12:00:00Z, {LATE}")
    browser.sign_in()
    text = browser.page(PAGE).text
    assert "Closed since Saturday 3 October 2020, 12:00 UTC" in text
    assert "penalty is" not in text
    assert "Upload and grade" not in text
    browser.sign_in("eve")
    assert "Upload and grade" in browser.page(PAGE).text


def test_page_says_which_moment_of_an_upload_counts(browser, course):
    scheduled(course, f"due = 2099-10-01T12:00:00Z, {LATE}")
    browser.sign_in()
    text = browser.page(PAGE).text
    assert "when your upload begins, if it takes no longer than 15 minutes" in text
    assert "the penalty is 10%" in text


def test_without_a_time_zone_pages_say_utc_in_words_and_staff_are_told(browser, course):
    scheduled(course, "due = 2099-10-01T12:00:00Z")
    browser.sign_in()
    text = browser.page(PAGE).text
    assert "UTC (Coordinated Universal Time)" in text
    assert "No time zone is set" not in text
    browser.sign_in("eve")
    assert "No time zone is set" in browser.page(PAGE).text
    manifest = course / "tests/suites" / fakes.SLUG / "assignment.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace("schedule = {", 'schedule = { time_zone = "UTC",'))
    assert "No time zone is set" not in browser.page(PAGE).text


def test_template_is_saved_from_the_assignments_page(browser, course):
    browser.sign_in()
    assert f"{PAGE}/template.zip" not in browser.page(PAGE).text
    assert browser.page(f"{PAGE}/template.zip").status_code == 404
    folder = course / "student_template" / fakes.SLUG
    folder.mkdir(parents=True)
    (folder / "layers.py").write_text("begin here")
    assert f"{PAGE}/template.zip" in browser.page(PAGE).text
    saved = browser.page(f"{PAGE}/template.zip")
    with zipfile.ZipFile(io.BytesIO(saved.content)) as found:
        assert found.read(f"{fakes.SLUG}/layers.py") == b"begin here"


def test_list_of_assignments_tells_lateness_and_attempts(browser, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    head, mark, tasks = path.read_text().partition("[[task]]")
    rule = (
        "schedule = { due = 2020-10-01T12:00:00Z, attempts_per_day = 3, "
        'late = { percent = 10, per = "once" } }\n'
    )
    path.write_text(head + rule + mark + tasks)
    browser.sign_in()
    assert "Late: a submission now loses 10% · 3 of 3 attempts left today" in browser.page("/").text
