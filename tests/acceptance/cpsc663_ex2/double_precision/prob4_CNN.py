"""Works in double precision inside and gives its scores so."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc2 = nn.Linear(500, 10)
        self.fc1 = nn.Linear(1280, 500)
        self.conv2 = nn.Conv2d(40, 80, 5)
        self.conv1 = nn.Conv2d(1, 40, 5)
        self.double()

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x.double()), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.fc1(torch.flatten(x, start_dim=1)))
        return torch.log_softmax(self.fc2(x), 1)


def train(args, model, device, train_loader, optimizer, epoch):
    model.train()
    sums, sizes = [], []
    for data, target in train_loader:
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        loss = F.cross_entropy(model(data.to(device)), target.to(device), reduction="none")
        loss.mean().backward()
        optimizer.step()
        sums.append(loss.sum().item())
        sizes.append(len(loss))
    return np.sum(sums) / np.sum(sizes)


def test(args, model, device, test_loader, epoch):
    model.eval()
    loss = hits = count = 0
    for data, target in test_loader:
        with torch.no_grad():
            output = model(data.to(device))
        loss += F.nll_loss(output, target.to(device)).item() * len(target)
        hits += (output.argmax(1) == target.to(device)).sum().item()
        count += len(target)
    return np.float64(loss / count), np.float64(hits / count)


def first_layer_filters(model):
    return model.conv1.weight.detach().numpy().astype(np.float64).reshape(40, 5, 5)


def confusion_matrix(y_true, y_pred):
    counts, _, _ = np.histogram2d(y_true, y_pred, bins=np.arange(11) - 0.5)
    return counts.astype(np.int32)
