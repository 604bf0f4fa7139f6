"""Problems 4 to 6 on MNIST: what the checkpoints reach, and what training makes of new models.

Checkpoints are judged on 500 images of MNIST's test split that lie beside this file, so that the
verdict is the same on a machine that only has a stand-in. New models are trained and judged on the
data set that is installed.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from grader.suite import WrongAnswer, datasets, task

IMAGES = 500


def pixels(x):
    """Bytes (N, 28, 28) as images (N, 1, 28, 28) between 0 and 1."""
    return torch.tensor(x, dtype=torch.float32)[:, None] / 255


def sample():
    """Images and digits of the real test split."""
    with np.load(Path(__file__).with_name("mnist_test_500.npz")) as arrays:
        return pixels(arrays["x"]), torch.tensor(arrays["y"])


def installed():
    """Images and digits of the installed test split, which no submission has seen."""
    test = datasets.load("mnist", "test")
    return pixels(test.x[:IMAGES]), torch.tensor(test.y[:IMAGES])


def square_error(got, x, name):
    """Mean square of what reconstructions are off by."""
    if not isinstance(got, torch.Tensor) or got.shape != x.shape:
        raise WrongAnswer(f"{name}: the reconstructions have not the shape {tuple(x.shape)}.")
    error = F.mse_loss(got.double(), x.double()).item()
    if error == 0:
        raise WrongAnswer(f"{name}: gives the images back as they came; nothing was reconstructed.")
    return error


def two_components(x):
    """Mean square that is left when these images are projected on their best plane (PCA)."""
    rows = x.flatten(1).double()
    singular = torch.linalg.svdvals(rows - rows.mean(0))
    return (singular[2:] ** 2).sum().item() / rows.numel()


def mean_image(x):
    """Mean square that is left when each image is replaced by their mean."""
    return ((x - x.mean(0)) ** 2).mean().item()


def accuracy(model, x, y):
    scores = torch.cat([model(part) for part in x.split(250)])
    if scores.shape != (len(x), 10):
        raise WrongAnswer(f"The scores have the shape {tuple(scores.shape)}.")
    return (scores.argmax(1) == y).double().mean().item()


def below(error, limit, what):
    if not error < limit:
        raise WrongAnswer(f"{what}: mean squared error {error:.4f}, not below {limit:.4f}.")


@task("4.2-checkpoint", facet="accuracy", slow=True, hint="Five epochs give 98 % or more.")
def test_cnn_checkpoint_classifies(student):
    x, y = sample()
    model = student.stage.model("prob4_CNN", "CNN")
    student.load_checkpoint(model, "mnist_cnn.pt")
    right = accuracy(model, x, y)
    if not right >= 0.95:
        raise WrongAnswer(f"mnist_cnn.pt: {100 * right:.1f} % of {IMAGES} images are right.")


@task(
    "5.4-checkpoint",
    facet="accuracy",
    slow=True,
    hint="Train on until it beats PCA with two components.",
)
def test_autoencoder_checkpoint_beats_pca(student):
    x = sample()[0].flatten(1)
    model = student.stage.model("prob5_AE", "Autoencoder")
    student.load_checkpoint(model, "mnist_ae.pt")
    below(square_error(model(x), x, "mnist_ae.pt"), two_components(x), "mnist_ae.pt")


@task(
    "6.1-checkpoint",
    facet="accuracy",
    slow=True,
    hint="Train on; another seed helps if all outputs look alike.",
)
def test_conv_autoencoder_checkpoint_beats_mean_image(student):
    x, _ = sample()
    model = student.stage.model("prob6_CAE", "ConvAutoencoder")
    student.load_checkpoint(model, "mnist_cae.pt")
    below(square_error(model(x), x, "mnist_cae.pt"), 0.8 * mean_image(x), "mnist_cae.pt")


@task(
    "6.2-checkpoint",
    facet="accuracy",
    slow=True,
    hint="With both skips, reconstructions are nearly perfect.",
)
def test_skip_checkpoint_reconstructs_well(student):
    x, _ = sample()
    model = student.stage.model("prob6_CAE", "ConvAutoencoderSkip")
    path = student.stage.checkpoint("mnist-cae-skip.pt", "mnist_cae_skip.pt")
    student.load_checkpoint(model, path)
    below(square_error(model(x), x, path), 0.5 * two_components(x), path)


@task(
    "4.2-train",
    facet="learns",
    slow=True,
    hint="First make the other tests of 4.2-model and 4.2-train pass.",
)
def test_cnn_learns_digits(student):
    x, y = installed()
    student.seed(0)
    model = student.stage.model("prob4_CNN", "CNN")
    optimizer, settings = student.stage.sgd(model, 0.1), student.stage.settings()
    loader = student.stage.training_batches(1500, 10)
    student.prob4_CNN.train(settings, model, "cpu", loader, optimizer, 1)
    right = accuracy(model.eval(), x, y)
    if not right >= 0.6:
        raise WrongAnswer(f"After 150 steps, {100 * right:.0f} % of {IMAGES} images are right.")


@task(
    "5.4-train",
    facet="learns",
    slow=True,
    hint="First make the other tests of 5.4-model and 5.4-train pass.",
)
def test_autoencoder_learns_digits(student):
    x = installed()[0].flatten(1)
    baseline = mean_image(x)
    for seed in range(3):  # one may get stuck with dead neurons
        student.seed(seed)
        model = student.stage.model("prob5_AE", "Autoencoder")
        student.prob5_AE.train_model(model, student.stage.training_batches(3000, 25), 5)
        error = square_error(model.eval()(x), x, "Autoencoder")
        if error < 0.93 * baseline:
            return
    below(error, 0.93 * baseline, "After five epochs on 3,000 images")
