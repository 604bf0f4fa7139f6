"""Training of one model on CIFAR-10: data, loss, optimizer, schedule, checkpoint.

    solver = Solver(model="VanillaCNN", epochs=10)
    history = solver.train()

Prints nothing; `train.py` shows the progress.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from cifar10 import loaders
from losses.focal_loss import FocalLoss, reweight
from models.cnn import VanillaCNN
from models.my_model import MyModel
from models.resnet import resnet32
from models.twolayer import TwoLayerNet
from torch import nn

DEFAULTS: dict[str, Any] = {
    "data": "data",  # folder that holds CIFAR-10
    "images": 0,  # only so many training images, for a quick try; 0 takes all
    "imbalance": "regular",  # or "imbalance": classes of 5000 down to 50 images
    "batch_size": 128,
    "model": "TwoLayerNet",  # VanillaCNN, MyModel, ResNet-32
    "device": "cpu",
    "loss_type": "CE",  # cross-entropy; or "Focal", weighted by `beta`
    "learning_rate": 1e-4,
    "momentum": 0.9,
    "reg": 5e-4,  # weight decay
    "beta": 0.9999,
    "gamma": 1.0,
    "steps": [6, 8],  # after these epochs the learning rate is 0.1 and 0.01 times as large
    "epochs": 10,
    "warmup": 0,  # epochs in which the learning rate grows to its full size
    "save_best": True,
}
MODELS: dict[str, Callable[[], nn.Module]] = {
    "TwoLayerNet": lambda: TwoLayerNet(3 * 32 * 32, 256, 10),
    "VanillaCNN": VanillaCNN,
    "MyModel": MyModel,
    "ResNet-32": resnet32,
}
CHECKPOINTS = Path("checkpoints")


class Solver:
    """Everything that one training run needs.

    Args:
        settings: any of `DEFAULTS`.
    """

    def __init__(self, **settings: Any) -> None:
        if unknown := sorted(set(settings) - set(DEFAULTS)):
            raise ValueError(f"unknown settings {', '.join(unknown)}; there are {list(DEFAULTS)}")
        chosen = {**DEFAULTS, **settings}
        self.settings = chosen
        self.device = torch.device(chosen["device"])
        imbalanced = chosen["imbalance"] != "regular"
        self.train_loader, self.val_loader, self.counts = loaders(
            chosen["data"], chosen["batch_size"], imbalanced=imbalanced, images=chosen["images"]
        )
        self.model = MODELS[chosen["model"]]().to(self.device)
        self.criterion = self._criterion().to(self.device)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=chosen["learning_rate"],
            momentum=chosen["momentum"],
            weight_decay=chosen["reg"],
        )
        self.best_accuracy = 0.0
        self.best_state: dict[str, torch.Tensor] = {}

    def _criterion(self) -> nn.Module:
        if self.settings["loss_type"] == "CE":
            return nn.CrossEntropyLoss()
        weight = reweight(self.counts, self.settings["beta"])
        loss: nn.Module = FocalLoss(weight, self.settings["gamma"])
        return loss

    def train(self, report: Callable[[int, float, float], None] | None = None) -> list[float]:
        """Train for all epochs; the best model's weights become `checkpoints/<model>.pth`.

        Args:
            report: called after every epoch with its number (from 1), the mean loss of its
                training steps, and the accuracy on the validation images.

        Returns:
            The accuracy after each epoch.
        """
        accuracies: list[float] = []
        for epoch in range(1, self.settings["epochs"] + 1):
            self._set_learning_rate(epoch)
            loss = self._train_one_epoch()
            accuracies.append(self.evaluate())
            if report:
                report(epoch, loss, accuracies[-1])
            if accuracies[-1] > self.best_accuracy:
                self.best_accuracy = accuracies[-1]
                self.best_state = copy.deepcopy(self.model.state_dict())
        if self.settings["save_best"]:
            CHECKPOINTS.mkdir(exist_ok=True)
            torch.save(self.best_state, CHECKPOINTS / f"{self.settings['model'].lower()}.pth")
        return accuracies

    def evaluate(self) -> float:
        """Share of the validation images that are classified right."""
        self.model.eval()
        right = total = 0
        for data, target in self.val_loader:
            output, _ = self._step(data, target)
            right += int((output.argmax(dim=1).cpu() == target).sum())
            total += len(target)
        return right / total

    def _train_one_epoch(self) -> float:
        self.model.train()
        losses = [self._step(data, target)[1].item() for data, target in self.train_loader]
        return sum(losses) / len(losses)

    def _step(self, data: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self._compute_loss_update_params(data.to(self.device), target.to(self.device))

    def _set_learning_rate(self, epoch: int) -> None:
        first, second = self.settings["steps"]
        factor = 0.01 if epoch > second else 0.1 if epoch > first else 1.0
        if epoch <= self.settings["warmup"]:
            factor = epoch / self.settings["warmup"]
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings["learning_rate"] * factor

    def _compute_loss_update_params(
        self, data: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Do one step: training or evaluation, as `self.model.training` says.

        In training: compute output and loss, clear the gradients of the step before, compute new
        ones, let the optimizer move the parameters. In evaluation: compute output and loss, without
        a graph; nothing is moved. The model's mode stays as it is, and the model is called once.

        Uses `self.model`, `self.criterion` and `self.optimizer`, whatever they are.

        Args:
            data: images, shape (N, 3, 32, 32), on the model's device.
            target: right classes, shape (N,).

        Returns:
            The model's output, shape (N, classes), and the loss, a single number; both as they
            were before the parameters moved.

        Source: assignment 2, part 2, section 2.1.
        """
        if not self.model.training:
            with torch.no_grad():
                output = self.model(data)
                return output, self.criterion(output, target)
        output = self.model(data)
        loss = self.criterion(output, target)
        loss.backward()
        self.optimizer.step()
        return output, loss
