"""Encoder and decoder as two modules of their own; three layers each way, tanh between them."""

import torch
from torch import nn


class Encoder(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(784, 48), nn.Tanh(), nn.Linear(48, 32), nn.Tanh(), nn.Linear(32, 2)
        )


class Decoder(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 48), nn.Tanh(), nn.Linear(48, 784)
        )


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = Encoder(), Decoder()

    def encode(self, x):
        return self.enc(x)

    def decode(self, z):
        return self.dec(z)

    def forward(self, x):
        z = self.encode(x)
        return self.decode(z)


def train_model(model, train_loader, epochs=10, lr=1e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_function = nn.MSELoss()
    epoch_losses = []
    model.train()
    for _ in range(epochs):
        losses = []
        for images, _ in train_loader:
            rows = images.reshape(images.shape[0], 784)
            loss = loss_function(model(rows), rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append((loss.item(), len(rows)))
        epoch_losses.append(sum(a * n for a, n in losses) / sum(n for _, n in losses))
    return epoch_losses


if __name__ == "__main__":
    import mnist_data

    torch.manual_seed(0)
    network = Autoencoder()
    train_model(network, mnist_data.loader("train", 64), 6)
    torch.save(network.state_dict(), "mnist_ae.pt")
