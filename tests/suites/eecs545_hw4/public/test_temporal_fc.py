"""Task 4a, fully connected layer over time: every value against the sum that defines it."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@st.composite
def cases(draw):
    """x (N, T, D), w (D, M), b (M,), dout (N, T, M)."""
    n, t, d, m = draw(st.shapes(N=(2, 3), T=(2, 4), D=(2, 3), M=(2, 3)))
    shapes = ((n, t, d), (d, m), (m,), (n, t, m))
    return st.LinearCase(*(st.fill(shape, seed) for seed, shape in enumerate(shapes)))


def backward(student, case):
    """The submission's gradients, and the arrays that they are made of."""
    _, cache = student.rnn_layers.temporal_fc_forward(case.x, case.w, case.b)
    return student.rnn_layers.temporal_fc_backward(case.dout, cache), case.x, case.w, case.dout


@task("4a", facet="forward", hint="The layer of task 1a at every time step, with the same w and b.")
@given(case=cases(), max_examples=15)
def test_forward_matches_definition(student, case):
    out, _ = student.rnn_layers.temporal_fc_forward(case.x, case.w, case.b)
    expected = np.zeros(case.dout.shape)
    for n, t in np.ndindex(*case.x.shape[:2]):
        expected[n, t] = case.x[n, t] @ case.w + case.b
    close(out, expected, name="out")


@task("4a", facet="dx", hint="dx[n, t] depends on dout[n, t] only.")
@given(case=cases(), max_examples=15)
def test_dx_sums_over_outputs(student, case):
    (dx, _, _), x, w, dout = backward(student, case)
    expected = np.zeros(x.shape)
    for n, t in np.ndindex(*x.shape[:2]):
        expected[n, t] = w @ dout[n, t]
    close(dx, expected, name="dx")


@task("4a", facet="dw", hint="w is used at every time step of every sample: sum over both.")
@given(case=cases(), max_examples=15)
def test_dw_sums_over_samples_and_time(student, case):
    (_, dw, _), x, w, dout = backward(student, case)
    expected = np.zeros(w.shape)
    for n, t in np.ndindex(*x.shape[:2]):
        expected += np.outer(x[n, t], dout[n, t])
    close(dw, expected, name="dw")


@task(
    "4a",
    facet="db",
    hint="b is used at every time step of every sample: sum over both; shape (M,).",
)
@given(case=cases(), max_examples=15)
def test_db_sums_over_samples_and_time(student, case):
    (_, _, db), x, w, dout = backward(student, case)
    expected = np.zeros(w.shape[1])
    for n, t in np.ndindex(*x.shape[:2]):
        expected += dout[n, t]
    close(db, expected, name="db")
