"""Every sample in the documentation is true: it runs, it parses, the command is there."""

import itertools
import re
from pathlib import Path

import pytest
import torch
import typer.main

from grader.assignment import manifest
from grader.cli import main
from grader.suite import home_check

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A submission for which all of the samples' tests pass.
RIGHT = """\
import numpy as np


def softmax(x):
    powers = np.exp(x)
    return powers / powers.sum(axis=1, keepdims=True)


def _windows(x, size):
    return np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))


def conv_forward(x, w):
    return np.einsum("ncijkl,fckl->nfij", _windows(x, w.shape[2:]), w), (x, w)


def max_pool_forward(x, param):
    size, stride = (param["pool_height"], param["pool_width"]), param["stride"]
    windows = _windows(x, size)[:, :, ::stride, ::stride]
    return windows.max(axis=(4, 5)), (x, param)


def max_pool_backward(dout, cache):
    x, param = cache
    height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + height, left : left + width]
        k, l = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + k, left + l] += dout[n, c, i, j]
    return dx
"""
# A model and its checkpoint, for the sample that grades one: the distance from the middle decides.
MODEL = """\
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cut = torch.nn.Parameter(torch.zeros(()))

    def forward(self, x):
        far = x.norm(dim=1) - self.cut
        return torch.stack([-far, far], dim=1)
"""
NUMBERS = itertools.count()
MANIFEST = """\
slug = "hw"
title = "Homework"
course = "Course"
total_points = 10
"""
SUBMISSION = '[submission]\nrequired = ["layers.py"]\n'
TASK = '[[task]]\nid = "2a"\ntitle = "Convolution"\npoints = 10\n'


def samples(language):
    """Page and text of every sample in a language."""
    for page in PAGES:
        for found in re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.M | re.S):
            yield pytest.param(found, id=f"{page.stem}: {found[:40]!r}")


def suites_in_docs():
    return [sample for sample in samples("python") if "def test_" in sample.values[0]]


def test_there_are_samples_to_look_at():
    assert len(suites_in_docs()) >= 4
    assert len(MANIFESTS) >= 5
    assert len(list(samples("sh"))) >= 8


def write_tests(folder, sample):
    """The sample as public tests, in a file that no other run of this process has imported."""
    (folder / "public_tests").mkdir()
    (folder / "public_tests" / f"test_{next(NUMBERS)}.py").write_text(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", suites_in_docs())
def test_suite_in_the_documentation_passes_on_a_right_submission(sample, tmp_path, capsys):
    write_tests(tmp_path, sample)
    (tmp_path / "layers.py").write_text(RIGHT)
    (tmp_path / "model.py").write_text(MODEL)
    torch.save({"cut": torch.tensor(2.0)}, tmp_path / "net.pt")
    assert home_check.check(tmp_path, tmp_path) == 0, capsys.readouterr().out


@pytest.mark.parametrize("sample", list(samples("python")))
def test_python_in_the_documentation_parses(sample):
    compile(sample, "sample", "exec")


MANIFESTS = [
    sample
    for sample in samples("toml")
    if re.search(
        r"^\[+(task|submission|policy|environment|schedule|limits)", sample.values[0], re.M
    )
]


@pytest.mark.parametrize("sample", MANIFESTS)
def test_manifest_in_the_documentation_is_a_manifest(sample):
    points = sum(float(found) for found in re.findall(r"^points = ([\d.]+)", sample, re.M))
    head = MANIFEST.replace("10", f"{points:g}") if points else MANIFEST
    parts = [
        head,
        "" if "[[submission.part]]" in sample or "[submission]" in sample else SUBMISSION,
        sample,
        "" if "[[task]]" in sample else TASK,
    ]
    manifest.parse("\n".join(parts).encode(), Path("assignment.toml"))


def commands():
    """Every `grader …` line of the shell samples."""
    for sample in samples("sh"):
        text = sample.values[0].replace("\\\n", " ")
        for line in text.splitlines():
            for found in re.findall(r"(?:^|&& |\$\()\s*grader ([a-z][^#&|)>]*)", line.strip()):
                yield pytest.param(found.split(), id=found.strip())


@pytest.mark.parametrize("words", list(commands()))
def test_command_in_the_documentation_is_there_with_its_options(words):
    command = typer.main.get_command(main.app)
    while hasattr(command, "commands"):
        assert words, "a group of commands alone"
        name = words.pop(0)
        assert name in command.commands, name
        command = command.commands[name]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {
        word.partition("=")[0] for word in words if word.startswith("-") and word != "-"
    } <= known


@pytest.mark.slow
def test_untrained_checkpoint_loses_the_accuracy_of_its_sample_alone(tmp_path, capsys):
    (sample,) = (one.values[0] for one in suites_in_docs() if "net.pt" in one.values[0])
    write_tests(tmp_path, sample)
    (tmp_path / "model.py").write_text(MODEL)
    torch.save({"cut": torch.tensor(0.0)}, tmp_path / "net.pt")
    assert home_check.check(tmp_path, tmp_path) == 1
    said = capsys.readouterr().out
    assert "of the held-out points are right, not 90%" in said
    assert "1 of 2 public tests pass" in said
