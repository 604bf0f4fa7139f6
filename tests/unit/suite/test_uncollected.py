"""A test file that pytest cannot read is explained to its author."""

import pytest

from tests.support import local_course


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import helper", "with a dot, `from .helper import x`"),
        ("from helper.data import x", "A file of the submission is student.helper, without an"),
        ("from .helper import x", "A file of the submission is student.helper, without an"),
        ("from . import helper", "A test file imports a file of its own folder with a dot"),
    ],
)
def test_import_of_a_file_that_no_test_can_have_is_told_what_to_do(tmp_path, source, said):
    course = local_course.Course(tmp_path)
    course.run("def f(x): return x", public=source)
    assert str(course.fault).startswith("public/test_public.py: ")
    assert said in str(course.fault)


def test_other_mistakes_are_told_as_pytest_does(tmp_path):
    course = local_course.Course(tmp_path)
    course.run("def f(x): return x", public="x = undefined")
    assert "NameError: name 'undefined'" in str(course.fault)
    assert "with a dot" not in str(course.fault)
