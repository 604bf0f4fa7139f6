"""Each kind of first assignment: its template is made, its reference passes, its holes do not."""

import json

import pytest

from grader.assignment import manifest as assignments
from grader.authoring import scaffold, template_builder
from grader.suite import home_check

pytestmark = pytest.mark.slow  # the tests run, in PyTorch as well


@pytest.mark.parametrize("kind", scaffold.Kind)
def test_reference_passes_all_tests_and_the_template_none(kind, tmp_path):
    scaffold.write(tmp_path, "hw1", kind)
    assignment = assignments.load(tmp_path, "hw1")
    template_builder.write(assignment)
    ended = home_check.outcomes(assignment.reference_dir, assignment.suite_dir)
    assert not ended.absent
    assert ended.results.passed == len(ended.results.cases) >= 2
    ended = home_check.outcomes(assignment.template_dir, assignment.suite_dir)
    assert ended.results.passed == 0


def test_notebook_is_what_students_of_that_kind_get(tmp_path):
    scaffold.write(tmp_path, "hw1", scaffold.Kind.NOTEBOOK)
    assignment = assignments.load(tmp_path, "hw1")
    template_builder.write(assignment)
    book = json.loads((assignment.template_dir / "layers.ipynb").read_text())
    assert book["metadata"]["grader"] == {"assignment": "hw1"}
    assert not (assignment.template_dir / "layers.py").exists()
