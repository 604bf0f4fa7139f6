"""Transfer learning: a pretrained network gets a new head and learns to tell two kinds of X-rays.

Owns problem 4 of the homework: making the model, weighing the classes, training. `chest_xray.py`
puts it to use on the images. Letters in shapes: N images, K classes, F features before the head.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn


def build_model(backbone: nn.Module, num_classes: int = 2, strategy: str = "freeze") -> nn.Module:
    """Give a pretrained network a new last layer and choose what is to be trained.

        freeze     only the new head learns
        finetune   everything learns, from the pretrained parameters on
        scratch    everything learns; the architecture is kept, but every layer starts as a fresh
                   one does, running statistics included

    Args:
        backbone: a network whose last layer is `backbone.fc`, an `nn.Linear` of F features, as in
            torchvision's ResNets. All of its parameters require a gradient. It may be changed.
        num_classes: K.
        strategy: "freeze", "finetune" or "scratch".

    Returns:
        A network from images to scores (N, K). The old head is no part of it.

    Raises:
        ValueError: another strategy.

    Source: homework 3, problem 4 (a).
    """
    # BEGIN SOLUTION task 4a
    if strategy not in ("freeze", "finetune", "scratch"):
        raise ValueError(f"strategy is {strategy!r}, but must be freeze, finetune or scratch")
    if strategy == "scratch":
        for module in backbone.modules():
            reset = getattr(module, "reset_parameters", lambda: None)
            reset()
    backbone.requires_grad_(strategy != "freeze")
    head = cast("nn.Linear", backbone.fc)
    backbone.fc = nn.Linear(head.in_features, num_classes)  # a new layer requires gradients
    return backbone
    # END SOLUTION


def class_weights(counts: Sequence[int]) -> Tensor:
    """Weigh the classes of an unbalanced training set: the fewer images, the larger the weight.

    Args:
        counts: how many images each class has, K numbers of at least 1.

    Returns:
        Weights with mean 1, shape (K,), float32. Equal counts have equal weights.

    Source: homework 3, problem 4 (a), hint on training.
    """
    # BEGIN SOLUTION task 4a
    inverse = 1 / torch.tensor(counts, dtype=torch.float32)  # (K,)
    return inverse / inverse.mean()
    # END SOLUTION


def train_model(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    epochs: int,
    lr: float,
    weights: Tensor | None,
) -> list[float]:
    """Train a classifier with the (weighted) cross-entropy, one step for each batch.

    Training is done in training mode, whatever mode the model comes in; afterwards the model is in
    evaluation mode, ready to predict. Parameters that require no gradient stay as they are.

    Args:
        model: from images to scores (N, K).
        loader: batches of images and labels (N,), int64; walked through once in each epoch.
        epochs: how often.
        lr: learning rate.
        weights: of the classes, shape (K,); None weighs them all alike.

    Returns:
        For each epoch, the mean over its batches of the objective before the batch's step.

    Source: homework 3, problem 4 (a).
    """
    # BEGIN SOLUTION task 4a
    objective = nn.CrossEntropyLoss(weight=weights)
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=lr)
    history = []
    model.train()
    for _ in range(epochs):
        losses = []
        for images, labels in loader:
            optimizer.zero_grad()
            loss = objective(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    model.eval()
    return history
    # END SOLUTION
