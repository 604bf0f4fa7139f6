"""What `grader suite check` finds before it opens a sandbox."""

import contextlib
from fractions import Fraction

import pytest

from grader import errors, models, settings
from grader.assignment import manifest
from grader.authoring import scaffold, suite_quality, template_builder
from grader.grading import bench
from tests.support import fakes_service as fakes


def test_test_of_an_unknown_task_is_named_with_its_line_before_a_sandbox_opens(
    tmp_path, monkeypatch
):
    course = fakes.course(tmp_path)
    hidden = course / "tests" / "suites" / fakes.SLUG / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "test_b.py").write_text('\n@task("9z")\ndef test_b(student): ...\n')
    monkeypatch.setattr(bench, "open_bench", lambda *_: pytest.fail("a sandbox is opened"))
    chosen = settings.chosen(course_dir=course)
    with pytest.raises(errors.SuiteError, match=r"test_b\.py, line 2: the rubric has no task '9z'"):
        bench.check_suite(chosen, fakes.SLUG, 0, 0, lambda _done, _total: None)


def test_template_that_is_not_what_the_reference_makes_is_a_finding(tmp_path, monkeypatch):
    """Starters are made of it: an old one says nothing of what students will get."""
    scaffold.write(tmp_path, "hw1", scaffold.Kind.NUMPY)
    template_builder.write(manifest.load(tmp_path, "hw1"))
    full = models.Report("hw1", "v", models.Audience.INSTRUCTOR, Fraction(10), Fraction(10), (), ())
    monkeypatch.setattr(bench, "open_bench", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(bench, "quality", lambda *_, **__: suite_quality.Quality(full, full))
    chosen = settings.chosen(course_dir=tmp_path)

    def found():
        return bench.check_suite(chosen, "hw1", 0, 0, lambda _done, _total: None).complaints

    assert found() == []
    path = tmp_path / "reference" / "hw1" / "layers.py"
    path.write_text(path.read_text().replace("Numbers above zero", "Numbers over zero"))
    assert "layers.py: differs from its source; run `grader template build hw1`." in found()[0]


class KeepsTrees:
    """A grader that says how many trees came before."""

    def __init__(self):
        self.trees, self.noted = [], []

    def grade(self, assignment, upload, *, options):
        self.trees.append(upload.tree)
        count, audience = Fraction(len(self.trees)), models.Audience.INSTRUCTOR
        return models.Report(assignment.slug, "v", audience, count, Fraction(10), (), ())

    def note_reference(self, assignment, report):
        self.noted.append(self.trees[int(report.score) - 1])


def test_what_the_reference_passes_is_known_to_the_gradings_that_follow(tmp_path):
    """Else each doubtful failure of a starter or a mutant has the reference graded again."""
    scaffold.write(tmp_path, "hw1", scaffold.Kind.NUMPY)
    assignment = manifest.load(tmp_path, "hw1")
    template_builder.write(assignment)
    grader = KeepsTrees()
    bench.quality(bench.Bench(grader, None, None, None), assignment)
    reference = bench.read([assignment.reference_dir], assignment.manifest)
    assert grader.noted == [reference] == grader.trees[:1]
    assert len(grader.trees) > 2
