"""Task 1.1c, ReLU: element by element."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

MATRICES = st.arrays(st.shapes(N=(1, 5), D=(1, 6)))


@task(
    "1.1c",
    facet="forward",
    hint="Negative elements become 0, all others stay as they are; the shape stays too.",
)
@given(x=MATRICES)
def test_forward_keeps_positive_elements_only(student, x):
    expected = np.array([[value if value > 0 else 0.0 for value in row] for row in x])
    close(student.module("modules.relu").ReLU().forward(x), expected, name="out")


@task(
    "1.1c",
    facet="backward",
    hint="What decides is the sign of x, not the sign of dout: a negative dout passes too.",
)
@given(x=MATRICES, seed=st.integers(0, 999))
def test_backward_passes_where_input_was_positive(student, x, seed):
    dout, expected = st.fill(x.shape, seed), np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            expected[index] = dout[index]
    layer = student.module("modules.relu").ReLU()
    layer.forward(x)
    layer.backward(dout)
    close(layer.dx, expected, name="dx")
