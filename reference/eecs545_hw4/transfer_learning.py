"""Transfer learning in PyTorch: a network trained on ImageNet learns to tell ants from bees.

    python transfer_learning.py            once with all weights trained, once with the last layer

Owns problem 5. For your report (5e) put `hymenoptera_data/` into this folder: the course's archive,
with folders `train` and `val` of one folder per class. What the functions share:

- `dataloaders` has the keys "train" and "val"; each value yields `(inputs, labels)`, batches of
  shape (N, 3, H, W) and (N,). The last batch may be smaller than the others.
- `dataset_sizes` has the same keys: how many images there are in all.
- Models and batches are used on `device`.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torchvision import datasets, models, transforms

Loaders: TypeAlias = Mapping[str, Any]

FOLDER = "hymenoptera_data"
MEAN = (0.485, 0.456, 0.406)  # of ImageNet's channels: what the trained network expects
STD = (0.229, 0.224, 0.225)

# What works well here; other settings, and other optimizers, are fine.
RATE, MOMENTUM = 0.001, 0.9
DECAY, DECAY_EPOCHS = 0.1, 7  # the rate becomes a tenth every seven epochs


def train_model(
    device: torch.device,
    dataloaders: Loaders,
    dataset_sizes: Mapping[str, int],
    model: nn.Module,
    criterion: nn.Module,
    optimizer: optim.Optimizer,
    scheduler: Any,
    num_epochs: int = 25,
) -> nn.Module:
    """Train a model, and keep the weights that were best on the validation images.

    Every epoch goes through the training batches in training mode, one step of the optimizer per
    batch, each with the gradient of that batch alone. Then the scheduler makes one step. Then the
    validation images are classified in evaluation mode, without gradients.

        accuracy = number of validation images classified correctly / dataset_sizes["val"]

    Args:
        device: where to compute.
        dataloaders: batches of "train" and "val".
        dataset_sizes: number of images of "train" and "val".
        model: maps (N, 3, H, W) to logits (N, number of classes).
        criterion: maps (logits, labels) to a loss, a mean over the batch.
        optimizer: of the model's parameters.
        scheduler: of the optimizer's learning rate.
        num_epochs: how often to go through the training images.

    Returns:
        The model with the weights and buffers that it had after the epoch with the highest
        validation accuracy (of several, any).

    Source: homework 4, task 5a.
    """
    # BEGIN SOLUTION task 5a
    best_accuracy, best = float("-inf"), copy.deepcopy(model.state_dict())
    for _ in range(num_epochs):
        model.train()
        for inputs, labels in dataloaders["train"]:
            optimizer.zero_grad()
            loss = criterion(model(inputs.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
        scheduler.step()
        model.eval()
        correct = 0
        with torch.no_grad():
            for inputs, labels in dataloaders["val"]:
                predicted = model(inputs.to(device)).argmax(dim=1)  # (N, classes) -> (N,)
                correct += int((predicted == labels.to(device)).sum())
        accuracy = correct / dataset_sizes["val"]
        if accuracy > best_accuracy:  # a copy, since the state dict shares the model's memory
            best_accuracy, best = accuracy, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return model
    # END SOLUTION


def visualize_model(
    device: torch.device,
    dataloaders: Loaders,
    model: nn.Module,
    class_names: Sequence[str],
    num_images: int = 6,
) -> None:
    """Show the first validation images, each under the class that the model takes it for.

    Each image is a drawing of its own (`imshow` below), with the name of the predicted class in its
    title. The model is asked in evaluation mode and is left in the mode it was in.

    Args:
        device: where to compute.
        dataloaders: batches; those of "val" are shown.
        model: maps (N, 3, H, W) to logits (N, number of classes).
        class_names: name of each class.
        num_images: how many images; all of them if there are fewer.

    Source: homework 4, task 5b.
    """
    # BEGIN SOLUTION task 5b
    was_training = model.training
    model.eval()
    shown = 0
    with torch.no_grad():
        for inputs, _ in dataloaders["val"]:
            predicted = model(inputs.to(device)).argmax(dim=1)  # (N,)
            for image, number in zip(inputs, predicted.tolist(), strict=True):
                if shown < num_images:
                    shown += 1
                    plt.figure()
                    imshow(image, f"predicted: {class_names[number]}")
    model.train(was_training)
    plt.show()
    # END SOLUTION


def finetune(
    device: torch.device,
    dataloaders: Loaders,
    dataset_sizes: Mapping[str, int],
    class_names: Sequence[str],
) -> nn.Module | None:
    """Train all weights of a ResNet-18 that starts from those of ImageNet.

    The network is `models.resnet18` of torchvision with trained weights; its last layer `fc` is
    replaced by a new one with one output per class. All parameters are trained, by `train_model`.

    Args:
        device: where to compute.
        dataloaders: batches of "train" and "val".
        dataset_sizes: number of images of "train" and "val".
        class_names: name of each class.

    Returns:
        The trained model, or None.

    Source: homework 4, task 5c.
    """
    # BEGIN SOLUTION task 5c
    model = models.resnet18(weights="DEFAULT")
    model.fc = nn.Linear(model.fc.in_features, len(class_names))
    model = model.to(device)
    optimizer = optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=DECAY_EPOCHS, gamma=DECAY)
    loss = nn.CrossEntropyLoss()
    return train_model(device, dataloaders, dataset_sizes, model, loss, optimizer, scheduler)
    # END SOLUTION


def freeze(
    device: torch.device,
    dataloaders: Loaders,
    dataset_sizes: Mapping[str, int],
    class_names: Sequence[str],
) -> nn.Module | None:
    """Train only the last layer of a ResNet-18; all other weights stay those of ImageNet.

    As `finetune`, but no parameter except those of the new `fc` changes by a single bit. (Running
    averages of batch normalization are no parameters and may change.)

    Args:
        device: where to compute.
        dataloaders: batches of "train" and "val".
        dataset_sizes: number of images of "train" and "val".
        class_names: name of each class.

    Returns:
        The trained model, or None.

    Source: homework 4, task 5d.
    """
    # BEGIN SOLUTION task 5d
    model = models.resnet18(weights="DEFAULT")
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.fc = nn.Linear(model.fc.in_features, len(class_names))  # new, so its weights do train
    model = model.to(device)
    optimizer = optim.SGD(model.fc.parameters(), lr=RATE, momentum=MOMENTUM)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=DECAY_EPOCHS, gamma=DECAY)
    loss = nn.CrossEntropyLoss()
    return train_model(device, dataloaders, dataset_sizes, model, loss, optimizer, scheduler)
    # END SOLUTION


# ---- given ------------------------------------------------------------------------------


def imshow(image: torch.Tensor, title: str) -> None:
    """Draw an image of shape (3, H, W), as the data loaders give it, into the current axes."""
    plain = image.cpu() * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    plt.imshow(plain.clamp(0, 1).permute(1, 2, 0).numpy())  # (H, W, 3)
    plt.title(title)
    plt.axis("off")


def load() -> tuple[Loaders, dict[str, int], list[str]]:
    """Batches, sizes and class names of the images in `hymenoptera_data/`."""
    scaled = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    ways = {
        "train": [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), *scaled],
        "val": [transforms.Resize(256), transforms.CenterCrop(224), *scaled],
    }
    images = {
        split: datasets.ImageFolder(f"{FOLDER}/{split}", transforms.Compose(way))
        for split, way in ways.items()
    }
    loaders = {
        split: torch.utils.data.DataLoader(images[split], batch_size=4, shuffle=split == "train")
        for split in images
    }
    return loaders, {split: len(images[split]) for split in images}, images["train"].classes


def main() -> None:
    """Both ways of training, and pictures of what the models say."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loaders, sizes, names = load()
    for way in (finetune, freeze):
        model = way(device, loaders, sizes, names)
        if model is not None:
            visualize_model(device, loaders, model, names)


if __name__ == "__main__":
    main()
