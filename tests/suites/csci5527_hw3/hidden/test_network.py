"""Problem 1 (a): can the network be trained with the chosen objective?"""

import torch

from grader.suite import close, task

LABELS = torch.tensor([1, 7, 7, 0, 4, 2, 9])


def slopes(student, model, loss, images):
    """The objective, and its gradient by every parameter of the network."""
    seen = student.value_and_grad(loss, model(images), LABELS)
    through = student.value_and_grad(model, images, upstream=seen.grads[0])
    return float(seen.value), through.parameters


def prepared(student):
    """A network without chance (dropout) in it, an objective, and images."""
    student.seed(3)
    model = student.optimizers.build_model()
    images = torch.rand((7, 1, 28, 28), generator=torch.Generator().manual_seed(1))
    model(images)
    model.eval()
    return model, student.optimizers.loss_fn(), images


@task(
    "1a",
    facet="learns",
    hint="Nothing between the input and the loss may cut the graph (argmax, detach).",
)
def test_every_parameter_gets_a_gradient(student):
    _, gradients = slopes(student, *prepared(student))
    close(bool(gradients), True, name="there are parameters", exact=True)
    for name, gradient in gradients.items():
        close(gradient is not None, True, name=f"{name} has a gradient", exact=True)


@task("1a", facet="learns", hint="The objective must tell by its gradient how to get better.")
def test_small_step_downhill_lowers_the_objective(student):
    model, loss, images = prepared(student)
    before, gradients = slopes(student, model, loss, images)
    length = sum(float(g.square().sum()) for g in gradients.values()) ** 0.5
    step = {name: -0.01 / length * g for name, g in gradients.items()}
    state = model.state_dict()
    model.load_state_dict({name: v + step.get(name, 0 * v) for name, v in state.items()})
    after, _ = slopes(student, model, loss, images)
    close(after < before, True, name="the objective is lower after the step", exact=True)


@task("1a", facet="learns", hint="A fresh network starts at random: no two of them are alike.")
def test_two_networks_differ(student):
    images = torch.rand((2, 1, 28, 28), generator=torch.Generator().manual_seed(2))
    first, second = (student.optimizers.build_model()(images) for _ in range(2))
    close(bool((first != second).any()), True, name="the scores differ", exact=True)
