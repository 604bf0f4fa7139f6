# The class has another name; encode and decode are modules.
import itertools

import torch
import torch.nn as nn


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [784, 256, 64, 16, 2]
        self.encode = mlp(widths)
        self.decode = mlp(widths[::-1])
        self.decode.append(nn.Sigmoid())

    def forward(self, x):
        return self.decode(self.encode(x))


def mlp(widths):
    layers = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train_model(model, train_loader, epochs=10, lr=1e-3):
    criterion = nn.MSELoss(reduction="sum")
    optimizer = torch.optim.Adam(params=model.parameters(), lr=lr)
    history = []
    for _epoch in range(epochs):
        model.train()
        batch_losses = []
        for x, _ in train_loader:
            x = x.view(-1, 28 * 28)
            loss = criterion(model(x), x) / x.numel()
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            batch_losses.append(float(loss))
        history.append(sum(batch_losses) / len(batch_losses))
    return history
