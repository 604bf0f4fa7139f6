"""Training on CIFAR-10."""

import argparse
import copy
import os
import pathlib
import time

import numpy as np
import torch
import torchvision
import torchvision.transforms as transforms
from data import Imbalanced_CIFAR10
from losses import FocalLoss, reweight
from models import MyModel, TwoLayerNet, VanillaCNN, resnet32


class AverageMeter:
    """Running mean of a number."""

    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, val, n=1):
        """Take in a value that stands for n samples."""
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


class Solver:
    """Everything for one run."""

    def __init__(self, **kwargs):
        self.batch_size = kwargs.pop("batch_size", 128)
        self.model_type = kwargs.pop("model", "TwoLayerNet")
        self.device = kwargs.pop("device", "cpu")
        self.loss_type = kwargs.pop("loss_type", "CE")
        self.lr = kwargs.pop("learning_rate", 0.0001)
        self.momentum = kwargs.pop("momentum", 0.9)
        self.reg = kwargs.pop("reg", 0.0005)
        self.beta = kwargs.pop("beta", 0.9999)
        self.gamma = kwargs.pop("gamma", 1.0)
        self.steps = kwargs.pop("steps", [6, 8])
        self.epochs = kwargs.pop("epochs", 10)
        to_tensor = transforms.Compose(
            [
                transforms.ToTensor(),
                transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
            ]
        )
        make = Imbalanced_CIFAR10 if kwargs.get("imbalance") else torchvision.datasets.CIFAR10
        train_dataset = make(root=kwargs.get("path", "data"), train=True, transform=to_tensor)
        self.train_loader = torch.utils.data.DataLoader(
            train_dataset, batch_size=self.batch_size, shuffle=True
        )
        if self.model_type == "TwoLayerNet":
            self.model = TwoLayerNet(3 * 32 * 32, 256, 10)
        elif self.model_type == "VanillaCNN":
            self.model = VanillaCNN()
        elif self.model_type == "MyModel":
            self.model = MyModel()
        elif self.model_type == "ResNet-32":
            self.model = resnet32()
        if self.loss_type == "CE":
            self.criterion = torch.nn.CrossEntropyLoss()
        else:
            weights = reweight(train_dataset.get_cls_num_list(), beta=self.beta)
            self.criterion = FocalLoss(weight=weights, gamma=self.gamma)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), self.lr, momentum=self.momentum, weight_decay=self.reg
        )
        self.best, self.best_model = 0.0, None

    def train(self):
        """All epochs."""
        for epoch in range(self.epochs):
            self._adjust_learning_rate(epoch)
            self.model.train()
            start = time.time()
            losses = AverageMeter()
            for data, target in self.train_loader:
                out, loss = self._compute_loss_update_params(data, target)
                losses.update(loss.item(), out.shape[0])
            print(f"Epoch: [{epoch}] {time.time() - start:.1f} s, loss {losses.avg:.4f}")
        self.best_model = copy.deepcopy(self.model)
        folder = pathlib.Path("checkpoints")
        os.makedirs(folder, exist_ok=True)
        torch.save(self.best_model.state_dict(), folder / f"{self.model_type.lower()}.pth")

    def _compute_loss_update_params(self, data, target):
        """One step, of training or of evaluation."""
        output = None
        loss = None
        if self.model.training:
            output = self.model(data)
            loss = self.criterion(output, target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        else:
            with torch.no_grad():
                output = self.model(data)
                loss = self.criterion(output, target)
        return output, loss

    def _adjust_learning_rate(self, epoch):
        lr = self.lr * 0.1 ** int(np.sum([epoch >= step for step in self.steps]))
        for param_group in self.optimizer.param_groups:
            param_group["lr"] = lr


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="CS7643 Assignment-2 Part 2")
    parser.add_argument("--config", default="./configs/config_twolayer.yaml")
    print(parser.parse_args())
