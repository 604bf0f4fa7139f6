"""Task 3a, max pooling, against PyTorch; no window ever holds its maximum twice."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

# name: shape of x (N, C, H, W), pool_height, pool_width, stride
SHAPES = {
    "no overlap": ((2, 3, 6, 4), 2, 2, 2),
    "overlap": ((2, 3, 7, 6), 3, 2, 1),
    "gaps": ((2, 3, 8, 11), 2, 2, 3),
    "size not a multiple": ((3, 2, 7, 9), 2, 2, 2),
    "wide window": ((3, 2, 5, 8), 1, 4, 2),
    "tall window": ((3, 2, 8, 5), 4, 1, 2),
    "window as large as the image": ((2, 3, 4, 5), 4, 5, 1),
    "window of one pixel": ((2, 3, 4, 5), 1, 1, 1),
    "one image of one channel": ((1, 1, 6, 5), 3, 2, 2),
}


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


@task("3a", weight=2, hint="Window height and width, and the stride, are three different numbers.")
@given(case=st.pool2d_cases())
def test_forward_matches_pytorch(student, case):
    check(student, case, "out")


@task("3a", weight=2, hint="Overlapping windows add up; the stride counts in backward too.")
@given(case=st.pool2d_cases())
def test_backward_matches_autograd(student, case):
    check(student, case, "dx")


@task("3a", hint="Check windows that are not square, overlap, leave gaps, or do not fit evenly.")
@pytest.mark.parametrize("name", SHAPES)
def test_forward_takes_any_window(student, name):
    case = example(*SHAPES[name])
    check(student, case, "out")


@task("3a", hint="Check windows that are not square, overlap, leave gaps, or do not fit evenly.")
@pytest.mark.parametrize("name", SHAPES)
def test_backward_takes_any_window(student, name):
    case = example(*SHAPES[name])
    check(student, case, "dx")


@task("3a", hint="The largest of negative numbers is negative: do not start from 0.")
@pytest.mark.parametrize("kind", ["out", "dx"])
def test_negative_images_have_negative_maxima(student, kind):
    case = example((2, 3, 5, 6), 2, 3, 1)
    case = st.Pool2dCase(case.x - 1000.0, case.pool_param, case.dout)
    check(student, case, kind)


@task("3a", hint="float32 images are allowed.")
@pytest.mark.parametrize("kind", ["out", "dx"])
def test_float32_images_give_float32_accuracy(student, kind):
    case = example((2, 3, 7, 6), 3, 2, 2)
    low = st.Pool2dCase(case.x.astype("f4"), case.pool_param, case.dout.astype("f4"))
    check(student, low, kind, rtol=1e-4, atol=1e-5)


@task("3a", hint="Pixels may be integers; dx is not cut off to integers because of that.")
def test_integer_images_have_floating_gradient(student):
    case = example((2, 3, 5, 6), 2, 3, 1)
    case = st.Pool2dCase(case.x.astype(np.int64), case.pool_param, case.dout)
    check(student, case, "dx")


@task("3a", hint="Do not write into the images, dout or pool_param.")
@pytest.mark.parametrize("name", ["x", "pool_param", "dout"])
def test_argument_is_unchanged(student, name):
    case = example((2, 3, 5, 6), 2, 3, 1)
    given_ = {key: student.put(getattr(case, key)) for key in ("x", "pool_param", "dout")}
    _, cache = student.layers.max_pool_forward(given_["x"], given_["pool_param"])
    student.layers.max_pool_backward(given_["dout"], cache)
    after, before = given_[name].value(), getattr(case, name)
    if name == "pool_param":
        assert after == before, f"pool_param was {before} and is {after} after the calls."
    else:
        close(after, before, name=f"{name} after the calls", exact=True)


@task("3a", hint="Keep nothing outside the cache: two forward passes may precede a backward pass.")
def test_backward_uses_the_cache_it_is_given(student):
    cases = example((2, 3, 5, 6), 2, 3, 1), example((1, 2, 6, 4), 3, 1, 2, seed=9)
    caches = [student.layers.max_pool_forward(case.x, case.pool_param)[1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        close(student.layers.max_pool_backward(case.dout, cache), oracle(case)["dx"], name="dx")
