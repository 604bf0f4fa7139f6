"""Task 4a, fully connected layer over time: every value against the sum that defines it."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st

SIZES = st.shapes(N=(1, 3), T=(1, 4), D=(1, 3), M=(1, 3))


def arrays(sizes, seed=0):
    """x, w, b, dout of these sizes."""
    n, t, d, m = sizes
    shapes = ((n, t, d), (d, m), (m,), (n, t, m))
    return [st.fill(shape, seed + i) for i, shape in enumerate(shapes)]


def backward(student, sizes):
    """The submission's gradients, and the arrays that they are made of."""
    x, w, b, dout = arrays(sizes)
    _, cache = student.rnn_layers.temporal_fc_forward(x, w, b)
    return student.rnn_layers.temporal_fc_backward(dout, cache), x, w, dout


@task("4a", weight=2, hint="The layer of task 1a at every time step, with the same w and b.")
@given(sizes=SIZES)
def test_forward_matches_definition(student, sizes):
    x, w, b, dout = arrays(sizes)
    out, _ = student.rnn_layers.temporal_fc_forward(x, w, b)
    expected = np.zeros(dout.shape)
    for n, t in np.ndindex(*x.shape[:2]):
        expected[n, t] = x[n, t] @ w + b
    close(out, expected, name="out")


@task("4a", hint="dx[n, t] depends on dout[n, t] only.")
@given(sizes=SIZES)
def test_dx_sums_over_outputs(student, sizes):
    (dx, _, _), x, w, dout = backward(student, sizes)
    expected = np.zeros(x.shape)
    for n, t in np.ndindex(*x.shape[:2]):
        expected[n, t] = w @ dout[n, t]
    close(dx, expected, name="dx")


@task("4a", hint="w is used at every time step of every sample: sum over both.")
@given(sizes=SIZES)
def test_dw_sums_over_samples_and_time(student, sizes):
    (_, dw, _), x, w, dout = backward(student, sizes)
    expected = np.zeros(w.shape)
    for n, t in np.ndindex(*x.shape[:2]):
        expected += np.outer(x[n, t], dout[n, t])
    close(dw, expected, name="dw")


@task("4a", hint="b is used at every time step of every sample: sum over both; shape (M,).")
@given(sizes=SIZES)
def test_db_sums_over_samples_and_time(student, sizes):
    (_, _, db), x, w, dout = backward(student, sizes)
    expected = np.zeros(w.shape[1])
    for n, t in np.ndindex(*x.shape[:2]):
        expected += dout[n, t]
    close(db, expected, name="db")
