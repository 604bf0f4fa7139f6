"""What the tests build beside the student's code; nothing in here decides anything."""

from stage.cuts import run_with
from stage.models import checkpoint, filters_before_change, has, model
from stage.stand_ins import (
    Classifier,
    Linear,
    Shift,
    batches,
    generator,
    gradients,
    note,
    settings,
    sgd,
    small_autoencoder,
    state,
    training_batches,
)

__all__ = [
    "Classifier",
    "Linear",
    "Shift",
    "batches",
    "checkpoint",
    "filters_before_change",
    "generator",
    "gradients",
    "has",
    "model",
    "note",
    "run_with",
    "settings",
    "sgd",
    "small_autoencoder",
    "state",
    "training_batches",
]
