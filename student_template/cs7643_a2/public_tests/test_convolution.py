"""Task 1.1a, Conv2D: every value against the sum that defines it."""

from dataclasses import dataclass

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@dataclass(frozen=True)
class Case:
    """A layer's numbers, images and a gradient of the output."""

    stride: int
    padding: int
    x: np.ndarray  # (N, C, H, W)
    w: np.ndarray  # (F, C, k, k)
    b: np.ndarray  # (F,)
    dout: np.ndarray  # (N, F, H', W')


@st.composite
def cases(draw):
    n, c, f = (draw(st.integers(1, high)) for high in (2, 2, 3))
    k, stride, padding = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    # H and W are drawn by themselves; a kernel may be larger than the image inside its padding.
    height, width = (draw(st.integers(max(1, k - 2 * padding), k + 3)) for _ in range(2))
    out = [1 + (size + 2 * padding - k) // stride for size in (height, width)]
    seed = draw(st.SEEDS)
    shapes = (n, c, height, width), (f, c, k, k), (f,), (n, f, *out)
    return Case(stride, padding, *(st.fill(shape, seed + i) for i, shape in enumerate(shapes)))


def layer_of(student, case):
    """The submission's layer with the case's parameters."""
    f, c, k, _ = case.w.shape
    convolution = student.module("modules.convolution")
    layer = convolution.Conv2D(c, f, kernel_size=k, stride=case.stride, padding=case.padding)
    layer.weight, layer.bias = case.w, case.b
    return layer


def backward(student, case):
    """The submission's layer after both passes."""
    layer = layer_of(student, case)
    layer.forward(case.x)
    layer.backward(case.dout)
    return layer


def padded(case):
    """The images with zeros around them."""
    sides = (case.padding, case.padding)
    return np.pad(case.x, ((0, 0), (0, 0), sides, sides))


def patches(case):
    """For every output (n, f, i, j): the rows and the columns of padded images it is made from."""
    k = case.w.shape[2]
    for n, f, i, j in np.ndindex(*case.dout.shape):
        top, left = i * case.stride, j * case.stride
        yield (n, f, i, j), (slice(top, top + k), slice(left, left + k))


@task(
    "1.1a-forward",
    weight=2,
    hint="Pad with zeros on all sides, lay the kernel as it is (not flipped) on each patch, sum "
    "over the channels, add the filter's bias.",
)
@given(case=cases())
def test_forward_matches_definition(student, case):
    images, expected = padded(case), np.zeros(case.dout.shape)
    for (n, f, i, j), place in patches(case):
        expected[n, f, i, j] = np.sum(images[(n, slice(None), *place)] * case.w[f]) + case.b[f]
    close(layer_of(student, case).forward(case.x), expected, name="out")


@task(
    "1.1a-backward",
    weight=2,
    hint="Every output adds its dout times the kernel to its patch of the padded images; at the "
    "end the padding is cut off.",
)
@given(case=cases())
def test_dx_adds_kernel_to_every_patch(student, case):
    expected = np.zeros_like(padded(case))
    for (n, f, i, j), place in patches(case):
        expected[(n, slice(None), *place)] += case.dout[n, f, i, j] * case.w[f]
    rows, columns = (slice(case.padding, case.padding + size) for size in case.x.shape[2:])
    close(backward(student, case).dx, expected[:, :, rows, columns], name="dx")


@task(
    "1.1a-backward",
    weight="1.6",
    hint="Every output adds its dout times its patch of the padded images; sum over samples.",
)
@given(case=cases())
def test_dw_adds_every_patch(student, case):
    images, expected = padded(case), np.zeros_like(case.w)
    for (n, f, i, j), place in patches(case):
        expected[f] += case.dout[n, f, i, j] * images[(n, slice(None), *place)]
    close(backward(student, case).dw, expected, name="dw")


@task(
    "1.1a-backward",
    weight="1.2",
    hint="b[f] is added to every output of filter f: its gradient is the sum of their douts.",
)
@given(case=cases())
def test_db_sums_over_samples_rows_and_columns(student, case):
    expected = np.zeros_like(case.b)
    for (n, f, i, j), _ in patches(case):
        expected[f] += case.dout[n, f, i, j]
    close(backward(student, case).db, expected, name="db")
