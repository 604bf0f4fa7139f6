"""Problem 3: slice after slice, and the relative difference."""

import math

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

# At least two rows and two columns, so that no slice has the variance 0.
TENSORS = st.arrays(st.shapes(H=(2, 4), W=(2, 4), C=(1, 4), N=(1, 4)))


def standardized(part):
    """One slice, brought to mean 0 and (biased) variance 1."""
    mean = part.sum() / part.size
    return (part - mean) / math.sqrt(((part - mean) ** 2).sum() / part.size)


@task("3a", facet="plain", hint="One mean and one variance per channel: over H, W and N.")
@given(x=TENSORS)
def test_batch_norm_standardizes_each_channel(student, x):
    expected = np.zeros_like(x)
    for c in range(x.shape[2]):
        expected[:, :, c, :] = standardized(x[:, :, c, :])
    close(student.norms.batch_norm(x), expected, name="out")


@task("3b", facet="plain", hint="One mean and one variance per sample: over H, W and C.")
@given(x=TENSORS)
def test_layer_norm_standardizes_each_sample(student, x):
    expected = np.zeros_like(x)
    for n in range(x.shape[3]):
        expected[:, :, :, n] = standardized(x[:, :, :, n])
    close(student.norms.layer_norm(x), expected, name="out")


@task(
    "3c", facet="plain", hint="One mean and one variance per channel of each sample: over H and W."
)
@given(x=TENSORS)
def test_instance_norm_standardizes_each_channel_of_each_sample(student, x):
    expected = np.zeros_like(x)
    for c, n in np.ndindex(*x.shape[2:]):
        expected[:, :, c, n] = standardized(x[:, :, c, n])
    close(student.norms.instance_norm(x), expected, name="out")


@task("3d", facet="plain", hint="Both norms are of all elements.")
@given(shape=st.shapes(a=(1, 4), b=(1, 4)), seed=st.integers(0, 999))
def test_relative_difference_matches_definition(student, shape, seed):
    a = st.fill(shape, seed)
    b = a / 3 * np.sign(st.fill(shape, seed + 1))  # a is the larger one
    lengths = [math.sqrt(sum(value**2 for value in z.flat)) for z in (a - b, a, b)]
    expected = lengths[0] / max(lengths[1:])
    close(student.norms.relative_difference(a, b), expected, name="the difference")
