"""Task 2.1: several steps beside PyTorch, and what a step must leave alone."""

import pytest
import torch
from torch.nn import functional

from grader.suite import close, task
from grader.suite import strategies as st

N, D, CLASSES = 5, 3, 4
CLASS_WEIGHT = torch.tensor([0.5, 3.0, 1.0, 2.0])
OPTIMIZERS = [
    ("SGD", {"lr": 0.4, "momentum": 0.8, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05}),
]


def start():
    """Weight (CLASSES, D) and bias (CLASSES,)."""
    arrays = st.fill((CLASSES, D), 1, dtype="float32"), st.fill((CLASSES,), 2, dtype="float32")
    return tuple(map(torch.from_numpy, arrays))


def batch(seed):
    """Inputs and classes."""
    x = torch.from_numpy(st.fill((N, D), seed, dtype="float32"))
    return x, torch.arange(seed, seed + N) % CLASSES


def oracle(kind, numbers, seeds, class_weight=None):
    """Losses of the steps, weight and bias afterwards."""
    leaves = [leaf.clone().requires_grad_() for leaf in start()]
    optimizer, losses = getattr(torch.optim, kind)(leaves, **numbers), []
    for x, y in map(batch, seeds):
        optimizer.zero_grad()
        loss = functional.cross_entropy(functional.linear(x, *leaves), y, class_weight)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses, [leaf.detach() for leaf in leaves]


@task(
    "2.1", facet="gradients", hint="Gradients of one step must not be added to those of the next."
)
def test_gradients_of_steps_do_not_add_up(student):
    solver = student.stage.solver(*start(), training=True, numbers={"lr": 0.5})
    for seed in (10, 11):
        student.stage.step(solver, *batch(seed))
    _, expected = oracle("SGD", {"lr": 0.5}, (10, 11))
    close(student.stage.parameters(solver)[0], expected[0], name="the weight after two steps")


@task("2.1", facet="gradients", hint="Clear old gradients before backward, whatever left them.")
def test_gradients_left_from_elsewhere_do_not_count(student):
    solver = student.stage.solver(*start(), training=True, numbers={"lr": 0.5})
    student.stage.put_gradients(solver, 7.0)
    student.stage.step(solver, *batch(12))
    _, expected = oracle("SGD", {"lr": 0.5}, (12,))
    close(student.stage.parameters(solver)[1], expected[1], name="the bias after one step")


@task(
    "2.1", facet="training", hint="It is self.optimizer that moves the parameters, by its own rule."
)
@pytest.mark.parametrize(("kind", "numbers"), OPTIMIZERS)
def test_optimizer_of_the_solver_is_used(student, kind, numbers):
    solver = student.stage.solver(*start(), training=True, optimizer=kind, numbers=numbers)
    for seed in (20, 21, 22):
        student.stage.step(solver, *batch(seed))
    _, expected = oracle(kind, numbers, (20, 21, 22))
    for got, want in zip(student.stage.parameters(solver), expected, strict=True):
        close(got, want, name=f"a parameter after three steps of {kind}")


@task(
    "2.1",
    facet="criterion",
    hint="The loss is that of self.criterion, which may weigh classes or be another one.",
)
@pytest.mark.parametrize("training", [True, False])
def test_criterion_of_the_solver_is_used(student, training):
    solver = student.stage.solver(*start(), training=training, class_weight=CLASS_WEIGHT)
    _, loss = student.stage.step(solver, *batch(30))
    (expected,), _ = oracle("SGD", {"lr": 0.5}, (30,), CLASS_WEIGHT)
    close(loss, expected, name="the loss")


@task("2.1", facet="evaluation", hint="Evaluation needs no graph: with torch.no_grad().")
def test_evaluation_builds_no_graph(student):
    solver = student.stage.solver(*start(), training=False)
    tracked = student.stage.has_graph(solver, *batch(40))
    assert tracked == [False, False], "In evaluation, output or loss still hangs on a graph."


@task(
    "2.1",
    facet="evaluation",
    hint="In evaluation the optimizer has nothing to do, momentum or not.",
)
def test_evaluation_after_training_moves_nothing(student):
    numbers = OPTIMIZERS[0][1]
    solver = student.stage.solver(*start(), training=True, numbers=numbers)
    student.stage.step(solver, *batch(50))
    solver.model.eval()
    student.stage.step(solver, *batch(51))
    _, expected = oracle("SGD", numbers, (50,))
    close(student.stage.parameters(solver)[0], expected[0], name="the weight after evaluation")


@task(
    "2.1",
    facet="evaluation",
    hint="Switch gradients off inside the evaluation only, e.g. in a with block.",
)
def test_training_goes_on_after_evaluation(student):
    solver = student.stage.solver(*start(), training=True, numbers={"lr": 0.5})
    for training, seed in ((True, 60), (False, 61), (True, 62)):
        solver.model.train(training)
        student.stage.step(solver, *batch(seed))
    _, expected = oracle("SGD", {"lr": 0.5}, (60, 62))
    close(student.stage.parameters(solver)[0], expected[0], name="the weight after both steps")


@task("2.1", facet="state", hint="Who calls the step chooses the mode; the step leaves it.")
@pytest.mark.parametrize("training", [True, False])
def test_mode_of_the_model_stays_and_it_is_called_once(student, training):
    solver = student.stage.solver(*start(), training=training)
    student.stage.step(solver, *batch(70))
    assert solver.model.training is training, f"The model's mode was changed from {training=}."
    assert solver.model.calls == 1, "The model was not called exactly once in a step."
