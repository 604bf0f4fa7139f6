"""Double precision inside; a model with batch norm between its layers."""

import torch
import torch.nn.functional as F
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.z = nn.Linear(784, 32), nn.Linear(32, 24), nn.Linear(24, 2)
        self.c, self.d, self.x = nn.Linear(2, 24), nn.Linear(24, 32), nn.Linear(32, 784)
        self.norm = nn.BatchNorm1d(32)
        self.double()

    def encode(self, x):
        return self.z(F.elu(self.b(F.elu(self.norm(self.a(x.double()))))))

    def decode(self, z):
        return torch.sigmoid(self.x(F.elu(self.d(F.elu(self.c(z.double()))))))

    def forward(self, x):
        return self.decode(self.encode(x))


def train_model(model, train_loader, epochs=10, lr=0.001):
    model.train()
    adam, losses = torch.optim.Adam(model.parameters(), lr), []
    while len(losses) < epochs:
        total, pixels = 0.0, 0
        for images, _ in train_loader:
            x = images.flatten(1)
            off = (model(x) - x).square()
            adam.zero_grad()
            off.mean().backward()
            adam.step()
            total += off.detach().sum()
            pixels += off.numel()
        losses.append((total / pixels).item())
    return losses


if __name__ == "__main__":
    import mnist_data

    torch.manual_seed(0)
    network = Autoencoder()
    train_model(network, mnist_data.loader("train", 128), 4)
    torch.save(network.state_dict(), "mnist_ae.pt")
