"""Task 4a against PyTorch's linear layer and autograd; one property per test."""

import numpy as np
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

NAMES = ("x", "w", "b", "dout")
KINDS = ("out", "dx", "dw", "db")
SIZES = st.shapes(N=(2, 4), T=(2, 5), D=(2, 4), M=(2, 4))


def example(sizes, seed=0, dtype=np.float64):
    """x, w, b, dout of these sizes N, T, D, M."""
    n, t, d, m = sizes
    shapes = ((n, t, d), (d, m), (m,), (n, t, m))
    return [st.fill(shape, seed + i, dtype=dtype) for i, shape in enumerate(shapes)]


def oracle(x, w, b, dout):
    """out, and the gradients of sum(out * dout) with respect to x, w, b; all in float64."""
    leaves = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (x, w, b)]
    out = functional.linear(leaves[0], leaves[1].T, leaves[2])
    out.backward(torch.tensor(dout, dtype=torch.float64))
    values = [out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]
    return dict(zip(KINDS, values, strict=True))


def check(student, case, kinds=KINDS, **tolerances):
    """Compare some of the submission's results; `out` alone asks for no backward pass."""
    x, w, b, dout = case
    out, cache = student.rnn_layers.temporal_fc_forward(x, w, b)
    got, expected = {"out": out}, oracle(*case)
    if set(kinds) != {"out"}:
        gradients = student.rnn_layers.temporal_fc_backward(dout, cache)
        got["dx"], got["dw"], got["db"] = gradients
    for kind in kinds:
        close(got[kind], expected[kind], name=kind, **tolerances)


@task("4a", facet="forward", hint="w and b are shared by samples and time steps.")
@given(sizes=SIZES, max_examples=15)
def test_forward_matches_pytorch(student, sizes):
    check(student, example(sizes), ["out"])


@task("4a", facet="dx", hint="dx[n, t] depends on dout[n, t] only.")
@given(sizes=SIZES, max_examples=15)
def test_dx_matches_autograd(student, sizes):
    check(student, example(sizes), ["dx"])


@task("4a", facet="dw", hint="w is shared by samples and time steps: sum over both.")
@given(sizes=SIZES, max_examples=15)
def test_dw_matches_autograd(student, sizes):
    check(student, example(sizes), ["dw"])


@task("4a", facet="db", hint="b is shared by samples and time steps: sum over both.")
@given(sizes=SIZES, max_examples=15)
def test_db_matches_autograd(student, sizes):
    check(student, example(sizes), ["db"])


@task("4a", facet="shapes", hint="One sample and one time step: all axes must stay.")
def test_single_sample_and_step_keep_their_axes(student):
    check(student, example((1, 1, 3, 2)))


@task("4a", facet="types", hint="float32 arrays are allowed.")
def test_float32_gives_float32_accuracy(student):
    check(student, example((3, 4, 5, 2), dtype=np.float32), rtol=1e-4, atol=1e-5)


@task(
    "4a",
    facet="types",
    hint="x may hold integers; no result may be cut off to integers because of that.",
)
def test_integer_input_is_promoted(student):
    _, w, b, dout = example((2, 3, 4, 5))
    check(student, (st.fill((2, 3, 4), 1, "integers", np.int64), w, b, dout))


@task("4a", facet="state", hint="Do not write into the arrays you are given.")
def test_arguments_are_unchanged(student):
    case = example((2, 3, 4, 5))
    x, w, b, dout = sent = [student.put(array) for array in case]
    _, cache = student.rnn_layers.temporal_fc_forward(x, w, b)
    _, dw, _ = student.rnn_layers.temporal_fc_backward(dout, cache)
    close(dw, oracle(*case)["dw"], name="dw")  # who does nothing changes nothing
    for name, remote, array in zip(NAMES, sent, case, strict=True):
        close(remote.value(), array, name=f"{name} after the calls", exact=True)


@task(
    "4a",
    facet="state",
    hint="Keep nothing outside the cache: two forward passes may precede a backward pass.",
)
def test_backward_uses_the_cache_it_is_given(student):
    cases = example((2, 3, 4, 5)), example((3, 2, 6, 4), seed=9)
    caches = [student.rnn_layers.temporal_fc_forward(*case[:3])[1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        gradients = student.rnn_layers.temporal_fc_backward(case[3], cache)
        for kind, got in zip(KINDS[1:], gradients, strict=True):
            close(got, oracle(*case)[kind], name=kind)
