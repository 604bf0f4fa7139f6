"""Problem 3, the norms, against PyTorch; one property per test.

Every property is one test function per norm, so that a mistake in one norm costs its points only.
"""

import functools

import numpy as np
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

# At least two rows, so that no slice has the variance 0.
TENSORS = st.arrays(st.shapes(H=(2, 5), W=(1, 5), C=(1, 5), N=(1, 5)))
HANDOUT_SHAPE = (50, 50, 64, 64)
# What is compared of a tensor of that size: whole slices, since others do not enter into them.
COMPARED = {
    "batch_norm": np.s_[:, :, ::9, :],
    "layer_norm": np.s_[:, :, :, ::9],
    "instance_norm": np.s_[:, :, ::3, ::3],
}
TINY = 1e-300  # PyTorch's batch norm takes no eps of exactly 0
FLOAT32 = {"rtol": 1e-3, "atol": 1e-4}
COARSE = {"rtol": 0.02}  # of slices so large that either variance, biased or not, is as good
ZERO_EPS = "With eps = 0, mean 0 and variance 1 in every slice; the layout is (H, W, C, N)."
IN_ROOT = "eps is added to the variance, before the root is taken."
LARGE_MEAN = "Subtract the mean first: E[x^2] - E[x]^2 cancels when the mean is large."
SIZE = "The handout's size, in float32: 41 MB."
UNCHANGED = "Do not write into the tensor: `x -= mean` changes the caller's."


def oracle(norm, x, eps=TINY):
    """PyTorch's result in the layout of the handout."""
    y = torch.from_numpy(x).permute(3, 2, 0, 1)  # (N, C, H, W)
    if norm == "batch_norm":
        out = functional.batch_norm(y, None, None, training=True, eps=eps)
    elif norm == "layer_norm":
        out = functional.layer_norm(y, y.shape[1:], eps=eps)
    else:
        out = functional.instance_norm(y, eps=eps)
    return out.permute(2, 3, 1, 0).numpy()


def check(student, norm, x, *eps, **tolerances):
    out = getattr(student.norms, norm)(x, *eps)
    close(out, oracle(norm, x, *eps), name="out", **tolerances)


def check_eps(student, norm):
    check(student, norm, st.fill((9, 8, 3, 4), 3), 0.25, **COARSE)


def check_large_mean(student, norm):
    x = st.fill((3, 4, 2, 5), 1)
    close(getattr(student.norms, norm)(x + 1e6), oracle(norm, x), name="out")


@functools.cache
def handout_tensor():
    generator = np.random.default_rng(5527)
    return 3 + 2 * generator.standard_normal(HANDOUT_SHAPE, dtype=np.float32)


@functools.cache
def handout_norms():
    """Expected outputs for the handout's tensor, every fifth slice."""
    x = handout_tensor()
    return {norm: np.array(oracle(norm, x[part])[::5]) for norm, part in COMPARED.items()}


def check_handout_size(student, norm):
    x, compared = handout_tensor(), COMPARED[norm]
    out = getattr(student.norms, norm)(x)
    close(np.array(out.shape), np.array(HANDOUT_SHAPE), name="shape of out", exact=True)
    close(out[compared][::5], handout_norms()[norm], name="out", **FLOAT32)


def check_unchanged(student, norm):
    x = 3 + 2 * st.fill((9, 8, 4, 5), 2)
    held = student.put(x)
    close(getattr(student.norms, norm)(held), oracle(norm, x), name="out", **COARSE)
    close(held.value(), x, name="x after the call", exact=True)


@task("3a", facet="plain", hint=ZERO_EPS)
@given(x=TENSORS)
def test_batch_norm_matches_pytorch(student, x):
    check(student, "batch_norm", x)


@task("3b", facet="plain", hint=ZERO_EPS)
@given(x=TENSORS)
def test_layer_norm_matches_pytorch(student, x):
    check(student, "layer_norm", x)


@task("3c", facet="plain", hint=ZERO_EPS)
@given(x=TENSORS)
def test_instance_norm_matches_pytorch(student, x):
    check(student, "instance_norm", x)


@task("3a", facet="eps", hint=IN_ROOT)
def test_batch_norm_adds_eps_to_the_variance(student):
    check_eps(student, "batch_norm")


@task("3b", facet="eps", hint=IN_ROOT)
def test_layer_norm_adds_eps_to_the_variance(student):
    check_eps(student, "layer_norm")


@task("3c", facet="eps", hint=IN_ROOT)
def test_instance_norm_adds_eps_to_the_variance(student):
    check_eps(student, "instance_norm")


@task("3a", facet="mean", hint=LARGE_MEAN)
def test_batch_norm_of_large_mean_is_accurate(student):
    check_large_mean(student, "batch_norm")


@task("3b", facet="mean", hint=LARGE_MEAN)
def test_layer_norm_of_large_mean_is_accurate(student):
    check_large_mean(student, "layer_norm")


@task("3c", facet="mean", hint=LARGE_MEAN)
def test_instance_norm_of_large_mean_is_accurate(student):
    check_large_mean(student, "instance_norm")


@task("3a", facet="size", hint=SIZE)
def test_batch_norm_of_handout_size_matches_pytorch(student):
    check_handout_size(student, "batch_norm")


@task("3b", facet="size", hint=SIZE)
def test_layer_norm_of_handout_size_matches_pytorch(student):
    check_handout_size(student, "layer_norm")


@task("3c", facet="size", hint=SIZE)
def test_instance_norm_of_handout_size_matches_pytorch(student):
    check_handout_size(student, "instance_norm")


@task("3a", facet="state", hint=UNCHANGED)
def test_batch_norm_leaves_its_input(student):
    check_unchanged(student, "batch_norm")


@task("3b", facet="state", hint=UNCHANGED)
def test_layer_norm_leaves_its_input(student):
    check_unchanged(student, "layer_norm")


@task("3c", facet="state", hint=UNCHANGED)
def test_instance_norm_leaves_its_input(student):
    check_unchanged(student, "instance_norm")
