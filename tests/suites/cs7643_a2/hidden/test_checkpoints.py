"""Tasks 2.2a to 2.2c: accuracy of the trained models on images that never enter a sandbox.

Only scores come back; they are compared with the labels here. The two fixed models were to be
trained with unchanged configurations, which is checked beside.
"""

import numpy as np
import pytest
import torch
import yaml

from grader.suite import datasets, task

IMAGES = 1000
BATCH = 250  # 3 MB each
# As in the given cifar10.py: what the models were trained on.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
TWO_LAYERS, VANILLA = 0.25, 0.35  # the handout: about 0.3 and about 0.4
MAX_CONFIGURATION_BYTES = 20_000
TRAIN = {"batch_size": 128, "learning_rate": 1e-3, "momentum": 0.9, "reg": 5e-4}
TRAIN |= {"epochs": 10, "steps": [6, 8], "warmup": 0}
REST = {"imbalance": "regular", "save_best": True, "loss_type": "CE"}


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
    """The settings have the course's values, however they are written; one left out has its own."""
    content = student.read_file(path)
    assert len(content) <= MAX_CONFIGURATION_BYTES, f"{path} is far longer than the one given."
    try:
        sections = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as exc:
        raise AssertionError(f"{path} is not YAML; this model keeps it as given.") from exc
    assert isinstance(sections, dict), f"{path} has no settings; this model keeps it as given."
    settings = dict(sections)
    for section in sections.values():
        settings |= section if isinstance(section, dict) else {}
    wanted = TRAIN | REST | {"model": model}
    changed = sorted(n for n in wanted if n in settings and value_of(settings[n]) != wanted[n])
    assert not changed, f"{path} was changed ({', '.join(changed)}); this model keeps it as given."


def value_of(value):
    """A number where the text is one: YAML takes 5e-4 for a word."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


@task(
    "2.2a",
    facet="checkpoint",
    weight=3,
    slow=True,
    hint="Train with the configuration as it was given.",
)
def test_two_layers_reach_their_accuracy(student):
    check_configuration(student, "configs/config_twolayer.yaml", "TwoLayerNet")
    model = student.module("models.twolayer").TwoLayerNet(3072, 256, 10)
    found = accuracy(student, model, "checkpoints/twolayernet.pth")
    assert found >= TWO_LAYERS, f"TwoLayerNet is right on {found:.0%}, not {TWO_LAYERS:.0%}."


@task(
    "2.2b",
    facet="checkpoint",
    weight=3,
    slow=True,
    hint="Train with the configuration as it was given.",
)
def test_vanilla_cnn_reaches_its_accuracy(student):
    check_configuration(student, "configs/config_vanilla_cnn.yaml", "VanillaCNN")
    model = student.module("models.cnn").VanillaCNN()
    found = accuracy(student, model, "checkpoints/vanillacnn.pth")
    assert found >= VANILLA, f"VanillaCNN is right on {found:.0%}, not {VANILLA:.0%}."


@task(
    "2.2c",
    cases="thresholds",
    facet="accuracy",
    slow=True,
    hint="Each of 0.5, 0.6 and 0.7 earns a third of these points.",
)
@pytest.mark.parametrize("wanted", [0.5, 0.6, 0.7])
def test_my_model_reaches_accuracy(student, wanted):
    found = accuracy(
        student, student.module("models.my_model").MyModel(), "checkpoints/mymodel.pth"
    )
    assert found > wanted, f"MyModel is right on {found:.0%}; this asks for more than {wanted:.0%}."
