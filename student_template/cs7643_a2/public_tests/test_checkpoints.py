"""Tasks 2.2a to 2.2c: the trained weights fit the models they are handed in with."""

import torch

from grader.suite import strategies as st
from grader.suite import task

IMAGES = torch.from_numpy(st.fill((4, 3, 32, 32), 1, dtype="float32"))


def check(student, model, path):
    """Loads, and scores images."""
    student.load_checkpoint(model, path)
    model.eval()
    scores = model(IMAGES)
    assert torch.is_tensor(scores), "The trained model returned no tensor."
    assert scores.shape == (4, 10), f"The scores have shape {tuple(scores.shape)}, not (4, 10)."
    assert torch.isfinite(scores).all(), "Some scores of the trained model are infinite or NaN."
    assert len({tuple(row) for row in scores.tolist()}) > 1, "All images have the same scores."


@task("2.2a", facet="checkpoint", hint="python train.py configs/config_twolayer.yaml saves it.")
def test_checkpoint_of_two_layers_fits(student):
    model = student.module("models.twolayer").TwoLayerNet(3072, 256, 10)
    check(student, model, "checkpoints/twolayernet.pth")


@task("2.2b", facet="checkpoint", hint="python train.py configs/config_vanilla_cnn.yaml saves it.")
def test_checkpoint_of_vanilla_cnn_fits(student):
    check(student, student.module("models.cnn").VanillaCNN(), "checkpoints/vanillacnn.pth")


@task("2.2c", facet="checkpoint", hint="python train.py configs/config_mymodel.yaml saves it.")
def test_checkpoint_of_my_model_fits(student):
    check(student, student.module("models.my_model").MyModel(), "checkpoints/mymodel.pth")
