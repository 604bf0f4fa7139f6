"""The page of a homework: its README, what may be sent and imported, the template's notebook."""

import pytest

from grader import errors
from grader.web import hosted_notebook
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Browser

HOST = "https://colab.research.google.com/#fileId={url}"


@pytest.fixture
def template(course):
    folder = course / "student_template" / fakes.SLUG
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def browser(store, uploads, course):
    return Browser(store, uploads, course)


def manifest(course, old, new):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    path.write_text(path.read_text().replace(old, new))


def test_readme_stands_on_the_page_without_what_could_run(browser, template):
    (template / "README.md").write_text(
        "# Title\n\nWrite **layers**.\n\n<script>alert(1)</script>\n"
    )
    browser.sign_in()
    text = browser.page(PAGE).text
    assert "<p>Write <strong>layers</strong>.</p>" in text
    assert "<script>alert" not in text


def test_page_says_what_may_be_sent_and_imported(browser, course):
    rules = '{ required = ["layers.py"], optional = ["net.pt"], accept = ["zip", "ipynb"], '
    rules += 'report = "*_hw.pdf", max_upload_mb = 1 }'
    manifest(course, '{ required = ["layers.py"], max_upload_mb = 1 }', rules)
    browser.sign_in()
    text = browser.page(PAGE).text
    for said in (
        "<dt>Needed</dt><dd>layers.py</dd>",
        "<dt>Optional</dt><dd>net.pt</dd>",
        "a PDF named like *_hw.pdf",
        "one zip or a notebook",
        "layers.ipynb may stand for layers.py",
        "at most 1 MB, and 20 MB unpacked",
        "20 s and 512 MB of memory",
        "standard library, einops, h5py",
    ):
        assert said in text, said


def test_without_the_setting_no_notebook_is_linked_or_readable(browser, template):
    (template / "a.ipynb").write_text("{}")
    assert browser.page(f"/notebooks/{fakes.SLUG}/a.ipynb").status_code == 404
    browser.sign_in()
    assert "Open a.ipynb" not in browser.page(PAGE).text


def test_templates_notebook_opens_where_notebooks_are_hosted(browser, template, course):
    (template / "a b.ipynb").write_text('{"cells": []}')
    (template / "layers.py").write_text("secret = 1")
    hosted_notebook.install(browser.client.app, HOST)
    answer = browser.page(f"/notebooks/{fakes.SLUG}/a%20b.ipynb")
    assert (answer.status_code, answer.text) == (200, '{"cells": []}')
    assert answer.headers["access-control-allow-origin"] == "*"
    for name in ("layers.py", "..%2Fa%20b.ipynb", "none.ipynb"):
        assert browser.page(f"/notebooks/{fakes.SLUG}/{name}").status_code == 404
    assert browser.page("/notebooks/none/a%20b.ipynb").status_code == 404
    browser.sign_in()
    place = f"http%3A%2F%2Ftestserver%2Fnotebooks%2F{fakes.SLUG}%2Fa%2520b.ipynb"
    link = (
        f'<a href="https://colab.research.google.com/#fileId={place}">Open a b.ipynb in Colab</a>'
    )
    assert link in browser.page(PAGE).text
    manifest(course, "[[task]]", "[schedule]\nopens = 2099-01-01T00:00:00Z\n[[task]]")
    assert browser.page(f"/notebooks/{fakes.SLUG}/a%20b.ipynb").status_code == 404


@pytest.mark.parametrize("address", ["colab", "https://colab.example/", "http://x.example/{url}"])
def test_address_that_is_no_host_of_notebooks_is_refused(browser, address):
    with pytest.raises(errors.OperatorError, match="GRADER_NOTEBOOK_HOST"):
        hosted_notebook.install(browser.client.app, address)
