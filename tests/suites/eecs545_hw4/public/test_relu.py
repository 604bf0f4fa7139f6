"""Task 1b, ReLU: element by element."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

MATRICES = st.arrays(st.shapes(N=(1, 5), D=(1, 6)))


@task(
    "1b",
    facet="forward",
    hint="Negative elements become 0, all others stay as they are; the shape stays too.",
)
@given(x=MATRICES)
def test_forward_keeps_positive_elements_only(student, x):
    out, _ = student.layers.relu_forward(x)
    expected = np.array([[value if value > 0 else 0.0 for value in row] for row in x])
    close(out, expected, name="out")


@task(
    "1b",
    facet="backward",
    hint="What decides is the sign of x, not the sign of dout: a negative dout passes too.",
)
@given(x=MATRICES, seed=st.integers(0, 999))
def test_backward_passes_where_input_was_positive(student, x, seed):
    dout = st.fill(x.shape, seed)
    _, cache = student.layers.relu_forward(x)
    expected = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            expected[index] = dout[index]
    close(student.layers.relu_backward(dout, cache), expected, name="dx")
