"""Pages of what was submitted: files, two submissions compared, the source of public tests."""

import dataclasses
import uuid
from fractions import Fraction

import pytest

from grader import models
from grader.service import accounts, jobs
from grader.store import rows, runs, submissions
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Browser

MESSAGE = "ValueError: no\n  layers.py, line 2, in f: return y"


@pytest.fixture
def browser(store, uploads, course):
    return Browser(store, uploads, course)


def report(**passed):
    """Two visible tests and a hidden one that tells its input."""

    def test(name, visibility=models.Visibility.VISIBLE, message=MESSAGE):
        ok = passed.get(name, False)
        verdict = models.Verdict.PASSED if ok else models.Verdict.EXCEPTION
        path = "public" if visibility is models.Visibility.VISIBLE else "hidden"
        return models.TestResult(
            f"{path}/test_a.py::test_{name}", "1a", visibility, verdict,
            Fraction(int(ok)), Fraction(1), "" if ok else message,
        )  # fmt: skip

    tests = (
        test("one"),
        test("two"),
        test("secret", models.Visibility.HIDDEN, "layers.py, line 1"),
    )
    return dataclasses.replace(fakes.report(), tests=tests)


def submitted(browser, source, result, who="ann"):
    """A graded submission; its address."""
    user = accounts.find(browser.store, browser.tokens[who])
    uploads = browser.client.app.state.services.uploads
    stored = uploads.put(browser.grading.inspect(fakes.SLUG, [("layers.py", source.encode())]))
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, stored, 1, stored)
    jobs.accept(browser.store, new, "")
    run_id = submissions.get(browser.store, new.id, user).run_id
    runs.finish(browser.store, runs.begin(browser.store, run_id, "worker test:1"), result)
    return f"/submissions/{new.id}"


def test_report_leads_to_the_lines_that_it_names(browser):
    path = submitted(browser, "def f(x):\n    return y\n", report())
    browser.sign_in()
    link = f'<a href="{path}/files#layers.py:2">layers.py, line 2</a>'
    assert link in browser.page(path).text
    text = browser.page(f"{path}/files").text
    assert '<div class="line marked" id="layers.py:2">' in text
    assert '<div class="line" id="layers.py:1">' in text


def test_lines_that_only_a_hidden_test_names_are_marked_for_staff_alone(browser):
    path = submitted(browser, "def f(x):\n    return y\n", report())
    browser.sign_in("eve")
    assert '<div class="line marked" id="layers.py:1">' in browser.page(f"{path}/files").text


def test_text_of_a_file_is_no_markup(browser):
    path = submitted(browser, "x = '<script>alert(1)</script>'\n", report())
    browser.sign_in()
    assert "<script>alert" not in browser.page(f"{path}/files").text


def test_page_says_what_changed_since_the_last_submission(browser):
    first = submitted(browser, "def f(x):\n    return y\n", report(one=True))
    second = submitted(browser, "def f(x):\n    return x\n", report(two=True))
    browser.sign_in()
    text = " ".join(browser.page(second).text.split())
    assert "1 more test passes, 1 that passed now fails: <code>test_one</code>." in text
    assert f"{second}/compare?with={first.rpartition('/')[2]}" in text
    assert "last submission" not in browser.page(first).text


def test_comparing_shows_tests_and_lines_and_no_hidden_test(browser):
    first = submitted(browser, "def f(x):\n    return y\n", report(one=True, secret=True))
    second = submitted(browser, "def f(x):\n    return x\n", report(two=True))
    browser.sign_in()
    text = browser.page(f"{second}/compare?with={first.rpartition('/')[2]}").text
    assert "Passed before and fail now: 1" in text
    assert "Failed before and pass now: 1" in text
    assert "1 line added, 1 removed" in text
    assert "secret" not in text
    browser.sign_in("eve")
    assert "secret" in browser.page(f"{second}/compare?with={first.rpartition('/')[2]}").text


def test_order_of_the_two_does_not_matter(browser):
    first = submitted(browser, "a = 1\n", report())
    second = submitted(browser, "a = 1\nb = 2\n", report())
    browser.sign_in()
    text = browser.page(f"{first}/compare?with={second.rpartition('/')[2]}").text
    assert "1 line added, 0 removed" in text


def test_anothers_submission_can_be_neither_read_nor_compared(browser):
    own = submitted(browser, "a = 1\n", report())
    other = submitted(browser, "b = 2\n", report(), "bob")
    browser.sign_in()
    assert browser.page(f"{other}/files").status_code == 404
    assert browser.page(f"{own}/compare?with={other.rpartition('/')[2]}").status_code == 404
    browser.sign_in("eve")
    answer = browser.page(f"{own}/compare?with={other.rpartition('/')[2]}")
    assert answer.status_code == 404
    assert "of one student" in answer.text


def test_public_test_is_read_from_the_template_and_no_other_is(browser, course):
    template = course / "student_template" / fakes.SLUG / "public_tests"
    template.mkdir(parents=True)
    (template / "test_a.py").write_text("def test_one(student):\n    pass\n")
    hidden = course / "tests" / "suites" / fakes.SLUG / "hidden"
    hidden.mkdir()
    (hidden / "test_a.py").write_text("def test_secret(student): ...\n")
    path = submitted(browser, "a = 1\n", report())
    browser.sign_in()
    assert f'href="{PAGE}/tests/public/test_a.py#test_one"' in browser.page(path).text
    source = browser.page(f"{PAGE}/tests/public/test_a.py")
    assert 'id="test_one"' in source.text
    for name in ("hidden/test_a.py", "public/../hidden/test_a.py", "public/none.py", "layers.py"):
        answer = browser.page(f"{PAGE}/tests/{name}")
        assert answer.status_code == 404, name
        assert "test_secret" not in answer.text


def test_files_of_a_refused_upload_are_shown(browser):
    path = submitted(browser, "def f(:\n", report())
    browser.sign_in()
    assert "def f(:" in browser.page(f"{path}/files").text


def test_page_shows_what_followed_from_an_older_submission_and_counts_what_did_not(browser):
    first = submitted(browser, "def f(x):\n    return x\n", report())
    browser.sign_in("eve")
    for line, text in (("1", "a name"), ("2", "slow")):
        typed = {"path": "layers.py", "first": line, "text": text}
        sent = {"form_token": browser.form_token()} | typed
        browser.client.post(f"{first}/annotations", data=sent)
    second = submitted(browser, "import torch\ndef g(x):\n    return x\n", report())
    note = browser.page(f"{second}/files").text.partition('class="note"')[2]
    assert f'<a href="{first}/files#note-2">another submission</a>' in note
    assert "Line 3" in note
    for path in (second, f"{second}/files"):
        text = browser.page(path).text
        assert f'1 comment on <a href="{first}/files">an earlier upload</a> is about' in text
    assert "(from another submission)" in browser.page(second).text
