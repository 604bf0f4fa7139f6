"""Task 1.1a, Conv2D, against PyTorch (which does not flip either); one property per test.

Stride, padding, and sizes that differ each have tests of their own: a mistake in one of them costs
that part of the task, not all of it.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.nn import functional

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


def example(x_shape, filters, k, stride, padding, seed=0, dtype=np.float64):
    """A case of exactly these sizes."""
    n, c, *sides = x_shape
    out = [1 + (size + 2 * padding - k) // stride for size in sides]
    shapes = x_shape, (filters, c, k, k), (filters,), (n, filters, *out)
    arrays = (st.fill(shape, seed + i, dtype=dtype) for i, shape in enumerate(shapes))
    return Case(stride, padding, *arrays)


@st.composite
def cases(draw, strides=(1, 1), paddings=(0, 0)):
    """Square images and kernels of 3 x 3; several images, channels and filters."""
    n, c, f = draw(st.integers(2, 3)), draw(st.integers(2, 3)), draw(st.integers(2, 4))
    side, stride = draw(st.integers(4, 7)), draw(st.integers(*strides))
    return example((n, c, side, side), f, 3, stride, draw(st.integers(*paddings)), draw(st.SEEDS))


PLAIN, STRIDED, PADDED = cases(), cases(strides=(2, 3)), cases(paddings=(1, 2))


def usual():
    """Sizes that are all distinct; stride and padding both count, and a row is left over."""
    return example((2, 3, 8, 10), 5, 4, 3, 1)


def plain(dtype=np.float64):
    """Stride 1, no padding, square images and kernels."""
    return example((2, 3, 6, 6), 4, 3, 1, 0, dtype=dtype)


def pixels():
    """Images of integers."""
    case = plain()
    return replace(case, x=st.fill(case.x.shape, 1, "integers", np.int64))


SHAPES = {
    "even kernel, all sizes distinct": usual,
    "stride leaves gaps": lambda: example((2, 3, 9, 7), 4, 2, 4, 2),
    "one image, channel and filter": lambda: example((1, 1, 5, 4), 1, 3, 1, 1),
    "kernel as large as the image": lambda: example((2, 3, 4, 4), 3, 4, 1, 0),
}
TYPES = {"integers": pixels, "float32": lambda: plain(np.float32)}
HINT = "N = 1, even kernels, and height and width that differ are all ordinary."


def oracle(case):
    """out, and the gradients of sum(out * dout) with respect to x, w and b; all in float64."""
    leaves = [torch.tensor(a, dtype=torch.float64) for a in (case.x, case.w, case.b)]
    for leaf in leaves:
        leaf.requires_grad_()
    out = functional.conv2d(*leaves, stride=case.stride, padding=case.padding)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    values = (out.detach(), *(leaf.grad for leaf in leaves))
    return dict(zip(("out", "dx", "dw", "db"), (v.numpy() for v in values), strict=True))


def layer_of(student, case):
    """The submission's layer with the case's parameters."""
    f, c, k, _ = case.w.shape
    convolution = student.module("modules.convolution")
    layer = convolution.Conv2D(c, f, kernel_size=k, stride=case.stride, padding=case.padding)
    layer.weight, layer.bias = case.w, case.b
    return layer


def check(student, case, kind):
    """Compare one result of both passes of a new layer."""
    layer = layer_of(student, case)
    out = layer.forward(case.x)
    if kind != "out":
        layer.backward(case.dout)
    got = out if kind == "out" else getattr(layer, kind)
    close(got, oracle(case)[kind].astype(case.w.dtype), name=kind)


@task("1.1a-forward", facet="plain", hint="No flip; sum over the channels; add the bias.")
@given(case=PLAIN)
def test_forward_matches_pytorch(student, case):
    check(student, case, "out")


@task("1.1a-forward", facet="stride", hint="The stride counts in both directions.")
@given(case=STRIDED, max_examples=12)
def test_forward_with_stride_matches_pytorch(student, case):
    check(student, case, "out")


@task("1.1a-forward", facet="padding", hint="Zeros on all four sides.")
@given(case=PADDED, max_examples=12)
def test_forward_with_padding_matches_pytorch(student, case):
    check(student, case, "out")


@task("1.1a-forward", cases="shapes", facet="shapes", hint=HINT)
@pytest.mark.parametrize("name", SHAPES)
def test_forward_takes_any_shape(student, name):
    check(student, SHAPES[name](), "out")


@task("1.1a-forward", cases="types", facet="types", hint="x may hold integers, or float32.")
@pytest.mark.parametrize("name", TYPES)
def test_forward_takes_other_types(student, name):
    check(student, TYPES[name](), "out")


@task("1.1a-backward", facet="dx", hint="Every output adds its dout times the kernel to its patch.")
@given(case=PLAIN)
def test_dx_matches_autograd(student, case):
    check(student, case, "dx")


@task("1.1a-backward", facet="dw", hint="Every output adds its dout times its patch.")
@given(case=PLAIN)
def test_dw_matches_autograd(student, case):
    check(student, case, "dw")


@task("1.1a-backward", facet="db", hint="Sum dout over samples, rows and columns.")
@given(case=PLAIN)
def test_db_matches_autograd(student, case):
    check(student, case, "db")


@task(
    "1.1a-backward",
    cases="gradients",
    facet="stride",
    hint="The stride counts in backward as in forward.",
)
@pytest.mark.parametrize("kind", ["dx", "dw"])
@given(case=STRIDED, max_examples=12)
def test_gradient_with_stride_matches_autograd(student, case, kind):
    check(student, case, kind)


@task(
    "1.1a-backward",
    cases="gradients",
    facet="padding",
    hint="dw meets the padded images; dx is cut on all sides.",
)
@pytest.mark.parametrize("kind", ["dx", "dw"])
@given(case=PADDED, max_examples=12)
def test_gradient_with_padding_matches_autograd(student, case, kind):
    check(student, case, kind)


@task("1.1a-backward", cases="gradients", facet="shapes", hint=HINT)
@pytest.mark.parametrize("kind", ["dx", "dw"])
@pytest.mark.parametrize("name", list(SHAPES)[:2])
def test_gradient_takes_any_shape(student, name, kind):
    check(student, SHAPES[name](), kind)


@task("1.1a-backward", facet="shapes", hint="One image and one filter: db still has shape (1,).")
def test_db_of_one_filter_keeps_its_axis(student):
    check(student, SHAPES["one image, channel and filter"](), "db")


@task(
    "1.1a-backward",
    cases="gradients",
    facet="types",
    hint="Gradients of integer images are floating point.",
)
@pytest.mark.parametrize("kind", ["dx", "dw"])
def test_gradient_of_integers_is_not_cut_off(student, kind):
    check(student, pixels(), kind)


@task(
    "1.1a-backward",
    cases="arguments",
    facet="state",
    hint="Do not write into arrays you are given or keep.",
)
@pytest.mark.parametrize("name", ["x", "weight", "dout"])
def test_array_is_unchanged_by_both_passes(student, name):
    case = example((2, 3, 5, 5), 4, 3, 1, 0)
    layer = layer_of(student, case)
    given_ = {"x": student.put(case.x), "dout": student.put(case.dout)}
    layer.forward(given_["x"])
    layer.backward(given_["dout"])
    close(layer.db, oracle(case)["db"], name="db")  # who does nothing changes nothing
    after = layer.weight if name == "weight" else given_[name].value()
    before = {"x": case.x, "weight": case.w, "dout": case.dout}[name]
    close(after, before, name=f"{name} after both passes", exact=True)


@task("1.1a-backward", facet="state", hint="dw is what this backward pass gives, nothing older.")
def test_second_backward_replaces_gradients(student):
    first, second = example((2, 3, 5, 5), 4, 3, 1, 0), example((2, 3, 5, 5), 4, 3, 1, 0, seed=9)
    layer = layer_of(student, first)
    for case in (first, replace(second, w=first.w, b=first.b)):
        layer.forward(case.x)
        layer.backward(case.dout)
    close(layer.dw, oracle(second)["dw"], name="dw of the second pass")


@task("1.1a-backward", facet="state", hint="Keep the cache in the object, not in its class.")
def test_two_layers_share_nothing(student):
    cases_ = example((2, 3, 5, 5), 4, 3, 1, 0), example((3, 2, 4, 4), 4, 3, 1, 0, seed=9)
    layers = [layer_of(student, case) for case in cases_]
    for layer, case in zip(layers, cases_, strict=True):
        layer.forward(case.x)
    layers[0].backward(cases_[0].dout)
    close(layers[0].dx, oracle(cases_[0])["dx"], name="dx of the first of two layers")
