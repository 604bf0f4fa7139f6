"""Task 1.1d, Linear, against PyTorch and autograd; samples are images, as behind a convolution."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st


def example(x_shape, out_dim, seed=0, dtype=np.float64):
    """A case of exactly these sizes."""
    shapes = x_shape, (int(np.prod(x_shape[1:])), out_dim), (out_dim,), (x_shape[0], out_dim)
    return st.LinearCase(*(st.fill(s, seed + i, dtype=dtype) for i, s in enumerate(shapes)))


@st.composite
def cases(draw):
    n, c, height, width = (draw(st.integers(2, high)) for high in (4, 3, 3, 4))
    return example((n, c, height, width), draw(st.integers(2, 5)), draw(st.SEEDS))


@st.composite
def vectors(draw):
    n, d_in, d_out = (draw(st.integers(2, high)) for high in (5, 6, 5))
    return example((n, d_in), d_out, draw(st.SEEDS))


def oracle(case):
    """out, and the gradients of sum(out * dout) with respect to x, w, b; all in float64."""
    leaves = [torch.tensor(a, dtype=torch.float64) for a in (case.x, case.w, case.b)]
    for leaf in leaves:
        leaf.requires_grad_()
    x, w, b = leaves
    out = functional.linear(x.flatten(1), w.T, b)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    values = (out.detach(), *(leaf.grad for leaf in leaves))
    return dict(zip(("out", "dx", "dw", "db"), (v.numpy() for v in values), strict=True))


def layer_of(student, case):
    """The submission's layer with the case's parameters."""
    layer = student.module("modules.linear").Linear(*case.w.shape)
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


@task("1.1d", facet="forward", hint="x @ weight, plus bias in every row.")
@given(case=vectors())
def test_forward_matches_pytorch(student, case):
    check(student, case, "out")


@task("1.1d", facet="dx", hint="Every out[n, j] sends its dout back by weight[i, j].")
@given(case=vectors())
def test_dx_matches_autograd(student, case):
    check(student, case, "dx")


@task("1.1d", facet="dw", hint="dw has the shape of weight, and is a sum over the samples.")
@given(case=vectors())
def test_dw_matches_autograd(student, case):
    check(student, case, "dw")


@task("1.1d", facet="db", hint="db is a sum over the samples.")
@given(case=vectors())
def test_db_matches_autograd(student, case):
    check(student, case, "db")


@task("1.1d", facet="images", hint="Flatten images in row-major order; dx has their shape again.")
@pytest.mark.parametrize("kind", ["out", "dx", "dw"])
@given(case=cases(), max_examples=12)
def test_images_match_pytorch(student, case, kind):
    check(student, case, kind)


@task(
    "1.1d",
    cases="shapes",
    facet="shapes",
    hint="One sample, one input or one output: every axis stays.",
)
@pytest.mark.parametrize("sizes", [((1, 4), 3), ((3, 1), 4), ((3, 4), 1)])
def test_axes_of_length_one_stay(student, sizes):
    for kind in ("out", "dx", "dw", "db"):
        check(student, example(*sizes), kind)


@task("1.1d", facet="types", hint="Pixels may be integers; dx is floating point all the same.")
def test_integer_images_have_floating_gradient(student):
    case = example((3, 8), 5)
    check(student, replace(case, x=st.fill(case.x.shape, 1, "integers", np.int64)), "dx")


@task(
    "1.1d", cases="arguments", facet="state", hint="Do not write into arrays you are given or keep."
)
@pytest.mark.parametrize("name", ["x", "weight"])
def test_array_is_unchanged_by_both_passes(student, name):
    case = example((3, 8), 5)
    layer, x = layer_of(student, case), student.put(case.x)
    layer.forward(x)
    layer.backward(case.dout)
    close(layer.db, oracle(case)["db"], name="db")  # who does nothing changes nothing
    after, before = (layer.weight, case.w) if name == "weight" else (x.value(), case.x)
    close(after, before, name=f"{name} after both passes", exact=True)


@task("1.1d", facet="state", hint="dw is what this backward pass gives, nothing older.")
def test_second_backward_replaces_gradients(student):
    first, second = example((3, 8), 5), example((4, 8), 5, seed=9)
    layer = layer_of(student, first)
    for case in (first, replace(second, w=first.w, b=first.b)):
        layer.forward(case.x)
        layer.backward(case.dout)
    close(layer.dw, oracle(second)["dw"], name="dw of the second pass")
