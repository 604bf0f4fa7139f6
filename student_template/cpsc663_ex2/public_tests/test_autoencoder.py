"""Problem 5.4: the autoencoder, its embedding and its training, on random images and discs."""

import torch

from grader.suite import WrongAnswer, close, differ, task

GENERATOR = torch.Generator().manual_seed(5)
IMAGES = torch.rand(3, 784, generator=GENERATOR)
ONE, TWO = 9 * torch.randn(2, 1, 784, generator=GENERATOR)


def discs(count, generator):
    """Images (N, 1, 28, 28) of a soft disc somewhere: two numbers say all about each."""
    centre = 6 + 16 * torch.rand(count, 2, 1, 1, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    distance = (rows - centre[:, 0]) ** 2 + (columns - centre[:, 1]) ** 2  # (N, 28, 28)
    return torch.exp(-distance / 30)[:, None]


@task("5.4-model", facet="shape", hint="784 pixels in, 784 pixels out, for any number of images.")
def test_reconstruction_has_shape_of_input(student):
    model = student.stage.model("prob5_AE", "Autoencoder")
    for n in (1, 3):
        close(model.encode(IMAGES[:n]) * 0, torch.zeros(n, 2), name="the embedding, times 0")
        close(model(IMAGES[:n]) * 0, torch.zeros(n, 784), name="the reconstruction, times 0")


@task("5.4-model", facet="embedding", hint="encode gives two numbers per image, decode takes them.")
def test_embedding_has_two_dimensions(student):
    z = student.stage.model("prob5_AE", "Autoencoder").encode(IMAGES)
    close(z * 0, torch.zeros(3, 2), name="the embedding, times 0")


@task("5.4-model", facet="forward", hint="forward is decode(encode(x)), with nothing in between.")
def test_forward_decodes_what_was_encoded(student):
    for seed in range(3):  # points of one model may all lie on one side of 0
        student.seed(seed)
        model = student.stage.model("prob5_AE", "Autoencoder")
        z = model.encode(IMAGES)
        close(z * 0, torch.zeros(3, 2), name="the embedding, times 0")
        close(model(IMAGES), model.decode(z), name="the reconstruction")


@task("5.4-model", facet="bends", hint="No ReLU, sigmoid or tanh after the encoder's last layer.")
def test_nothing_bends_the_embedding(student):
    model = student.stage.model("prob5_AE", "Autoencoder")
    before = model.encode(IMAGES)
    state = model.state_dict()
    biases = [name for name, p in state.items() if tuple(p.shape) == (2,)]
    if not biases:
        raise WrongAnswer("No bias of two numbers: the encoder must end with a linear layer.")
    shift = torch.tensor([-100.0, 100.0])
    for name in biases:
        model.load_state_dict({**state, name: state[name] + shift})
        after = model.encode(IMAGES)
        if (after - before - shift).abs().max() < 0.01:
            return
    close(after, before + shift, name="the embedding with the last bias shifted by [-100, 100]")


@task("5.4-model", facet="nonlinear", hint="Put a ReLU between the encoder's linear layers.")
def test_encoder_is_not_linear(student):
    model = student.stage.model("prob5_AE", "Autoencoder")
    one, two, both, none = (model.encode(x) for x in (ONE, TWO, ONE + TWO, torch.zeros(1, 784)))
    affine = "encode is an affine function: it has no non-linearity."
    differ(both - none, (one - none) + (two - none), affine)


@task("5.4-train", facet="learns", hint="Does each batch take one step, against its own gradient?")
def test_training_beats_the_mean_image(student):
    student.seed(1)
    images = discs(192, torch.Generator().manual_seed(1))
    model = student.stage.small_autoencoder()
    loader = student.stage.batches(images, torch.zeros(192, dtype=torch.int64), 16)
    student.prob5_AE.train_model(model, loader, 25, 0.003)
    error = ((model(images) - images) ** 2).mean().item()
    baseline = ((images.mean(0) - images) ** 2).mean().item()
    if not error < 0.6 * baseline:
        raise WrongAnswer(
            f"After 25 epochs the reconstructions of 192 simple images are off by {error:.4f} "
            f"(mean square); the mean image alone is off by {baseline:.4f}."
        )


@task("5.4-train", facet="losses", hint="Append one number per epoch, as a float (loss.item()).")
def test_training_returns_a_loss_per_epoch(student):
    images = IMAGES.view(3, 1, 28, 28)
    loader = student.stage.batches(images, torch.zeros(3, dtype=torch.int64), 3)
    model = student.stage.Linear(torch.zeros(784), torch.zeros(784))
    losses = student.prob5_AE.train_model(model, loader, 4, 1e-6)
    close(len(losses), 4, name="the number of losses", exact=True)
    close(losses[0], (IMAGES**2).mean().item(), name="the first loss", rtol=1e-3)


@task(
    "5.4-checkpoint",
    facet="loads",
    hint="torch.save(model.state_dict(), 'mnist_ae.pt') after training.",
)
def test_checkpoint_loads_and_reconstructs(student):
    model = student.stage.model("prob5_AE", "Autoencoder")
    student.load_checkpoint(model, "mnist_ae.pt")
    close(model(IMAGES) * 0, torch.zeros(3, 784), name="the reconstruction, times 0")
