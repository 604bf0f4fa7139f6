"""Lists of layers, an optimizer's own zero_grad, rows of the matrix one by one."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(1, 40, 5), nn.Conv2d(40, 80, 5)])
        self.pool = nn.MaxPool2d(2)
        self.dense = nn.ModuleDict({"last": nn.Linear(500, 10), "first": nn.Linear(1280, 500)})

    def forward(self, x):
        for convolution in self.convolutions:
            x = self.pool(convolution(x).relu())
        x = self.dense["first"](x.view(x.size(0), -1)).relu()
        x = self.dense["last"](x)
        return x - x.logsumexp(1, keepdim=True)


def train(args, model, device, train_loader, optimizer, epoch):
    nll = nn.NLLLoss()
    model.train()
    total = torch.zeros(())
    count = 0
    for data, target in train_loader:
        data, target = data.to(device), target.to(device)

        def closure(data=data, target=target):
            optimizer.zero_grad()
            loss = nll(model(data), target)
            loss.backward()
            return loss

        total += optimizer.step(closure).detach() * len(target)
        count += len(target)
    return (total / count).item()


def test(args, model, device, test_loader, epoch):
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        results = [(model(x.to(device)), y.to(device)) for x, y in test_loader]
    model.train(was_training)
    scores = torch.cat([score for score, _ in results])
    labels = torch.cat([label for _, label in results])
    loss = functional.cross_entropy(scores, labels)
    return loss.item(), float(np.mean(scores.argmax(1).numpy() == labels.numpy()))


def first_layer_filters(model):
    return np.array([f.detach().numpy()[0] for f in model.convolutions[0].weight])


def confusion_matrix(y_true, y_pred):
    matrix = np.zeros((10, 10), dtype=int)
    for digit in range(10):
        matrix[digit] = np.bincount(y_pred[y_true == digit], minlength=10)
    return matrix
