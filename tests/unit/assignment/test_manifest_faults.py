"""What an author reads of a mistake in a manifest or in a test file: place, field, what fits."""

from pathlib import Path

import pytest

from grader import errors
from grader.assignment import manifest, suite_sources

GOOD = """
slug = "hw1"
title = "Homework 1"
course = "DL"
total_points = 10
runtime = "numpy"
[submission]
required = ["a.py"]
[[task]]
id = "1a"
title = "One"
points = 4
[[task]]
id = "2b"
title = "Two"
points = 6
kind = "auto"
facets = {plain = 60, strides = 40}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("points = 6", "pionts = 6", ['task "2b": ', "`pionts`", "did you mean `points`?"]),
        ('"auto"', '"atuo"', ['task "2b", kind: ', "did you mean `auto`?", "auto, manual"]),
        ('"numpy"', '"numpie"', ["runtime: ", "did you mean `numpy`?", "numpy, torch"]),
        ("[submission]", "[submision]", ["did you mean `submission`?"]),
        (
            "points = 4",
            'points = "x"',
            ['task "1a", points: this must be a number, not text in quotes'],
        ),
        ('id = "1a"', "id = 1", ['task "1", id: this must be text in quotes, not a whole number']),
        ('["a.py"]', '"a.py"', ["submission, required: this must be a list in brackets, not text"]),
        ('title = "Two"', "", ['task "2b": `title` is missing']),
        ("points = 4", "points = -1", ['task "1a", points: ']),
        ('title = "Two"', 'title "Two"', ["line 15"]),
        (
            "[submission]",
            "[schedule]\ndue = 2026-12-31T23:59:00\n[submission]",
            ["schedule, due: this date needs a time zone", "like 2026-12-31T23:59:00-05:00"],
        ),
        (
            "[submission]",
            '[schedule]\ndue = "2026-12-31 23:59"\n[submission]',
            ["schedule, due: ", "without quotes", "like 2026-12-31T23:59:00-05:00"],
        ),
    ],
)
def test_a_typo_is_shown_with_its_task_its_field_and_what_fits(right, wrong, said):
    with pytest.raises(errors.SuiteError) as caught:
        manifest.parse(GOOD.replace(right, wrong).encode(), Path("assignment.toml"))
    assert all(words in str(caught.value) for words in ["assignment.toml: ", *said]), caught.value


@pytest.fixture
def assignment(tmp_path):
    hidden = tmp_path / "tests/suites/hw1/hidden"
    hidden.mkdir(parents=True)
    (hidden.parent / "assignment.toml").write_text(GOOD)
    return manifest.load(tmp_path, "hw1")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n    pass\n", "test_a.py, line 1: this is not Python"),
        ('\n@task("2c")\ndef test_a(): ...\n', "line 2: the rubric has no task '2c'; did you mean"),
        ('@task("2b", facet="stride")\ndef test_a(): ...\n', "did you mean `strides`?"),
    ],
)
def test_a_mistake_in_a_hidden_test_is_found_without_running_it(assignment, source, said):
    (assignment.suite_dir / "hidden" / "test_a.py").write_text(source)
    with pytest.raises(errors.SuiteError, match=said.replace("?", r"\?")):
        suite_sources.check(assignment)


def test_a_test_of_a_known_task_and_facet_is_fine(assignment):
    source = '@task("2b", facet="strides")\ndef test_a(): ...\n'
    (assignment.suite_dir / "hidden" / "test_a.py").write_text(source)
    suite_sources.check(assignment)
