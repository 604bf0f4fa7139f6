"""Task 3a, convolution, against PyTorch (which does not flip either); one property per test."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

# name: shape of x (N, C, H, W), shape of w (F, C, H', W')
SHAPES = {
    "all sizes distinct": ((2, 3, 8, 10), (5, 3, 4, 6)),
    "wide kernel": ((3, 2, 4, 7), (4, 2, 1, 5)),
    "tall kernel": ((3, 2, 7, 4), (4, 2, 5, 1)),
    "even kernel": ((2, 3, 6, 5), (4, 3, 2, 4)),
    "kernel of one pixel": ((2, 3, 4, 5), (4, 3, 1, 1)),
    "kernel as large as the image": ((3, 2, 4, 5), (6, 2, 4, 5)),
}
KINDS = ("out", "dx", "dw")
CASES = st.conv2d_cases(least=2, square=True)  # other shapes have tests of their own


def example(x_shape, w_shape, seed=0, dtype=np.float64):
    """A case of exactly these shapes."""
    (n, _, height, width), (f, _, kh, kw) = x_shape, w_shape
    dout = (n, f, height - kh + 1, width - kw + 1)
    shapes = (x_shape, w_shape, dout)
    return st.Conv2dCase(*(st.fill(s, seed + i, dtype=dtype) for i, s in enumerate(shapes)))


def oracle(case):
    """out, and the gradients of sum(out * dout) with respect to x and w; all in float64."""
    x, w = (torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (case.x, case.w))
    out = functional.conv2d(x, w)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    return {"out": out.detach().numpy(), "dx": x.grad.numpy(), "dw": w.grad.numpy()}


def check(student, case, kind, **tolerances):
    """Compare one of the submission's results; `out` asks for no backward pass."""
    out, cache = student.layers.conv_forward(case.x, case.w)
    got = {"out": out}
    if kind != "out":
        got["dx"], got["dw"] = student.layers.conv_backward(case.dout, cache)
    close(got[kind], oracle(case)[kind], name=kind, **tolerances)


@task("3a", facet="conv-forward", hint="No flip, no padding, no bias; sum over the channels.")
@given(case=CASES)
def test_forward_matches_pytorch(student, case):
    out, _ = student.layers.conv_forward(case.x, case.w)
    close(out, oracle(case)["out"], name="out")


@task(
    "3a",
    facet="conv-dx",
    hint="dx is a full convolution: pad dout by the kernel's size less one.",
)
@given(case=CASES)
def test_dx_matches_autograd(student, case):
    check(student, case, "dx")


@task("3a", facet="conv-dw", hint="dw filters x with dout and sums over the batch.")
@given(case=CASES)
def test_dw_matches_autograd(student, case):
    check(student, case, "dw")


@task(
    "3a",
    cases="shapes",
    facet="conv-shapes",
    hint="Height and width are independent, of the images and of the kernels.",
)
@pytest.mark.parametrize("name", SHAPES)
def test_forward_takes_any_shape(student, name):
    case = example(*SHAPES[name])
    out, _ = student.layers.conv_forward(case.x, case.w)
    close(out, oracle(case)["out"], name="out")


@task(
    "3a",
    cases="shapes",
    facet="conv-shapes",
    hint="Height and width are independent, of the images and of the kernels.",
)
@pytest.mark.parametrize("name", SHAPES)
def test_backward_takes_any_shape(student, name):
    case = example(*SHAPES[name])
    check(student, case, "dx")
    check(student, case, "dw")


@task(
    "3a",
    facet="conv-shapes",
    hint="One image, one channel, one filter: all four axes must stay.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_single_image_channel_and_filter_keep_their_axes(student, kind):
    check(student, example((1, 1, 5, 4), (1, 1, 2, 3)), kind)


@task("3a", facet="types", hint="float32 arrays are allowed.")
@pytest.mark.parametrize("kind", KINDS)
def test_float32_images_give_float32_accuracy(student, kind):
    case = example((2, 3, 6, 6), (4, 3, 3, 3), dtype=np.float32)
    check(student, case, kind, rtol=1e-4, atol=1e-5)


@task(
    "3a",
    facet="types",
    hint="Pixels may be integers; no result may be cut off to integers because of that.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_integer_images_are_promoted(student, kind):
    case = example((2, 3, 5, 5), (4, 3, 3, 3))
    pixels = st.fill(case.x.shape, 1, "integers", np.int64)
    check(student, st.Conv2dCase(pixels, case.w, case.dout), kind)


@task("3a", cases="arguments", facet="state", hint="Do not write into the arrays you are given.")
@pytest.mark.parametrize("name", ["x", "w", "dout"])
def test_argument_is_unchanged(student, name):
    case = example((2, 3, 5, 5), (4, 3, 3, 3))
    given_ = {key: student.put(getattr(case, key)) for key in ("x", "w", "dout")}
    _, cache = student.layers.conv_forward(given_["x"], given_["w"])
    _, dw = student.layers.conv_backward(given_["dout"], cache)
    close(dw, oracle(case)["dw"], name="dw")  # who does nothing changes nothing
    close(given_[name].value(), getattr(case, name), name=f"{name} after the calls", exact=True)


@task(
    "3a",
    facet="state",
    hint="Keep nothing outside the cache: two forward passes may precede a backward pass.",
)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_backward_uses_the_cache_it_is_given(student, kind):
    cases = example((2, 3, 5, 5), (4, 3, 3, 3)), example((3, 2, 4, 4), (2, 2, 2, 2), seed=9)
    caches = [student.layers.conv_forward(case.x, case.w)[1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        dx, dw = student.layers.conv_backward(case.dout, cache)
        close({"dx": dx, "dw": dw}[kind], oracle(case)[kind], name=kind)
