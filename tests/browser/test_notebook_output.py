"""What a notebook's cell shows: a check and a report, in light and dark, wide and narrow."""

import html

import pytest
from playwright.sync_api import expect

from grader.client import check_result, report_html
from grader.suite import home_check
from tests.browser.looks import serious_findings, too_wide
from tests.support import local_course

CODE = """\
def double(x):
    return x + 1

def right():
    return 1

def wide():
    raise ValueError("<b>" + "x" * 200)
"""
TESTS = """
@task("1a", hint="Twice the input, not one more.")
@given(x=st.integers(0, 9))
def test_double(student, x): close(student.layers.double(x), 2 * x)

@task("1a")
def test_right(student): close(student.layers.right(), 1)

@task("2")
def test_wide(student): student.layers.wide()

@task("3")
def test_right_again(student): close(student.layers.right(), 1)
"""
REPORT = {
    "assignment": "hw",
    "score": 4.5,
    "max_score": 10,
    "total": {"score": 4.5, "max_score": 15, "raw": 5, "penalty_percent": 10, "unmarked": 1},
    "notes": ["helper.py was left out: it is not part of the homework."],
    "fix_first": {"2": ["1a"]},
    "hidden": {"score": 1, "max_score": 3},
    "tasks": [
        {"id": "1a", "title": "Double <i>", "score": 2, "max_score": 7},
        {"id": "2", "title": "Wide", "score": 3, "max_score": 3},
        {
            "id": "w", "title": "Write-up", "score": 3, "max_score": 5,
            "comment": "The <b>plot</b>",
            "rubric": [{"text": "Derivation", "points": 3}, {"text": "No units", "points": -0.5}],
        },
    ],
    "tests": [
        {"name": "public/test_a.py::test_double", "task": "1a", "verdict": "wrong_answer",
         "message": "x = 0\nout: 1 is not 0", "output": ""},
    ],
}  # fmt: skip
PAGE = """<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark">
<title>cell</title><style>{}</style></head><body><main><h1>Notebook</h1>{}</main></body></html>"""
# As notebooks' themes set them for the output of a cell.
THEMES = {
    "light": "body{background:#fff;color:#111;font-family:sans-serif}",
    "dark": "body{background:#111;color:#ddd;font-family:sans-serif} a{color:#8ab4f8}",
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("homework")
    (folder / "public_tests").mkdir()
    (folder / "layers.py").write_text(CODE)
    (folder / "public_tests" / "test_cells.py").write_text(local_course.HEADER + TESTS)
    return check_result.of(home_check.outcomes(folder, folder))


@pytest.mark.parametrize("theme", THEMES)
def test_cell_is_readable_and_the_first_failure_is_open(checked, page, theme):
    page.emulate_media(color_scheme=theme)
    cells = report_html.checked(checked) + report_html.report(REPORT, "https://u.example/s/1")
    page.set_content(PAGE.format(THEMES[theme], cells))
    expect(page.get_by_text("Twice the input, not one more.")).to_be_visible()
    expect(page.get_by_text("ValueError", exact=False).first).to_be_hidden()
    assert page.get_by_text(html.unescape("Double &lt;i&gt;")).count() == 1
    expect(page.locator("details.open", has_text="w: 3 of 5")).to_have_count(1)
    page.get_by_text("w: 3 of 5").click()
    expect(page.get_by_text("Derivation: +3")).to_be_visible()
    expect(page.get_by_text("The <b>plot</b>")).to_be_visible()
    page.get_by_text("2: 0 of 1").click()
    assert serious_findings(page) + too_wide(page) == []
