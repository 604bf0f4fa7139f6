"""Task 1a against PyTorch's linear layer and autograd; one property per test."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

NAMES = ("x", "w", "b")
KINDS = ("out", "dx", "dw", "db")
CASES = st.linear_cases(least=2)  # one of something has a test of its own


def oracle(case):
    """out, and the gradients of sum(out * dout) with respect to x, w, b; all in float64."""
    leaves = [torch.tensor(getattr(case, name), dtype=torch.float64) for name in NAMES]
    for leaf in leaves:
        leaf.requires_grad_()
    x, w, b = leaves
    out = functional.linear(x, w.T, b)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    values = [out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]
    return dict(zip(KINDS, values, strict=True))


def check(student, case, kind, **tolerances):
    """Compare one of the submission's results; `out` asks for no backward pass."""
    out, cache = student.layers.fc_forward(case.x, case.w, case.b)
    got = {"out": out}
    if kind != "out":
        got["dx"], got["dw"], got["db"] = student.layers.fc_backward(case.dout, cache)
    close(got[kind], oracle(case)[kind], name=kind, **tolerances)


def example(n, d_in, d_out, seed=0, dtype=np.float64):
    """A case of exactly these sizes."""
    shapes = ((n, d_in), (d_in, d_out), (d_out,), (n, d_out))
    return st.LinearCase(*(st.fill(s, seed + i, dtype=dtype) for i, s in enumerate(shapes)))


@task("1a", facet="forward", hint="Sizes are all different: which index is summed over?")
@given(case=CASES)
def test_forward_matches_pytorch(student, case):
    out, _ = student.layers.fc_forward(case.x, case.w, case.b)
    close(out, oracle(case)["out"], name="out")


@task("1a", facet="dx", hint="dx: which of w's two sizes is summed over?")
@given(case=CASES)
def test_dx_matches_autograd(student, case):
    check(student, case, "dx")


@task("1a", facet="dw", hint="dw is a sum over the batch, not a mean.")
@given(case=CASES)
def test_dw_matches_autograd(student, case):
    check(student, case, "dw")


@task("1a", facet="db", hint="db is a sum over the batch, not a mean, of shape (D_out,).")
@given(case=CASES)
def test_db_matches_autograd(student, case):
    check(student, case, "db")


@task("1a", facet="shapes", hint="A batch of one sample is still a batch: keep the first axis.")
@pytest.mark.parametrize("kind", KINDS)
def test_batch_of_one_keeps_its_shapes(student, kind):
    check(student, example(1, 4, 3), kind)


@task("1a", facet="types", hint="float32 arrays are allowed.")
@pytest.mark.parametrize("kind", KINDS)
def test_float32_batch_gives_float32_accuracy(student, kind):
    check(student, example(5, 4, 3, dtype=np.float32), kind, rtol=1e-4, atol=1e-5)


@task(
    "1a",
    facet="types",
    hint="x may hold integers; no result may be cut off to integers because of that.",
)
@pytest.mark.parametrize("kind", KINDS)
def test_integer_input_is_promoted(student, kind):
    case = example(4, 3, 5)
    numbers = st.fill((4, 3), 1, "integers", np.int64)
    check(student, st.LinearCase(numbers, case.w, case.b, case.dout), kind)


@task(
    "1a",
    cases="arguments",
    facet="state",
    hint="Do not write into the arrays you are given (`+=` on one of them does).",
)
@pytest.mark.parametrize("name", [*NAMES, "dout"])
def test_argument_is_unchanged(student, name):
    case = example(4, 3, 5)
    given_ = {key: student.put(getattr(case, key)) for key in (*NAMES, "dout")}
    _, cache = student.layers.fc_forward(given_["x"], given_["w"], given_["b"])
    _, dw, _ = student.layers.fc_backward(given_["dout"], cache)
    close(dw, oracle(case)["dw"], name="dw")  # who does nothing changes nothing
    close(given_[name].value(), getattr(case, name), name=f"{name} after the calls", exact=True)


@task(
    "1a",
    facet="state",
    hint="Keep nothing outside the cache: two forward passes may precede a backward pass.",
)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_backward_uses_the_cache_it_is_given(student, kind):
    cases = example(4, 3, 5), example(2, 6, 3, seed=9)
    caches = [student.layers.fc_forward(c.x, c.w, c.b)[1] for c in cases]
    for case, cache in zip(cases, caches, strict=True):
        dx, dw, db = student.layers.fc_backward(case.dout, cache)
        close({"dx": dx, "dw": dw, "db": db}[kind], oracle(case)[kind], name=kind)
