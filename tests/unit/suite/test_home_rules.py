"""`grader check` knows what the service knows of a homework, and says what it would cost."""

from fractions import Fraction

import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.intake import handed_out, source_rules
from grader.suite import home_differences, home_rules, local_run, public_tasks

TASKS = (assignments.Task("1a", "one", 2.5), assignments.Task("1b", "two", 1))
POLICY = assignments.Policy(("scipy",), (assignments.Rule("output", "zero", tasks=("1a",)),))
WANTED = assignments.SubmissionRules(
    ("a2_code.py",), notebooks=("a2-code.ipynb",), accept=("zip", "files", "ipynb")
)
MANIFEST = assignments.Manifest("hw", "t", "c", 3.5, WANTED, TASKS, policy=POLICY)
HOLE = "def f(): raise NotImplementedError"
BOOK = '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "%s"}]}'


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "public_tests").mkdir()
    text = handed_out.of(MANIFEST, {"a2-code.ipynb": (BOOK % HOLE).encode()})
    (tmp_path / "public_tests" / "homework.json").write_bytes(text)
    (tmp_path / "public_tests" / "test_a.py").write_text('@task("1a")\ndef test_a(): ...\n')
    return handed_out.read(tmp_path)


def test_package_says_what_the_rules_need_and_nothing_of_limits(rules):
    assert rules.manifest.submission == WANTED
    assert rules.manifest.policy == POLICY
    assert [task.id for task in rules.manifest.task] == ["1a", "1b"]
    assert rules.template == {"a2-code.ipynb": (BOOK % HOLE).encode()}


@pytest.mark.parametrize("content", [None, b"{", b"{}", b'{"manifest": {"slug": 1}}'])
def test_package_without_rules_is_none(tmp_path, content):
    (tmp_path / "public_tests").mkdir()
    if content is not None:
        (tmp_path / "public_tests" / "homework.json").write_bytes(content)
    assert handed_out.read(tmp_path) is None


def outcomes(output):
    case = models.TestCase(
        name="t", function="t", task="1a", weight=Fraction(1), visibility=models.Visibility.VISIBLE
    )
    return (case,), (models.Outcome("t", models.Verdict.PASSED, 0.1, output=output),)


def test_print_is_named_before_the_tests_and_costs_once_something_was_printed(rules):
    judged = home_rules.judge({"a2_code.py": b"def f():\n    print(1)\n"}, rules)
    assert judged.lines == (
        "a2_code.py:2: calls print; this assignment asks for code that prints nothing.",
        "If it prints while tests run, task 1a would earn nothing (2.5 points).",
    )
    quiet, loud = outcomes(""), outcomes("1")
    assert home_rules.printed(judged, MANIFEST, *quiet) == []
    assert home_rules.printed(judged, MANIFEST, *loud) == [
        "Something was printed while tests ran: task 1a would earn nothing (2.5 points)."
    ]
    assert not home_rules.costs(judged, MANIFEST, quiet, ())
    assert home_rules.costs(judged, MANIFEST, loud, ())
    assert not home_rules.costs(judged, MANIFEST, loud, ("1b",))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"a2_code.py": b"import scipy\nf = scipy.f\n"},
            "a2_code.py:2: uses scipy, which this assignment forbids.",
        ),
        ({"other.py": b""}, "a2_code.py: this file is required and missing."),
    ],
)
def test_what_the_service_would_refuse_is_said(rules, files, reason):
    judged = home_rules.judge(files, rules)
    assert judged.lines == (home_rules.REFUSED, reason)
    assert home_rules.costs(judged, MANIFEST, outcomes(""), ())


def test_home_and_service_choose_the_same_file(rules, tmp_path):
    files = {"a2-code.ipynb": (BOOK % HOLE).encode(), "a2_code.py": b"def f(): return 1\n"}
    read = local_run.translated(files, tmp_path)
    checked = home_rules.judge(files, rules).checked
    assert read.files == checked.tree.files == files
    assert read.notes == checked.tree.notes
    assert "as it was given" in read.notes[0]


def test_files_of_the_course_are_not_the_students(tmp_path):
    files = {"conftest.py": b"import pytest\n", "stage/a.py": b"import nosuch\n"}
    files["given.py"] = b"import nosuch\n"
    assert list(home_differences.before(files, tmp_path, ["given.py"])) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("1A", "No public test is for task 1A. Did you mean 1a? There are tests for: 1a."),
        ("zz", "No public test is for task zz. There are tests for: 1a."),
    ],
)
def test_task_without_a_test_is_answered_with_those_there_are(rules, tmp_path, asked, said):
    assert public_tasks.unknown([asked], local_run.test_files(tmp_path)) == said


def test_template_is_compared_where_notebooks_may_be_sent(rules):
    assert source_rules.template_names(MANIFEST) == ["a2_code.py", "a2-code.ipynb"]
