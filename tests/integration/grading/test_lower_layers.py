"""Failures that an earlier task explains, run again with the reference's files below them."""

import pytest

from grader import errors, models
from grader.assignment import manifest
from grader.store import codec
from tests.support import checked

MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 10
limits = { test_s = 10 }
submission = { required = ["layers.py", "net.py"] }

[[task]]
id = "1a"
title = "Layers"
points = 4

[[task]]
id = "2b"
title = "Network"
points = 6
needs = ["1a"]
with_reference = ["layers.py"]
"""
OF_LAYERS = """
from grader.suite import close, task


@task("1a")
def test_double_{where}(student):
    close(student.layers.double(3), 6)
"""
OF_NET = """
from grader.suite import close, task


@task("2b")
def test_network_{where}(student):
    close(student.net.network(3), 7)
"""
REFERENCE = 'SECRET = "the reference"\n\n\ndef double(x):\n    return 2 * x\n'
WRONG = "def double(x):\n    return x + 1\n"
NET = "import layers\n\n\ndef network(x):\n    return layers.double(x) + 1\n"
TELLS = """
import layers


def network(x):
    print(open(layers.__file__).read())
    return layers.double(x) + 1
"""


@pytest.fixture(scope="module")
def hw(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    suite, reference = course / "tests" / "suites" / "hw", course / "reference" / "hw"
    reference.mkdir(parents=True)
    (reference / "layers.py").write_text(REFERENCE)
    (reference / "net.py").write_text(NET)
    for folder in ("public", "hidden"):
        (suite / folder).mkdir(parents=True)
        (suite / folder / "test_layers.py").write_text(OF_LAYERS.format(where=folder))
        (suite / folder / "test_net.py").write_text(OF_NET.format(where=folder))
    (suite / "assignment.toml").write_text(MANIFEST)
    return manifest.load(course, "hw")


@pytest.fixture
def graded(grader, hw):
    def grade(layers, net, earlier=None):
        files = {"layers.py": layers.encode(), "net.py": net.encode()}
        return grader.grade(hw, checked.upload(hw, models.FileTree(files)), earlier=earlier)

    return grade


def scores(report):
    return {task.id: (task.score, task.max_score) for task in report.tasks}


def test_mistake_in_a_lower_layer_costs_its_own_task_only(graded):
    report = graded(WRONG, NET)
    assert scores(report) == {"1a": (0, 4), "2b": (6, 6)}
    (note,) = report.notes
    assert note == (
        "Tests of 2b that failed ran again with the course's own layers.py, because an earlier "
        "task needs work; those that then pass count."
    )


def test_file_that_cannot_be_imported_is_such_a_mistake(graded):
    assert scores(graded("raise OSError", NET)) == {"1a": (0, 4), "2b": (6, 6)}


def test_mistake_of_its_own_still_costs_the_later_task(graded):
    report = graded(WRONG, NET.replace("+ 1", "+ 2"))
    assert scores(report) == {"1a": (0, 4), "2b": (0, 6)}
    failed = next(test for test in report.tests if "test_network_public" in test.name)
    assert "6" in failed.message, "the first run's words stay: 3 + 1 + 2"


def test_where_no_earlier_task_fails_nothing_runs_again(graded):
    report = graded(REFERENCE, NET.replace("+ 1", "+ 2"))
    assert scores(report) == {"1a": (4, 4), "2b": (0, 6)}
    assert report.notes == ()


def test_nothing_that_the_second_run_says_is_kept(graded):
    for report in (graded(WRONG, TELLS), graded(WRONG, TELLS.replace("+ 1", "+ 2"))):
        assert "the reference" not in str(report)


MISTAKES = [(WRONG, NET), (WRONG, NET.replace("+ 1", "+ 2")), ("raise OSError", NET)]


@pytest.mark.parametrize(("layers", "net"), MISTAKES)
def test_regrade_says_the_same_and_runs_nothing_a_second_time(
    grader, graded, monkeypatch, layers, net
):
    whole = graded(layers, net)
    monkeypatch.setattr(grader, "_run_some", None)  # a call would fail
    kept = graded(layers, net, codec.report(codec.encode(whole)))  # as a service has it stored
    assert (kept.ran, kept.kept) == (0, 4)
    assert kept.tests == whole.tests
    assert (kept.tasks, kept.notes, kept.basis) == (whole.tasks, whole.notes, whole.basis)


def test_changed_file_runs_again_and_is_tried_again(graded, hw):
    whole = graded(WRONG, NET)
    path = hw.suite_dir / "hidden" / "test_net.py"
    text = path.read_text()
    try:
        path.write_text(text.replace("(3), 7)", "(3), 8)"))
        kept = graded(WRONG, NET, whole)
        assert (kept.ran, kept.kept) == (1, 3)
        assert scores(kept) == scores(graded(WRONG, NET)) != scores(whole)
    finally:
        path.write_text(text)


def test_where_the_earlier_task_is_right_after_all_the_later_one_stands_alone(graded, hw):
    whole = graded(WRONG, NET)
    paths = [hw.suite_dir / folder / "test_layers.py" for folder in ("public", "hidden")]
    texts = [path.read_text() for path in paths]
    try:
        for path, text in zip(paths, texts, strict=True):  # 1a was tested for something else
            path.write_text(text.replace("(3), 6)", "(3), 4)"))
        assert scores(graded(WRONG, NET, whole)) == {"1a": (4, 4), "2b": (0, 6)}
        assert scores(graded(WRONG, NET)) == {"1a": (4, 4), "2b": (0, 6)}
    finally:
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)


def test_reference_that_lacks_the_file_is_a_mistake_of_the_suite(grader, hw, tmp_path):
    elsewhere = manifest.Assignment(hw.manifest, hw.suite_dir, tmp_path, hw.template_dir)
    files = {"layers.py": WRONG.encode(), "net.py": NET.encode()}
    upload = checked.upload(hw, models.FileTree(files))
    for attempt in (grader.try_suite, lambda found: grader.grade(found, upload)):
        with pytest.raises(errors.SuiteError, match=r"reference's layers\.py .*no such file"):
            attempt(elsewhere)
