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
def cases(draw, strides=(1, 1), paddings=(0, 0)):
    """Square images; stride 1 and no padding unless asked for."""
    n, c, f, k = (draw(st.integers(2, high)) for high in (2, 2, 3, 3))
    stride, padding = draw(st.integers(*strides)), draw(st.integers(*paddings))
    side, seed = draw(st.integers(k + 1, k + 3)), draw(st.SEEDS)
    out = 1 + (side + 2 * padding - k) // stride
    shapes = (n, c, side, side), (f, c, k, k), (f,), (n, f, out, out)
    return Case(stride, padding, *(st.fill(shape, seed + i) for i, shape in enumerate(shapes)))


PLAIN, STRIDED, PADDED = cases(), cases(strides=(2, 3)), cases(paddings=(1, 2))


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


def expected_out(case):
    """The definition, output by output."""
    images, expected = padded(case), np.zeros(case.dout.shape)
    for (n, f, i, j), place in patches(case):
        expected[n, f, i, j] = np.sum(images[(n, slice(None), *place)] * case.w[f]) + case.b[f]
    return expected


def expected_dx(case):
    """Every output's share of the padded images' gradient, then the padding cut off."""
    expected = np.zeros_like(padded(case))
    for (n, f, i, j), place in patches(case):
        expected[(n, slice(None), *place)] += case.dout[n, f, i, j] * case.w[f]
    rows, columns = (slice(case.padding, case.padding + size) for size in case.x.shape[2:])
    return expected[:, :, rows, columns]


def expected_dw(case):
    """Every output's dout times its patch."""
    images, expected = padded(case), np.zeros_like(case.w)
    for (n, f, i, j), place in patches(case):
        expected[f] += case.dout[n, f, i, j] * images[(n, slice(None), *place)]
    return expected


@task(
    "1.1a-forward",
    facet="plain",
    hint="Lay the kernel as it is (not flipped) on each patch, sum over the channels, add the "
    "filter's bias.",
)
@given(case=PLAIN)
def test_forward_matches_definition(student, case):
    close(layer_of(student, case).forward(case.x), expected_out(case), name="out")


@task(
    "1.1a-forward",
    facet="stride",
    hint="The next patch starts `stride` further right or down; one that does not fit is left out.",
)
@given(case=STRIDED, max_examples=12)
def test_forward_with_stride(student, case):
    close(layer_of(student, case).forward(case.x), expected_out(case), name="out")


@task(
    "1.1a-forward",
    facet="padding",
    hint="Put `padding` rows and columns of zeros around each image, on all four sides.",
)
@given(case=PADDED, max_examples=12)
def test_forward_with_padding(student, case):
    close(layer_of(student, case).forward(case.x), expected_out(case), name="out")


@task("1.1a-backward", facet="dx", hint="Every output adds its dout times the kernel to its patch.")
@given(case=PLAIN)
def test_dx_adds_kernel_to_every_patch(student, case):
    close(backward(student, case).dx, expected_dx(case), name="dx")


@task(
    "1.1a-backward",
    facet="dw",
    hint="Every output adds its dout times its patch; sum over samples.",
)
@given(case=PLAIN)
def test_dw_adds_every_patch(student, case):
    close(backward(student, case).dw, expected_dw(case), name="dw")


@task(
    "1.1a-backward",
    facet="db",
    hint="b[f] is added to every output of filter f: its gradient is the sum of their douts.",
)
@given(case=PLAIN)
def test_db_sums_over_samples_rows_and_columns(student, case):
    expected = np.zeros_like(case.b)
    for (n, f, i, j), _ in patches(case):
        expected[f] += case.dout[n, f, i, j]
    close(backward(student, case).db, expected, name="db")


@task(
    "1.1a-backward",
    facet="stride",
    hint="The patches of backward are those of forward, `stride` apart.",
)
@given(case=STRIDED, max_examples=12)
def test_gradients_with_stride(student, case):
    layer = backward(student, case)
    close(layer.dx, expected_dx(case), name="dx")
    close(layer.dw, expected_dw(case), name="dw")


@task(
    "1.1a-backward",
    facet="padding",
    hint="Work with the padded images; at the end the padding of dx is cut off on all sides.",
)
@given(case=PADDED, max_examples=12)
def test_gradients_with_padding(student, case):
    layer = backward(student, case)
    close(layer.dx, expected_dx(case), name="dx")
    close(layer.dw, expected_dw(case), name="dw")
