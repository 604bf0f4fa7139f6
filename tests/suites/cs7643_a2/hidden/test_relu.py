"""Task 1.1c, ReLU, against PyTorch; the gradient at exactly 0 is never looked at."""

import numpy as np
import pytest
import torch

from grader.suite import close, given, task
from grader.suite import strategies as st

IMAGES = st.shapes(N=(1, 2), C=(1, 3), H=(1, 4), W=(1, 3))


def passes(student, x, dout):
    """The submission's layer after both passes."""
    layer = student.module("modules.relu").ReLU()
    layer.forward(x)
    layer.backward(dout)
    return layer


def oracle_dx(x, dout):
    """Gradient of sum(relu(x) * dout) with respect to x."""
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    torch.relu(leaf).backward(torch.tensor(dout, dtype=torch.float64))
    return leaf.grad.numpy()


@task("1.1c", facet="forward", hint="Any shape, also the four axes of images; 0 stays 0.")
@given(x=st.arrays(IMAGES, elements="ties"))
def test_forward_of_images_matches_pytorch(student, x):
    out = student.module("modules.relu").ReLU().forward(x)
    close(out, torch.relu(torch.tensor(x)).numpy(), name="out")


@task("1.1c", facet="backward", hint="Multiply dout, not x, by the mask; the mask comes from x.")
@given(x=st.arrays(IMAGES), seed=st.integers(0, 999))
def test_backward_of_images_matches_autograd(student, x, seed):
    dout = st.fill(x.shape, seed)
    close(passes(student, x, dout).dx, oracle_dx(x, dout), name="dx")


@task(
    "1.1c",
    facet="types",
    hint="x may hold integers; dx is not cut off to integers because of that.",
)
def test_integer_input_has_floating_gradient(student):
    x, dout = np.array([[-3, 2, 5], [1, -1, -7]]), st.fill((2, 3), 2)
    close(passes(student, x, dout).dx, oracle_dx(x, dout), name="dx")


@task(
    "1.1c",
    cases="arguments",
    facet="state",
    hint="Do not write into x or dout: `x[x < 0] = 0` changes the caller's array.",
)
@pytest.mark.parametrize("name", ["x", "dout"])
def test_array_is_unchanged_by_both_passes(student, name):
    arrays = {"x": st.fill((3, 5), 1), "dout": st.fill((3, 5), 2)}
    given_ = {key: student.put(value) for key, value in arrays.items()}
    layer = passes(student, given_["x"], given_["dout"])
    close(layer.dx, oracle_dx(**arrays), name="dx")  # who does nothing changes nothing
    close(given_[name].value(), arrays[name], name=f"{name} afterwards", exact=True)
