"""What is said of imports that the sandbox cannot satisfy, before and above the results."""

import json

import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.intake import uploads

TASK = (assignments.Task("1", "t", 1),)


def manifest(packages=(), **fields):
    wanted = {"required": ("layers.py",), "accept": ("zip", "files", "ipynb")} | fields
    rules = assignments.SubmissionRules(**wanted)
    environment = assignments.Environment(packages)
    return assignments.Manifest("a1", "t", "c", 1, rules, TASK, environment=environment)


def notes(rules=None, **files):
    rules = rules or manifest()
    sent = [(f"{name}.py", text.encode()) for name, text in files.items()]
    return uploads.unpack(uploads.pack(sent, rules), rules).notes


def refusal(rules=None, **files):
    with pytest.raises(errors.UploadRefused) as refused:
        notes(rules, **files)
    return "\n".join(refused.value.reasons)


def test_missing_module_is_named_with_file_and_line_and_what_there_is():
    said = notes(layers="import numpy\n\nimport wandb\n", train="from wandb import log\n")
    assert said == (
        "wandb is not in the sandbox (layers.py, line 3; train.py, line 1): code that uses it "
        "fails, the rest is graded.",
        said[1],
    )
    assert said[1].startswith("Besides Python's standard library there are: einops, h5py, matplot")
    assert said[1].endswith(" torchvision, tqdm, yaml.")


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np, torch.nn.functional as F",
        "from PIL import Image",
        "import tqdm, pandas, einops, h5py, torchinfo, torchmetrics, safetensors.torch, yaml",
        "from torch.utils.tensorboard import SummaryWriter",
        "import seaborn, requests, six",
        "try:\n    import wandb\nexcept ImportError:\n    wandb = None",
        "with contextlib.suppress(ImportError):\n    import wandb",
        "def f():\n    import wandb",
        "import helper",
        "from package import inner",
        "import google.protobuf",
        "from stage import x",
    ],
)
def test_nothing_is_said_of_what_is_there_or_guarded(source):
    files = [("layers.py", source.encode()), ("helper.py", b"W = 1"), ("package/inner.py", b"")]
    rules = manifest()
    assert uploads.unpack(uploads.pack(files, rules), rules).notes == ()


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from google.colab import drive", "google.colab"),
        ("from google import colab", "google.colab"),
        ("import google.colab.drive", "google.colab"),
        ("import tkinter as tk", "tkinter"),
        ("import pytorch_lightning as pl", "pytorch_lightning"),
        ("if True:\n    import cv2", "cv2"),
        ("class A:\n    import cv2", "cv2"),
    ],
)
def test_missing_part_is_named(source, module):
    assert notes(layers=source)[0].startswith(f"{module} is not in the sandbox (layers.py, line ")


def test_cells_of_notebooks_are_looked_at_too():
    cells = [{"cell_type": "code", "source": text} for text in ("W = 1", "\nimport wandb")]
    rules = manifest()
    sent = [("layers.ipynb", json.dumps({"nbformat": 4, "cells": cells}).encode())]
    said = uploads.unpack(uploads.pack(sent, rules), rules).notes
    assert "wandb is not in the sandbox (layers.ipynb, cell 2, line 2): code" in "\n".join(said)


def test_package_that_the_course_adds_is_there():
    rules = manifest(("timm==1.0.9", "opencv-python-headless==4.12", "my-thing==1 as thingy"))
    assert notes(rules, layers="import timm, cv2, thingy") == ()
    assert "cv2, einops" in notes(rules, layers="import wandb")[-1]


def test_upload_whose_every_required_file_fails_at_once_is_refused():
    assert refusal(layers="import numpy\nimport helprs\n", helpers="W = 1") == (
        "layers.py, line 2: there is no module helprs; did you mean helpers.py? Nothing below that "
        "line can be used."
    )
    assert "begins with a dot works only inside a package" in refusal(layers="from .x import W")


def test_upload_of_which_something_works_is_graded_with_a_note():
    rules = manifest(required=("layers.py", "nets.py"))
    said = notes(rules, layers="W = 1", nets="import layrs")
    assert said[0].startswith("nets.py, line 1: there is no module layrs; did you mean layers.py?")


def test_relative_import_inside_a_package_is_right():
    rules = manifest(required=("nets/cnn.py",))
    files = [("nets/cnn.py", b"from .base import W"), ("nets/base.py", b"W = 1")]
    assert uploads.unpack(uploads.pack(files, rules), rules).notes == ()


def test_misspelt_given_file_is_recognised():
    rules = manifest(given=("mnist_data.py",), required=("layers.py", "b.py"))
    assert "did you mean mnist_data.py" in notes(rules, layers="import mnist_dta", b="W = 1")[0]
