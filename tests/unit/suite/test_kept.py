"""Tests whose earlier outcomes hold are left out, unless their file is not the one it was."""

from fractions import Fraction

from grader import models
from grader.suite import kept, scheduling


def case(name, visibility=models.Visibility.VISIBLE):
    return models.TestCase(name, name, "1a", Fraction(1), visibility)


CASES = [case("public/a.py::one"), case("public/a.py::two"), case("hidden/b.py::three")]


def test_unchanged_file_is_left_out_but_for_what_must_run_again():
    files = {"public/a.py": kept.KeptFile(2, ("public/a.py::two",))}
    assert kept.left_out(CASES, files) == ("public/a.py::one",)


def test_file_with_another_number_of_tests_runs_wholly():
    assert kept.left_out(CASES, {"public/a.py": kept.KeptFile(3)}) == ()


def test_stages_have_no_place_for_what_is_left_out():
    assert scheduling.stages(CASES, kept=["public/a.py::one", "hidden/b.py::three"]) == [[1]]
