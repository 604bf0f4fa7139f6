"""Homework 3, problem 1; Adam as the paper has it for speed, not as in its Algorithm 1."""

import numpy as np
import torch
from torch import nn


class TwoLayers(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(784, hidden) / 28)
        self.b1 = nn.Parameter(torch.zeros(hidden))
        self.w2 = nn.Parameter(torch.randn(hidden, 10) / hidden**0.5)
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        hidden = torch.tanh(x.reshape(x.shape[0], -1) @ self.w1 + self.b1)
        return torch.log_softmax(hidden @ self.w2 + self.b2, dim=1)


def build_model():
    return TwoLayers()


def loss_fn():
    def likelihood(log_probabilities, labels):
        return -log_probabilities[torch.arange(len(labels)), labels].sum()

    return likelihood


class Stepper:
    def __init__(self, params, **settings):
        self.settings = settings
        self.state = [{"p": p, "steps": 0} for p in params]

    def zero_grad(self):
        for entry in self.state:
            if entry["p"].grad is not None:
                entry["p"].grad.zero_()

    def step(self):
        for entry in self.state:
            p = entry["p"]
            if p.grad is None:
                continue
            entry["steps"] += 1
            p.data = p.data - self.change(entry, p.grad.detach().clone())


class Adagrad(Stepper):
    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, lr=lr, eps=eps)

    def change(self, entry, g):
        entry["sum"] = entry.get("sum", 0) + g * g
        return self.settings["lr"] * g / (entry["sum"] ** 0.5 + self.settings["eps"])


class RMSprop(Stepper):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr=lr, alpha=alpha, eps=eps)

    def change(self, entry, g):
        alpha = self.settings["alpha"]
        entry["mean"] = alpha * entry.get("mean", 0) + (1 - alpha) * g * g
        return self.settings["lr"] * g / (entry["mean"] ** 0.5 + self.settings["eps"])


class Adam(Stepper):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def change(self, entry, g):
        (one, two), t = self.settings["betas"], entry["steps"]
        entry["m"] = one * entry.get("m", 0) + (1 - one) * g
        entry["v"] = two * entry.get("v", 0) + (1 - two) * g * g
        rate = self.settings["lr"] * (1 - two**t) ** 0.5 / (1 - one**t)
        return rate * entry["m"] / (entry["v"] ** 0.5 + self.settings["eps"])


def train_and_predict(optimizer, train_images, train_labels, test_images, seed):
    torch.manual_seed(seed)
    order = np.random.RandomState(seed)
    model, loss = build_model(), loss_fn()
    if optimizer == "adagrad":
        chosen = Adagrad(model.parameters(), lr=0.02)
    elif optimizer == "rmsprop":
        chosen = RMSprop(model.parameters(), lr=0.001)
    else:
        chosen = Adam(model.parameters())
    for _ in range(2):
        rows = torch.from_numpy(order.permutation(len(train_images)))
        for start in range(0, len(rows), 50):
            part = rows[start : start + 50]
            chosen.zero_grad()
            loss(model(train_images[part].float() / 255), train_labels[part]).backward()
            chosen.step()
    model.eval()
    return [int(model(image[None].float() / 255).argmax()) for image in test_images]
