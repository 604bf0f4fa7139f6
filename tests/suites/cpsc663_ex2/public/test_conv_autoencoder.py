"""Problem 6: both convolutional autoencoders with the student's weights; noise and training."""

import torch
import torch.nn.functional as F

from grader.suite import WrongAnswer, close, differ, given, task
from grader.suite import strategies as st

GENERATOR = torch.Generator().manual_seed(6)
IMAGES = torch.rand(3, 1, 28, 28, generator=GENERATOR)
POINTS = torch.randn(3, 2, generator=GENERATOR)
PLAIN, SKIP = ("prob6_CAE", "ConvAutoencoder"), ("prob6_CAE", "ConvAutoencoderSkip")


def layer(state, *shape):
    """Weight of this shape and the bias after it, whatever their names."""
    names = list(state)
    found = [i for i, name in enumerate(names) if tuple(state[name].shape) == shape]
    if len(found) != 1:
        raise WrongAnswer(f"The model has {len(found)} weights of shape {shape}, not 1.")
    bias = state[names[found[0] + 1]] if found[0] + 1 < len(names) else torch.zeros(())
    if tuple(bias.shape) != shape[:1]:
        raise WrongAnswer(f"The layer with the weight of shape {shape} has no bias.")
    return state[names[found[0]]].float(), bias.float()


def expected_embedding(state, x):
    """The handout's encoder with the student's weights."""
    x = F.max_pool2d(F.relu(F.conv2d(x, *layer(state, 4, 1, 3, 3), padding=1)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, *layer(state, 8, 4, 3, 3), padding=1)), 2)
    x = F.relu(F.linear(x.flatten(1), *layer(state, 20, 392)))
    return F.linear(x, *layer(state, 2, 20))


def doubled(x):
    """Each pixel as a block of 2 x 2."""
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def expected_images(state, z):
    """The handout's decoder with the student's weights."""
    x = F.relu(F.linear(z, *layer(state, 20, 2)))
    x = F.relu(F.linear(x, *layer(state, 392, 20))).view(-1, 8, 7, 7)
    x = F.relu(F.conv2d(doubled(x), *layer(state, 4, 8, 3, 3), padding=1))
    return torch.sigmoid(F.conv2d(doubled(x), *layer(state, 1, 4, 3, 3), padding=1))


@task(
    "6.1-model",
    facet="shape",
    hint="Two poolings halve 28 to 7; two upsamplings bring it back to 28.",
)
def test_reconstruction_has_shape_of_input(student):
    model = student.stage.model(*PLAIN)
    close(model.encode(IMAGES) * 0, torch.zeros(3, 2), name="the embedding, times 0")
    close(model(IMAGES) * 0, torch.zeros(3, 1, 28, 28), name="the reconstruction, times 0")


@task(
    "6.1-model",
    facet="count",
    hint="Count: four convolutions of kernel 3, four linear layers, all with bias.",
)
def test_model_has_16859_parameters(student):
    state = student.stage.model(*PLAIN).state_dict()
    close(sum(p.numel() for p in state.values()), 16859, name="their number", exact=True)


@task("6.1-model", facet="encoder", hint="Convolution, relu, pool; twice; linear, relu, linear.")
def test_encoder_matches_the_description(student):
    model = student.stage.model(*PLAIN)
    expected = expected_embedding(model.state_dict(), IMAGES)
    close(model.encode(IMAGES), expected, name="the embedding")


@task(
    "6.1-model",
    facet="decoder",
    hint="After 392 numbers: relu, (8, 7, 7), nearest upsampling, conv.",
)
def test_decoder_matches_the_description(student):
    model = student.stage.model(*PLAIN)
    expected = expected_images(model.state_dict(), POINTS)
    close(model.decode(POINTS), expected, name="the images")


@task(
    "6.1-checkpoint",
    facet="loads",
    hint="torch.save(model.state_dict(), 'mnist_cae.pt') after training.",
)
def test_checkpoint_loads_and_reconstructs(student):
    model = student.stage.model(*PLAIN)
    student.load_checkpoint(model, "mnist_cae.pt")
    close(model(IMAGES) * 0, torch.zeros(3, 1, 28, 28), name="the reconstruction, times 0")


@task(
    "6.2-model",
    facet="shape",
    hint="Sizes fit where both are 14 or both are 7 wide (or both 28 or 14).",
)
def test_skip_model_reconstructs(student):
    model = student.stage.model(*SKIP)
    close(model.encode(IMAGES) * 0, torch.zeros(3, 2), name="the embedding, times 0")
    got = model(IMAGES)
    close(got * 0, torch.zeros(3, 1, 28, 28), name="the reconstruction, times 0")
    close(got.clamp(0, 1), got, name="the pixels, between 0 and 1")


@task(
    "6.2-model",
    facet="encoder",
    hint="encode gives the embedding alone; its layers are those of 6.1.",
)
def test_skip_model_encodes_as_before(student):
    model = student.stage.model(*SKIP)
    expected = expected_embedding(model.state_dict(), IMAGES)
    close(model.encode(IMAGES), expected, name="the embedding")


def matters(student, one, two):
    """Whether two replacements of the model's steps give different reconstructions."""
    for seed in range(3):  # a new model may have a dead channel
        student.seed(seed)
        model = student.stage.model(*SKIP)
        close(model.encode(IMAGES) * 0, torch.zeros(3, 2), name="the embedding, times 0")
        results = [student.stage.run_with(model, x, **steps) for x, steps in (one, two)]
        if not torch.equal(*results):
            return True
    return False


@task(
    "6.2-model",
    facet="first",
    hint="Let what the first pooling gives reach the second upsampling.",
)
def test_first_skip_reaches_the_reconstruction(student):
    blind = {"conv2": 0.0}  # all that lies deeper sees the same for every image
    if not matters(student, (IMAGES[:1], blind), (IMAGES[1:2], blind)):
        raise WrongAnswer(
            "With the second convolution's output held at 0, all images give the same: nothing "
            "goes from the first pooling layer to the second upsampling layer."
        )


@task(
    "6.2-model",
    facet="second",
    hint="Let what the second pooling gives reach the first upsampling.",
)
def test_second_skip_reaches_the_reconstruction(student):
    image, point = IMAGES[:1], {"embedding": 1.0}
    if not matters(student, (image, point), (image, point | {"conv2": "flipped"})):
        raise WrongAnswer(
            "With the embedding held, changing the second convolution's output changes nothing: "
            "nothing goes from the second pooling layer to the first upsampling layer."
        )


@task(
    "6.2-checkpoint",
    facet="loads",
    hint="torch.save(model.state_dict(), 'mnist-cae-skip.pt') after training.",
)
def test_skip_checkpoint_loads_and_reconstructs(student):
    model = student.stage.model(*SKIP)
    path = student.stage.checkpoint("mnist-cae-skip.pt", "mnist_cae_skip.pt")
    student.load_checkpoint(model, path)
    close(model(IMAGES) * 0, torch.zeros(3, 1, 28, 28), name="the reconstruction, times 0")


@task("6.3-noise", facet="deviation", hint="out = x + std * e with e from torch.randn.")
@given(seed=st.integers(0, 99), std=st.sampled_from([0.05, 0.1]), max_examples=6)
def test_noise_has_the_deviation_asked_for(student, seed, std):
    x = torch.full((20, 1, 28, 28), 0.5)
    out = student.prob6_CAE.add_noise(x, std, student.stage.generator(seed))
    found = (out - x).std().item()
    if abs(found - std**0.5) < 0.03 * std**0.5:
        student.stage.note(f"add_noise: {std} was taken for the variance; that is accepted.")
    else:
        close(found, std, name="the noise's standard deviation", rtol=0.03)


@task(
    "6.3-noise",
    facet="alone",
    hint="Make a new tensor; `x += ...` changes the image that you were given.",
)
def test_noise_leaves_the_image_alone(student):
    image = student.put(IMAGES)
    noisy = student.prob6_CAE.add_noise(image, 0.3)
    differ(noisy, IMAGES, "add_noise added no noise.")  # who does nothing changes nothing
    close(image.value(), IMAGES, name="the image afterwards", exact=True)


@task("6.3-train", facet="noise", hint="model(add_noise(images, noise_std)), compared with images.")
def test_model_sees_noise_and_is_compared_with_clean_images(student):
    model = student.stage.Shift()  # gives back what it sees, so its loss is the noise's square
    x = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    loader = student.stage.batches(x, torch.zeros(64, dtype=torch.int64), 64)
    losses = student.prob6_CAE.train_model(model, loader, 1, 1e-6, 0.3)
    noise = model.seen[0] - x
    close(noise.mean().item(), 0.0, name="the mean of what was added", atol=0.02)
    if not noise.std().item() >= 0.1:
        raise WrongAnswer("The model saw the clean images, though noise_std is 0.3.")
    expected = (noise**2).mean().item()
    close(losses[0], expected, name="the loss, with clean images as the target", rtol=1e-3)
