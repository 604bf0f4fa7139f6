"""Problem 6: other weights, what depends on what, what the noise is like, steps of training."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

PLAIN, SKIP = ("prob6_CAE", "ConvAutoencoder"), ("prob6_CAE", "ConvAutoencoderSkip")


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_other_weights(model, seed):
    """Load random parameters, large enough that every relu and bias matters; by shape."""
    state = model.state_dict()
    state = {
        name: random(*p.shape, seed=seed + i) * (p[0].numel() ** -0.5)
        for i, (name, p) in enumerate(state.items())
    }
    model.load_state_dict(state)
    values = list(state.values())
    return {tuple(v.shape): (v, values[i + 1]) for i, v in enumerate(values) if v.ndim > 1}


def embedding(layers, x):
    x = F.max_pool2d(F.conv2d(x, *layers[4, 1, 3, 3], padding=1).clamp(min=0), 2)
    x = F.max_pool2d(F.conv2d(x, *layers[8, 4, 3, 3], padding=1).clamp(min=0), 2)
    return F.linear(F.linear(x.flatten(1), *layers[20, 392]).clamp(min=0), *layers[2, 20])


def images(layers, z):
    x = F.linear(F.linear(z, *layers[20, 2]).clamp(min=0), *layers[392, 20]).clamp(min=0)
    x = F.interpolate(x.view(-1, 8, 7, 7), scale_factor=2, mode="nearest")
    x = F.conv2d(x, *layers[4, 8, 3, 3], padding=1).clamp(min=0)
    x = F.interpolate(x, scale_factor=2, mode="nearest")
    return torch.sigmoid(F.conv2d(x, *layers[1, 4, 3, 3], padding=1))


@task(
    "6.1-model",
    facet="encoder",
    hint="Each relu and pooling, in order; a linear layer comes last.",
)
@given(seed=st.integers(0, 99), n=st.integers(1, 3), max_examples=5)
def test_encoder_with_other_weights(student, seed, n):
    model = student.stage.model(*PLAIN)
    layers, x = with_other_weights(model, seed), random(n, 1, 28, 28, seed=seed)
    close(model.encode(x), embedding(layers, x), name="the embedding")


@task(
    "6.1-model",
    facet="decoder",
    hint="Relu after 392 numbers, nearest upsampling, sigmoid at the end.",
)
@given(seed=st.integers(0, 99), n=st.integers(1, 3), max_examples=5)
def test_decoder_with_other_weights(student, seed, n):
    model = student.stage.model(*PLAIN)
    layers, z = with_other_weights(model, seed), 2 * random(n, 2, seed=seed)
    close(model.decode(z), images(layers, z), name="the images")


@task("6.1-model", facet="forward", hint="forward is decode(encode(x)), with nothing in between.")
def test_forward_decodes_what_was_encoded(student):
    model = student.stage.model(*PLAIN)
    layers, x = with_other_weights(model, 3), random(2, 1, 28, 28)
    close(model(x), images(layers, embedding(layers, x)), name="the reconstruction")


@task("6.2-model", facet="encoder", hint="The encoder is the same as without skips.")
@given(seed=st.integers(0, 99), n=st.integers(1, 3), max_examples=5)
def test_skip_encoder_with_other_weights(student, seed, n):
    model = student.stage.model(*SKIP)
    layers, x = with_other_weights(model, seed), random(n, 1, 28, 28, seed=seed)
    close(model.encode(x), embedding(layers, x), name="the embedding")


def results(student, *runs):
    """What three new models make of each (image, steps)."""
    for seed in range(3):
        student.seed(seed)
        model = student.stage.model(*SKIP)
        z = model.encode(runs[0][0])
        close(z * 0, torch.zeros(1, 2), name="the embedding, times 0")
        yield [student.stage.run_with(model, x, **steps) for x, steps in runs]


def differ(student, *runs):
    return any(not torch.equal(one, two) for one, two in results(student, *runs))


@task("6.2-model", facet="first", hint="The first skip carries what the first convolution found.")
def test_first_skip_carries_the_first_convolution(student):
    x, held = random(1, 1, 28, 28).abs(), {"conv2": 0.5, "embedding": 0.0}
    if not differ(student, (x, held), (x, held | {"conv1": "flipped"})):
        raise WrongAnswer("Nothing goes around the second convolution.")


@task(
    "6.2-model",
    facet="second",
    hint="The second skip carries what the second convolution found.",
)
def test_second_skip_carries_the_second_convolution(student):
    x, held = random(1, 1, 28, 28).abs(), {"embedding": -1.0}
    if not differ(student, (x, held | {"conv2": 0.0}), (x, held | {"conv2": "flipped"})):
        raise WrongAnswer("Nothing goes around the embedding from the second pooling layer.")


@task(
    "6.2-model",
    facet="embedding",
    hint="What decode makes of the embedding is joined with the skips, not dropped.",
)
def test_embedding_still_matters(student):
    x = random(1, 1, 28, 28).abs()
    if not differ(student, (x, {"embedding": 0.0}), (x, {"embedding": 9.0})):
        raise WrongAnswer("The reconstruction does not depend on the embedding.")


@task("6.2-model", facet="image", hint="Skips begin at the pooling layers, not at the image.")
def test_image_itself_is_no_skip(student):
    student.seed(0)
    model, held = student.stage.model(*SKIP), {"conv1": 0.3}
    z = model.encode(random(1, 1, 28, 28))
    close(z * 0, torch.zeros(1, 2), name="the embedding, times 0")
    one, two = (
        student.stage.run_with(model, random(1, 1, 28, 28, seed=i).abs(), **held) for i in (1, 2)
    )
    close(one, two, name="the reconstruction with the first convolution's output held")


@task("6.2-model", facet="alone", hint="One image is a batch, too: no squeeze().")
def test_single_image_is_reconstructed(student):
    model, x = student.stage.model(*SKIP), random(3, 1, 28, 28).abs()
    together = model(x)
    close(model.encode(x) * 0, torch.zeros(3, 2), name="the embedding, times 0")
    close(model(x[:1]), together[:1], name="the first reconstruction")


# ---- noise -------------------------------------------------------------------------------------


def noise(student, x, std, seed):
    return student.prob6_CAE.add_noise(x, std, student.stage.generator(seed))


@task("6.3-noise", facet="fresh", hint="Draw from the generator that you were given.")
def test_same_generator_state_gives_same_noise(student):
    x = torch.zeros(2, 1, 28, 28)
    one, two = noise(student, x, 0.3, 5), noise(student, x, 0.3, 5)
    if not one.std() > 0.1:
        raise WrongAnswer("There is no noise.")
    close(one, two, name="the noise", exact=True)


@task(
    "6.3-noise",
    facet="fresh",
    hint="Without a generator, PyTorch's own: another call, other noise.",
)
def test_noise_is_fresh_each_time(student):
    x = torch.full((2, 1, 28, 28), 0.5)
    one, two = student.prob6_CAE.add_noise(x), student.prob6_CAE.add_noise(x)
    if not (one - two).std() > 0.1:
        raise WrongAnswer("Two calls gave the same noise.")
    if not 0.22 < one.std() < 0.6:
        raise WrongAnswer(f"The noise has the deviation {one.std():.3f}; 0.3 is the default.")


@task(
    "6.3-noise",
    facet="pixels",
    hint="randn(x.shape): each pixel of each image has noise of its own.",
)
def test_every_pixel_has_its_own_noise(student):
    out = noise(student, torch.zeros(3, 2, 30, 40), 1.0, 3)
    for axis, name in enumerate(("images", "channels", "rows", "columns")):
        one, two = out.unbind(axis)[:2]
        if not (one - two).std() > 0.5:
            raise WrongAnswer(f"The noise is the same for all {name}.")


@task("6.3-noise", facet="gaussian", hint="randn, not rand; and no clipping to [0, 1].")
def test_noise_is_gaussian(student):
    x = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(4))
    e = noise(student, x, 0.3, 4) - x
    share = [(e.abs() > k * e.std()).double().mean().item() for k in (1, 2)]
    # 0.317 and 0.046 of a Gaussian lie outside one and two deviations.
    close(e.mean().item(), 0.0, name="the mean", atol=0.01)
    close(np.array(share), np.array([0.3173, 0.0455]), name="outside 1 and 2 deviations", rtol=0.05)
    outside = ((x + e < 0) | (x + e > 1)).double().mean().item()
    if not outside >= 0.05:
        raise WrongAnswer("No pixel left [0, 1]: the result is clipped.")


@task("6.3-noise", facet="types", hint="std=0 adds nothing; the result has the type of x.")
def test_no_noise_is_the_image_in_its_type(student):
    for dtype in (torch.float32, torch.float64):
        x = random(3, 5).abs().clamp(max=1).to(dtype)
        if not (noise(student, x, 0.3, 1) - x).abs().max() > 0:
            raise WrongAnswer("There is no noise even where it is asked for.")
        close(noise(student, x, 0.0, 1), x, name="the image", exact_dtype=True)


# ---- training ----------------------------------------------------------------------------------


def train(student, model, count, size, *rest):
    x = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(8))
    loader = student.stage.batches(x, torch.zeros(count, dtype=torch.int64), size)
    return x, student.prob6_CAE.train_model(model, loader, *rest)


@task("6.3-train", facet="clean", hint="With noise_std=0 the model sees the images as they are.")
def test_without_noise_the_model_sees_the_images(student):
    model = student.stage.Shift()
    model.eval()
    x, _ = train(student, model, 5, 3, 1, 1e-3)
    close(model.seen[1], x[3:], name="what the model saw")
    close(np.array(model.modes.value()), np.array([True, True]), name="training mode", exact=True)


@task(
    "6.3-train",
    facet="noise",
    hint="Add noise inside the loop over batches, not once before it.",
)
def test_noise_is_fresh_in_each_epoch(student):
    model = student.stage.Shift()
    train(student, model, 4, 4, 2, 1e-6, 0.3)
    if not (model.seen[0] - model.seen[1]).std() > 0.1:
        raise WrongAnswer("Both epochs saw the same noise.")


@task("6.3-train", facet="steps", hint="Adam with lr; zero_grad before each backward.")
def test_steps_of_adam_have_their_own_gradients(student):
    model = student.stage.Linear(torch.full((784,), 0.1), torch.full((784,), -2.0))
    _, losses = train(student, model, 8, 2, 2, 1e-4)
    moved = student.stage.state(model)["bias"] + 2.0
    # Two epochs of four steps, each of the learning rate, since the gradient hardly changes.
    close(moved, torch.full((784,), 8e-4), name="how far the biases moved", rtol=0.01)
    close(len(losses), 2, name="the number of losses", exact=True)


@task(
    "6.3-train",
    facet="losses",
    hint="The mean over an epoch's batches (or images), not their sum or the last.",
)
def test_loss_is_the_epochs_average(student):
    model = student.stage.Linear(torch.zeros(784), torch.zeros(784))
    x, losses = train(student, model, 6, 2, 2, 1e-7)
    close(len(losses), 2, name="the number of losses", exact=True)
    for loss in losses:
        close(loss, (x**2).mean().item(), name="the loss", rtol=1e-3)


@task(
    "6.3-train",
    facet="defaults",
    hint="epochs=10, lr=0.001, no noise unless the caller says otherwise.",
)
def test_defaults_are_ten_epochs_without_noise(student):
    model = student.stage.Linear(torch.full((784,), 0.1), torch.full((784,), -2.0))
    x, losses = train(student, model, 2, 2)
    close(len(losses), 10, name="the number of losses", exact=True)
    close(model.seen[9], x, name="what the model saw")
    moved = student.stage.state(model)["bias"] + 2.0
    close(moved, torch.full((784,), 0.01), name="how far the biases moved", rtol=0.02)
