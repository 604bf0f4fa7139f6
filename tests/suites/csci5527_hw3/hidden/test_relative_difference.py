"""Problem 3, equation (3); one property per test."""

import numpy as np
import torch

from grader.suite import close, task
from grader.suite import strategies as st


def check(student, a, b):
    a_vec, b_vec = (torch.tensor(z, dtype=torch.float64).flatten() for z in (a, b))
    scale = torch.maximum(torch.linalg.vector_norm(a_vec), torch.linalg.vector_norm(b_vec))
    expected = (torch.linalg.vector_norm(a_vec - b_vec) / scale).item()
    close(student.norms.relative_difference(a, b), expected, name="the difference")


@task("3d", facet="axes", hint="Tensors of the handout have four axes: flatten them first.")
def test_four_axes_are_flattened(student):
    check(student, 3 * st.fill((3, 4, 2, 5), 1), st.fill((3, 4, 2, 5), 2))


@task("3d", facet="larger", hint="The larger of the two norms divides, whichever of the two it is.")
def test_larger_norm_divides_in_either_order(student):
    a = st.fill((4, 3), 3)
    check(student, a, 5 * a)
    check(student, 5 * a, a)


@task(
    "3d",
    facet="zero",
    hint="Equal tensors have the difference 0, and so have two that are all zero.",
)
def test_zero_tensors_do_not_differ(student):
    zero = np.zeros((2, 3))
    close(student.norms.relative_difference(zero, zero) * 1.0, 0.0, name="the difference")


@task("3d", facet="state", hint="Do not write into the arrays you are given.")
def test_tensors_are_unchanged(student):
    arrays = 3 * st.fill((3, 2), 4), st.fill((3, 2), 5)
    held = [student.put(array) for array in arrays]
    a, b = (torch.tensor(array) for array in arrays)
    lengths = [torch.linalg.vector_norm(z) for z in (a - b, a, b)]
    expected = (lengths[0] / max(lengths[1:])).item()
    close(student.norms.relative_difference(*held), expected, name="the difference")
    for name, copy, array in zip("ab", held, arrays, strict=True):
        close(copy.value(), array, name=f"{name} after the call", exact=True)
