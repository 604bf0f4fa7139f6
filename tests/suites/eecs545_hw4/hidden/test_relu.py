"""Task 1b against PyTorch's ReLU; the gradient at exactly 0 is never looked at."""

import numpy as np
import pytest
import torch

from grader.suite import close, given, task
from grader.suite import strategies as st

SHAPES = [(7,), (1, 1), (3, 5), (2, 3, 4), (2, 3, 4, 5)]


def run(student, x, dout):
    """out and dx of the submission."""
    out, cache = student.layers.relu_forward(x)
    return out, student.layers.relu_backward(dout, cache)


def oracle_dx(x, dout):
    """Gradient of sum(relu(x) * dout) with respect to x."""
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    torch.relu(leaf).backward(torch.tensor(dout, dtype=torch.float64))
    return leaf.grad.numpy()


@task(
    "1b",
    facet="forward",
    hint="Elements of exactly 0 stay 0, and large ones stay as large as they are.",
)
@given(
    x=st.sampled_from(["normal", "ties", "extreme"]).flatmap(
        lambda elements: st.arrays(st.shapes(N=(1, 5), D=(1, 7)), elements=elements)
    )
)
def test_forward_matches_pytorch(student, x):
    out, _ = student.layers.relu_forward(x)
    close(out, torch.relu(torch.tensor(x)).numpy(), name="out")


@task("1b", facet="backward", hint="Multiply dout, not x, by the mask; the mask comes from x.")
@given(x=st.arrays(st.shapes(N=(1, 5), D=(1, 7))), seed=st.integers(0, 999))
def test_backward_matches_autograd(student, x, seed):
    dout = st.fill(x.shape, seed)
    close(run(student, x, dout)[1], oracle_dx(x, dout), name="dx")


@task("1b", cases="shapes", facet="shapes", hint="Any shape: one dimension, or the four of images.")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_shape_is_kept(student, shape):
    x, dout = st.fill(shape, 1), st.fill(shape, 2)
    out, dx = run(student, x, dout)
    close(out, np.maximum(x, 0.0), name="out")
    close(dx, oracle_dx(x, dout), name="dx")


@task("1b", facet="types", hint="float32 arrays are allowed.")
@pytest.mark.parametrize("kind", ["out", "dx"])
def test_float32_input_gives_float32_accuracy(student, kind):
    x, dout = st.fill((4, 6), 1, dtype=np.float32), st.fill((4, 6), 2, dtype=np.float32)
    if kind == "out":
        out, _ = student.layers.relu_forward(x)
        close(out, np.maximum(x, 0), name="out")
    else:
        _, dx = run(student, x, dout)
        close(dx, oracle_dx(x, dout).astype(np.float32), name="dx")


@task(
    "1b",
    facet="types",
    hint="x may hold integers; dx is not cut off to integers because of that.",
)
def test_integer_input_has_floating_gradient(student):
    x, dout = np.array([[-3, 2, 5], [1, -1, -7]]), st.fill((2, 3), 2)
    close(run(student, x, dout)[1], oracle_dx(x, dout), name="dx")


@task(
    "1b",
    cases="arguments",
    facet="state",
    hint="Do not write into x or dout: `x[x < 0] = 0` changes the caller's array.",
)
@pytest.mark.parametrize("name", ["x", "dout"])
def test_argument_is_unchanged(student, name):
    arrays = {"x": st.fill((3, 5), 1), "dout": st.fill((3, 5), 2)}
    given_ = {key: student.put(value) for key, value in arrays.items()}
    _, dx = run(student, given_["x"], given_["dout"])
    close(dx, oracle_dx(**arrays), name="dx")  # who does nothing changes nothing
    close(given_[name].value(), arrays[name], name=f"{name} after the calls", exact=True)


@task(
    "1b",
    facet="state",
    hint="Keep nothing outside the cache: two forward passes may precede a backward pass.",
)
def test_backward_uses_the_cache_it_is_given(student):
    inputs = [st.fill((3, 5), 1), st.fill((3, 5), 2)]
    caches = [student.layers.relu_forward(x)[1] for x in inputs]
    dout = st.fill((3, 5), 3)
    for x, cache in zip(inputs, caches, strict=True):
        close(student.layers.relu_backward(dout, cache), oracle_dx(x, dout), name="dx")
