"""Problem 2 (g) against PyTorch's conv2d, which does not flip either; one property per test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, close_to_any, given, task
from grader.suite import strategies as st

# name: height and width of the filter, of the input, and their channels
SIZES = {
    "one channel": ((2, 3), (5, 4), 1),
    "filter larger than the input": ((4, 5), (3, 2), 3),
    "filter of one pixel": ((1, 1), (3, 5), 4),
}


@dataclass(frozen=True)
class Channels:
    """A filter and an input of as many channels."""

    x: Any  # (h, w, D)
    y: Any  # (H, W, D)


def example(size, input_size, depth, seed=0, dtype=np.float64):
    """A case of exactly these sizes."""
    x = st.fill((*size, depth), seed, dtype=dtype)
    return Channels(x, st.fill((*input_size, depth), seed + 1, dtype=dtype))


@st.composite
def channels(draw):
    h, w, height, width, depth = draw(st.shapes(h=(2, 4), w=(2, 4), H=(4, 6), W=(4, 6), D=(2, 3)))
    return example((h, w), (height, width), depth, draw(st.SEEDS))


def conv2d(case, flipped=False):
    """The same by PyTorch, padded so that the result is the full one; float64."""
    x = case.x[::-1, ::-1].copy() if flipped else case.x
    x, y = (torch.tensor(a, dtype=torch.float64).permute(2, 0, 1)[None] for a in (x, case.y))
    padding = (x.shape[2] - 1, x.shape[3] - 1)
    return functional.conv2d(y, x, padding=padding)[0, 0].numpy()


def ways_round(case):
    """x * y, y * x, and both with x flipped, as a convolution has it."""
    correlated, convolved = conv2d(case), conv2d(case, flipped=True)
    return correlated, correlated[::-1, ::-1], convolved, convolved[::-1, ::-1]


def check_sliding(student, case):
    """Which way round is no matter here."""
    out = student.correlation.correlate_multichannel(case.x, case.y)
    close_to_any(out, ways_round(case), name="out")


@task("2g", facet="order", hint="Pad height and width by h - 1 and w - 1, never the channels.")
@given(case=channels())
def test_multichannel_matches_conv2d(student, case):
    out = student.correlation.correlate_multichannel(case.x, case.y)
    close(out, conv2d(case), name="out")


@task("2g", facet="depth", hint="The handout's size: 50 x 50 x 50 under 3 x 3 x 50.")
def test_handout_size_matches_conv2d(student):
    check_sliding(student, example((3, 3), (50, 50), 50))


@task(
    "2g",
    cases="shapes",
    facet="sizes",
    hint="One channel, one pixel, a filter larger than the input.",
)
@pytest.mark.parametrize("name", SIZES)
def test_multichannel_takes_any_sizes(student, name):
    check_sliding(student, example(*SIZES[name], seed=3))


@task("2g", facet="state", hint="Do not write into the arrays you are given.")
def test_filter_and_input_are_unchanged(student):
    case = example((2, 3), (5, 4), 3)
    held = {"x": student.put(case.x), "y": student.put(case.y)}
    out = student.correlation.correlate_multichannel(held["x"], held["y"])
    close_to_any(out, ways_round(case), name="out")
    for name, copy in held.items():
        close(copy.value(), getattr(case, name), name=f"{name} after the call", exact=True)
