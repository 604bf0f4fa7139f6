"""Task 3a, max pooling, against PyTorch; no window ever holds its maximum twice."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

# name: shape of x (N, C, H, W), pool_height, pool_width, stride
SHAPES = {
    "overlap": ((2, 3, 7, 7), 3, 3, 2),
    "gaps": ((2, 3, 8, 8), 2, 2, 3),
    "size not a multiple": ((3, 2, 7, 7), 2, 2, 2),
    "image not square": ((2, 3, 6, 4), 2, 2, 2),
    "wide window": ((3, 2, 5, 8), 1, 4, 2),
    "tall window": ((3, 2, 8, 5), 4, 1, 2),
    "window as large as the image": ((2, 3, 4, 5), 4, 5, 1),
    "one image of one channel": ((1, 1, 4, 4), 2, 2, 2),
}


@st.composite
def beside(draw):
    """Square images that are a multiple of their square windows; positive pixels."""
    n, c, k, windows = (draw(st.integers(2, 3)) for _ in range(4))
    case = example((n, c, k * windows, k * windows), k, k, k, draw(st.SEEDS))
    return st.Pool2dCase(case.x - case.x.min() + 1, case.pool_param, case.dout)


@st.composite
def overlapping(draw):
    """Windows that share pixels."""
    k, windows = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    stride = draw(st.integers(1, k - 1))
    side = k + stride * (windows - 1)
    case = example((2, 2, side, side), k, k, stride, draw(st.SEEDS))
    return st.Pool2dCase(case.x - case.x.min() + 1, case.pool_param, case.dout)


def example(x_shape, height, width, stride, seed=0):
    """A case of exactly these sizes; all pixels differ, half of them are negative."""
    size = int(np.prod(x_shape))
    x = np.random.default_rng(seed).permutation(size).reshape(x_shape) - size // 2
    rows, columns = (x_shape[2] - height) // stride + 1, (x_shape[3] - width) // stride + 1
    dout = st.fill((*x_shape[:2], rows, columns), seed + 1)
    param = {"pool_height": height, "pool_width": width, "stride": stride}
    return st.Pool2dCase(x.astype(np.float64), param, dout)


def oracle(case):
    """out, and the gradient of sum(out * dout) with respect to x; in float64."""
    x = torch.tensor(case.x, dtype=torch.float64, requires_grad=True)
    window = case.pool_param["pool_height"], case.pool_param["pool_width"]
    out = functional.max_pool2d(x, window, case.pool_param["stride"])
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    return {"out": out.detach().numpy(), "dx": x.grad.numpy()}


def check(student, case, kind, **tolerances):
    """Compare one of the submission's results."""
    out, cache = student.layers.max_pool_forward(case.x, case.pool_param)
    got = out if kind == "out" else student.layers.max_pool_backward(case.dout, cache)
    close(got, oracle(case)[kind], name=kind, **tolerances)


@task("3a", facet="pool-forward", hint="The largest number under each window.")
@given(case=beside())
def test_forward_matches_pytorch(student, case):
    check(student, case, "out")


@task("3a", facet="pool-backward", hint="dout goes to where the largest number was.")
@given(case=beside())
def test_backward_matches_autograd(student, case):
    check(student, case, "dx")


@task("3a", facet="pool-windows", hint="What lands on a pixel of several windows is added up.")
@pytest.mark.parametrize("kind", ["out", "dx"])
@given(case=overlapping(), max_examples=12)
def test_overlapping_windows_match_pytorch(student, case, kind):
    check(student, case, kind)


@task("3a", facet="pool-windows", hint="Not square, overlapping, with gaps, not fitting evenly.")
@pytest.mark.parametrize("kind", ["out", "dx"])
@pytest.mark.parametrize("name", SHAPES)
def test_any_window_is_taken(student, name, kind):
    check(student, example(*SHAPES[name]), kind)


@task(
    "3a",
    facet="pool-windows",
    hint="The largest of negative numbers is negative: no 0 at first.",
)
@pytest.mark.parametrize("kind", ["out", "dx"])
def test_negative_images_have_negative_maxima(student, kind):
    case = example((2, 3, 6, 6), 3, 3, 3)
    case = st.Pool2dCase(case.x - 1000.0, case.pool_param, case.dout)
    check(student, case, kind)


@task("3a", facet="types", hint="float32 images are allowed.")
@pytest.mark.parametrize("kind", ["out", "dx"])
def test_float32_images_give_float32_accuracy(student, kind):
    case = example((2, 3, 6, 6), 3, 3, 3)
    low = st.Pool2dCase(case.x.astype("f4"), case.pool_param, case.dout.astype("f4"))
    check(student, low, kind, rtol=1e-4, atol=1e-5)


@task("3a", facet="types", hint="Pixels may be integers; dx is floating point all the same.")
def test_integer_images_have_floating_gradient(student):
    case = example((2, 3, 6, 6), 3, 3, 3)
    case = st.Pool2dCase(case.x.astype(np.int64), case.pool_param, case.dout)
    check(student, case, "dx")


@task(
    "3a", cases="arguments", facet="state", hint="Do not write into the images, dout or pool_param."
)
@pytest.mark.parametrize("name", ["x", "pool_param", "dout"])
def test_argument_is_unchanged(student, name):
    case = example((2, 3, 6, 6), 3, 3, 3)
    given_ = {key: student.put(getattr(case, key)) for key in ("x", "pool_param", "dout")}
    _, cache = student.layers.max_pool_forward(given_["x"], given_["pool_param"])
    dx = student.layers.max_pool_backward(given_["dout"], cache)
    close(dx, oracle(case)["dx"], name="dx")  # who does nothing changes nothing
    after, before = given_[name].value(), getattr(case, name)
    if name == "pool_param":
        assert after == before, f"pool_param was {before} and is {after} after the calls."
    else:
        close(after, before, name=f"{name} after the calls", exact=True)


@task(
    "3a",
    facet="state",
    hint="Keep nothing outside the cache: two forward passes may precede a backward pass.",
)
def test_backward_uses_the_cache_it_is_given(student):
    cases = example((2, 3, 6, 6), 3, 3, 3), example((3, 2, 4, 4), 2, 2, 2, seed=9)
    caches = [student.layers.max_pool_forward(case.x, case.pool_param)[1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        close(student.layers.max_pool_backward(case.dout, cache), oracle(case)["dx"], name="dx")
