"""Tasks 2.2a to 2.2c: accuracy of the trained models on images that never enter a sandbox.

Only scores come back; they are compared with the labels here. The two fixed models were to be
trained with unchanged configurations, which is checked beside.
"""

import numpy as np
import pytest
import torch

from grader.suite import datasets, task

IMAGES = 1000
BATCH = 250  # 3 MB each
# As in the given cifar10.py: what the models were trained on.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
TWO_LAYERS, VANILLA = 0.25, 0.35  # the handout: about 0.3 and about 0.4
TRAIN = {"batch_size": "128", "learning_rate": "1e-3", "momentum": "0.9", "reg": "5e-4"}
TRAIN |= {"epochs": "10", "steps": "[6, 8]", "warmup": "0"}
REST = {"imbalance": "regular", "save_best": "true", "loss_type": "CE"}


def accuracy(student, model, path):
    """Share of the held-back images that the trained model puts into their class."""
    student.load_checkpoint(model, path)
    model.eval()
    held_back = datasets.load("cifar10", "test")
    right = 0
    for start in range(0, IMAGES, BATCH):
        part = slice(start, start + BATCH)
        scores = model(normalised(held_back.x[part]))
        assert torch.is_tensor(scores), "The trained model returned no tensor."
        assert scores.shape == (BATCH, 10), f"The scores have shape {tuple(scores.shape)}."
        right += int(np.sum(scores.argmax(dim=1).numpy() == held_back.y[part]))
    return right / IMAGES


def normalised(images):
    """Bytes to float32, mean 0 and standard deviation 1 per channel."""
    mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (MEAN, STD))
    return (torch.from_numpy(images).float() / 255 - mean) / std


def check_configuration(student, path, model):
    """The settings are the course's; comments, spaces and order do not matter."""
    lines = [line.partition("#")[0] for line in student.read_file(path).decode().splitlines()]
    pairs = [line.split(":", 1) for line in lines if line.startswith((" ", "\t")) and ":" in line]
    found = {name.strip(): "".join(value.split()) for name, value in pairs}
    wanted = {n: "".join(v.split()) for n, v in (TRAIN | REST | {"model": model}).items()}
    changed = sorted({n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n)})
    assert not changed, f"{path} was changed ({', '.join(changed)}); this model keeps it as given."


@task("2.2a", weight=2, slow=True, hint="Train with the configuration as it was given.")
def test_two_layers_reach_their_accuracy(student):
    check_configuration(student, "configs/config_twolayer.yaml", "TwoLayerNet")
    model = student.module("models.twolayer").TwoLayerNet(3072, 256, 10)
    found = accuracy(student, model, "checkpoints/twolayernet.pth")
    assert found >= TWO_LAYERS, f"TwoLayerNet is right on {found:.0%}, not {TWO_LAYERS:.0%}."


@task("2.2b", weight=2, slow=True, hint="Train with the configuration as it was given.")
def test_vanilla_cnn_reaches_its_accuracy(student):
    check_configuration(student, "configs/config_vanilla_cnn.yaml", "VanillaCNN")
    model = student.module("models.cnn").VanillaCNN()
    found = accuracy(student, model, "checkpoints/vanillacnn.pth")
    assert found >= VANILLA, f"VanillaCNN is right on {found:.0%}, not {VANILLA:.0%}."


@task("2.2c", weight=12, slow=True, hint="Each of 0.5, 0.6 and 0.7 earns a third of these points.")
@pytest.mark.parametrize("wanted", [0.5, 0.6, 0.7])
def test_my_model_reaches_accuracy(student, wanted):
    found = accuracy(
        student, student.module("models.my_model").MyModel(), "checkpoints/mymodel.pth"
    )
    assert found > wanted, f"MyModel is right on {found:.0%}; this asks for more than {wanted:.0%}."
