"""Problem 5.4: the plane that the autoencoder embeds into, and what its training does per step."""

import numpy as np
import torch

from grader.suite import WrongAnswer, close, differ, task

X = torch.rand(4, 784, generator=torch.Generator().manual_seed(15))
POINTS = torch.tensor([[0.8, 0.6], [0.5, 1.1], [1.2, 0.9]])


def autoencoder(student):
    return student.stage.model("prob5_AE", "Autoencoder")


@task(
    "5.4-model",
    facet="alone",
    hint="Each image is embedded by itself, whatever else is in the batch.",
)
def test_images_are_embedded_one_by_one(student):
    model = autoencoder(student)
    together = model.encode(X)
    close(together * 0, torch.zeros(4, 2), name="the embedding, times 0")
    for i in range(4):
        close(model.encode(X[i : i + 1]), together[i : i + 1], name="the embedding")


@task("5.4-model", facet="bends", hint="No ReLU, sigmoid or tanh before the decoder's first layer.")
def test_decoder_tells_far_points_apart(student):
    model = autoencoder(student)
    at_zero = model.decode(torch.zeros(3, 2))
    close(at_zero * 0, torch.zeros(3, 784), name="the images, times 0")
    near, far = model.decode(60 * POINTS), model.decode(120 * POINTS)
    differ(model.decode(-POINTS), at_zero, "decode cannot tell negative points from 0.")
    differ(near, far, "decode cannot tell points far from 0 from points twice as far.")


@task("5.4-model", facet="nonlinear", hint="Put a ReLU between the decoder's linear layers.")
def test_decoder_is_not_linear(student):
    model = autoencoder(student)
    one, two, both, none = (
        torch.logit(model.decode(z).double().clamp(1e-9, 1 - 1e-9))
        for z in (
            9 * POINTS[:1],
            -5 * POINTS[1:2],
            9 * POINTS[:1] - 5 * POINTS[1:2],
            0 * POINTS[:1],
        )
    )
    plain = [model.decode(z) for z in (9 * POINTS[:1], -9 * POINTS[:1], 0 * POINTS[:1])]
    linear = "decode has no non-linearity between its linear layers."
    differ(plain[0] + plain[1], 2 * plain[2], linear)
    # Under a sigmoid at the end, the numbers before it.
    differ(both - none, (one - none) + (two - none), linear, by=1e-3)


@task("5.4-model", facet="gradients", hint="Every layer that you make must be used.")
def test_reconstruction_reaches_every_parameter(student):
    for seed in range(4):
        student.seed(seed)
        model = autoencoder(student)
        found = student.value_and_grad(model, X, wrt=(), upstream=X - 0.5).parameters
        idle = [name for name, g in found.items() if g is None]
        if found and not idle:
            return
    raise WrongAnswer(f"No gradient reaches {', '.join(idle) or 'any parameter'}.")


def train(student, model, count, size, *rest):
    images = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(7))
    loader = student.stage.batches(images, torch.zeros(count, dtype=torch.int64), size)
    return images, student.prob5_AE.train_model(model, loader, *rest)


def affine(student):
    """A stand-in whose every gradient is far from 0: it gives numbers below all pixels."""
    return student.stage.Linear(torch.full((784,), 0.1), torch.full((784,), -2.0))


@task("5.4-train", facet="steps", hint="torch.optim.Adam(model.parameters(), lr=lr).")
def test_first_step_of_adam_is_the_learning_rate(student):
    model = affine(student)
    train(student, model, 8, 8, 1, 0.01)
    got = student.stage.state(model)["bias"]
    close(got, torch.full((784,), -1.99), name="the biases after one step", atol=1e-5)


@task("5.4-train", facet="steps", hint="zero_grad before each backward; one step per batch.")
def test_steps_have_their_own_gradients(student):
    model = affine(student)
    train(student, model, 8, 2, 2, 1e-4)
    moved = student.stage.state(model)["bias"] + 2.0
    # Two epochs of four steps, each of the learning rate, since the gradient hardly changes.
    close(moved, torch.full((784,), 8e-4), name="how far the biases moved", rtol=0.01)


@task(
    "5.4-train",
    facet="defaults",
    hint="epochs=10 and lr=0.001 unless the caller says otherwise.",
)
def test_defaults_are_ten_epochs_of_a_thousandth(student):
    model = affine(student)
    _, losses = train(student, model, 2, 2)
    close(len(losses), 10, name="the number of losses", exact=True)
    moved = student.stage.state(model)["bias"] + 2.0
    close(moved, torch.full((784,), 0.01), name="how far the biases moved", rtol=0.02)


@task(
    "5.4-train",
    facet="modes",
    hint="model.train() first; rows of 784 pixels: images.flatten(1).",
)
def test_model_sees_rows_in_training_mode(student):
    model = affine(student)
    model.eval()
    images, _ = train(student, model, 5, 3, 1, 1e-3)
    close(np.array(model.modes.value()), np.array([True, True]), name="training mode", exact=True)
    close(model.seen[0], images[:3].flatten(1), name="what the model saw")


@task(
    "5.4-train",
    facet="losses",
    hint="The mean over an epoch's batches (or images), not their sum or the last.",
)
def test_loss_is_the_epochs_average(student):
    model = student.stage.Linear(torch.zeros(784), torch.zeros(784))
    images, losses = train(student, model, 6, 2, 2, 1e-7)
    expected = (images**2).mean().item()
    close(len(losses), 2, name="the number of losses", exact=True)
    for loss in losses:
        close(loss, expected, name="the loss", rtol=1e-3)
