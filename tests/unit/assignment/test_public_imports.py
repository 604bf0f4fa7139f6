"""A public test that only runs where the suite lies is found before students have it."""

import pytest

from grader.assignment import public_imports


def found_in(folder, source, kind="public"):
    (folder / kind).mkdir()
    (folder / kind / "test_a.py").write_text(source)
    return public_imports.beyond_package(folder)


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from public.helper import rings", "public.helper"),
        ("import hidden.data as data", "hidden.data"),
        ("from hidden import data", "hidden"),
        ("from ..hidden.data import x", "hidden.data"),
        ("from .. import hidden", "hidden"),
    ],
)
def test_import_that_students_cannot_run_is_named(tmp_path, source, module):
    (found,) = found_in(tmp_path, f"import numpy\n{source}\n")
    assert found.startswith(f"public/test_a.py, line 2: students have no module '{module}'. Put")


@pytest.mark.parametrize(
    "source", ["from .helper import rings", "from . import helper", "import torch.nn as nn"]
)
def test_import_that_students_can_run_is_fine(tmp_path, source):
    assert found_in(tmp_path, source) == []


def test_hidden_tests_import_what_they_like(tmp_path):
    assert found_in(tmp_path, "from public.helper import rings", "hidden") == []
