"""`grader suite new`: what it writes is in order as it stands."""

import pytest

from grader import errors, settings
from grader.assignment import manifest
from grader.authoring import scaffold, template_builder
from grader.grading import bench


def test_new_assignment_passes_its_own_check(tmp_path, docker_engine):
    scaffold.write(tmp_path, "hw1")
    template_builder.write(manifest.load(tmp_path, "hw1"))
    chosen = settings.Settings(course_dir=tmp_path, pool_size=1)
    found = bench.check_suite(chosen, "hw1", 0, 0, lambda done, total: None)
    assert list(found.complaints) == []
    assert found.reference.score == found.reference.max_score == 10


def test_check_without_a_template_says_how_to_make_it(tmp_path):
    scaffold.write(tmp_path, "hw1")
    chosen = settings.Settings(course_dir=tmp_path)
    with pytest.raises(errors.SuiteError, match="grader template build hw1"):
        bench.check_suite(chosen, "hw1", 0, 0, lambda done, total: None)


def test_what_is_there_is_not_written_over(tmp_path):
    scaffold.write(tmp_path, "hw1")
    (tmp_path / "tests/suites/hw1/README.md").write_text("mine")
    with pytest.raises(errors.SuiteError, match="there already"):
        scaffold.write(tmp_path, "hw1")
    assert (tmp_path / "tests/suites/hw1/README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "../up", "HW1", "a b", "_x"])
def test_odd_name_is_refused(tmp_path, name):
    with pytest.raises(errors.SuiteError, match="a name is"):
        scaffold.write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []
