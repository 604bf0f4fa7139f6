"""Task 2.1, one step of the solver, around a linear model."""

import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

RATE = 0.5  # of the optimizer, plain SGD


@st.composite
def cases(draw):
    """x (N, D), w (classes, D), b (classes,), y (N,), with at least two classes."""
    n, d, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(2, 4))
    seed = draw(st.SEEDS)
    shapes = (n, d), (classes, d), (classes,)
    arrays = [st.fill(shape, seed + i, dtype="float32") for i, shape in enumerate(shapes)]
    return (*map(torch.from_numpy, arrays), torch.arange(n) % classes)


def pair(found):
    """Output and loss."""
    assert type(found) in (tuple, list), "Return a pair: the output and the loss."
    assert len(found) == 2, "Return a pair: the output and the loss."
    return found


@task("2.1", hint="In training, too, the first result is what the model returned.")
@given(case=cases())
def test_training_returns_output_and_loss(student, case):
    x, w, b, y = case
    output, loss = pair(student.stage.step(student.stage.solver(w, b, training=True), x, y))
    expected = functional.linear(x, w, b)
    close(output, expected, name="the output")
    close(loss, functional.cross_entropy(expected, y), name="the loss")


@task("2.1", hint="In training: zero_grad, backward, then step of the optimizer.")
@given(case=cases())
def test_training_moves_parameters_against_gradient(student, case):
    x, w, b, y = case
    solver = student.stage.solver(w, b, training=True, numbers={"lr": RATE})
    student.stage.step(solver, x, y)
    leaves = [w.clone().requires_grad_(), b.clone().requires_grad_()]
    gradients = torch.autograd.grad(
        functional.cross_entropy(functional.linear(x, *leaves), y), leaves
    )
    for name, got, old, gradient in zip(
        ("weight", "bias"), student.stage.parameters(solver), (w, b), gradients, strict=True
    ):
        close(got, old - RATE * gradient, name=f"the {name} after one step")


@task("2.1", hint="model.training tells training from evaluation; evaluation moves nothing.")
@given(case=cases())
def test_evaluation_returns_output_and_loss_and_moves_nothing(student, case):
    x, w, b, y = case
    solver = student.stage.solver(w, b, training=False)
    output, loss = pair(student.stage.step(solver, x, y))
    expected = functional.linear(x, w, b)
    close(output, expected, name="the output")
    close(loss, functional.cross_entropy(expected, y), name="the loss")
    close(student.stage.parameters(solver)[0], w, name="the weight afterwards", exact=True)
