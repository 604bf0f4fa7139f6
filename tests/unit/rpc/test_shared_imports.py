"""Imports of a submission that are made once: which they are, and when none are."""

import subprocess
import sys

import pytest

from grader.rpc import bytecode, shared_imports
from grader.rpc.shared_imports import Import
from grader.source import importable

SOURCE = """\
import os, pandas.plotting as p, layers
from sklearn import metrics, svm
try:
    from scipy.datasets import face
except ImportError:
    import yaml
from torch import *
from . import einops
import torch._dynamo, numpyro, torch_geometric
class Net:
    import seaborn
def late():
    import h5py
"""
FOUND = [
    Import("pandas.plotting"),
    Import("sklearn", ("metrics", "svm")),
    Import("scipy.datasets", ("face",)),
    Import("yaml"),
    Import("torch", ("*",)),
]


def test_libraries_that_a_module_imports_at_its_top_are_found():
    assert [*shared_imports.named_in(compile(SOURCE, "m.py", "exec"))] == FOUND


def test_imports_of_files_and_notebooks_come_with_the_bytecode():
    many = "".join(f"import m{number}\n" for number in range(300))  # names beyond one byte
    files = {
        "m.py": f"{many}import yaml\n".encode(),
        "n.ipynb, cell 1": b"import einops\nx = 1\n",
        "n.ipynb, statements": b'[[1, 1, "needed"], [1, 2, "other"]]',
        "bad.py": b"import (",
    }
    assert bytecode.of(files, 0).imports == (Import("yaml"), Import("einops"))


@pytest.mark.parametrize(
    ("files", "made"),
    [
        (["layers.py", "stage/given.py", "data/x.csv", "test.py"], True),
        (["layers.py", "torch.pth", "random/notes.txt"], True),  # none of which can be imported
        (["layers.py", "yaml.py"], False),
        (["layers.py", "colorsys/__init__.py"], False),  # a dependency may want that one
        (["layers.py", "joblib.py"], False),
    ],
)
def test_nothing_is_imported_where_a_file_has_the_name_of_a_module(files, made):
    code = f"""
import sys
from grader.rpc import shared_imports
wanted = [shared_imports.Import(one) for one in ("nosuch", "yaml.nosuch", "os", "yaml")]
shared_imports.make(wanted, {files!r})
print("yaml" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{made}\n", "")


def test_libraries_are_those_of_the_image():
    pillow = "PIL"  # which comes with torchvision
    assert {*importable.modules(), pillow} >= shared_imports.LIBRARIES
