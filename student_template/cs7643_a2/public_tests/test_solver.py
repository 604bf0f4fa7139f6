"""Task 2.1, one step of the solver, around a linear model."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st

RATE = 0.5  # of the optimizer, plain SGD


@dataclass(frozen=True)
class Case:
    """Inputs, right classes, and the parameters of a linear model."""

    x: torch.Tensor  # (N, D)
    y: torch.Tensor  # (N,)
    w: torch.Tensor  # (classes, D), at least two classes
    b: torch.Tensor  # (classes,)


@st.composite
def cases(draw):
    n, d, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(2, 4))
    seed = draw(st.SEEDS)
    shapes = (n, d), (classes, d), (classes,)
    x, w, b = (st.fill(shape, seed + i, dtype="float32") for i, shape in enumerate(shapes))
    y = torch.arange(n) % classes
    return Case(torch.from_numpy(x), y, torch.from_numpy(w), torch.from_numpy(b))


def pair(found):
    """Output and loss."""
    assert type(found) in (tuple, list), "Return a pair: the output and the loss."
    assert len(found) == 2, "Return a pair: the output and the loss."
    return found


@task("2.1", facet="output", hint="In training, too, the first result is what the model returned.")
@given(case=cases())
def test_training_returns_output_and_loss(student, case):
    solver = student.stage.solver(case.w, case.b, training=True)
    output, loss = pair(student.stage.step(solver, case.x, case.y))
    expected = functional.linear(case.x, case.w, case.b)
    close(output, expected, name="the output")
    close(loss, functional.cross_entropy(expected, case.y), name="the loss")


def stepped(student, case, steps):
    """Weight and bias after some steps: the submission's, and the rule's."""
    solver = student.stage.solver(case.w, case.b, training=True, numbers={"lr": RATE})
    w, b = case.w, case.b
    for _ in range(steps):
        student.stage.step(solver, case.x, case.y)
        leaves = w.clone().requires_grad_(), b.clone().requires_grad_()
        loss = functional.cross_entropy(functional.linear(case.x, *leaves), case.y)
        slope_w, slope_b = torch.autograd.grad(loss, leaves)
        w, b = w - RATE * slope_w, b - RATE * slope_b
    return student.stage.parameters(solver), (w, b)


@task("2.1", facet="training", weight=2, hint="In training: backward, then step of the optimizer.")
@given(case=cases())
def test_training_moves_parameters_against_gradient(student, case):
    (got_w, got_b), (w, b) = stepped(student, case, 1)
    close(got_w, w, name="the weight afterwards")
    close(got_b, b, name="the bias afterwards")


@task("2.1", facet="gradients", hint="Each step: zero_grad before backward.")
@given(case=cases())
def test_second_step_has_gradients_of_its_own(student, case):
    (got_w, _), (w, _) = stepped(student, case, 2)
    close(got_w, w, name="the weight after two steps")


@task(
    "2.1",
    facet="evaluation",
    hint="model.training tells training from evaluation; evaluation moves nothing.",
)
@given(case=cases())
def test_evaluation_returns_output_and_loss_and_moves_nothing(student, case):
    solver = student.stage.solver(case.w, case.b, training=False)
    output, loss = pair(student.stage.step(solver, case.x, case.y))
    expected = functional.linear(case.x, case.w, case.b)
    close(output, expected, name="the output")
    close(loss, functional.cross_entropy(expected, case.y), name="the loss")
    weight, _ = student.stage.parameters(solver)
    close(weight, case.w, name="the weight afterwards", exact=True)
