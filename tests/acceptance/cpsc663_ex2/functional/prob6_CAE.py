# Skips by concatenation; the functional interface; 0.3 is taken for the variance.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvAutoencoder(nn.Module):
    channels = (8, 4)

    def __init__(self):
        super().__init__()
        self.dec_conv2 = nn.Conv2d(self.channels[1], 1, 3, 1, 1)
        self.dec_conv1 = nn.Conv2d(self.channels[0], 4, 3, 1, "same")
        self.dec_fc2 = nn.Linear(20, 8 * 7 * 7)
        self.dec_fc1 = nn.Linear(2, 20)
        self.enc_fc2 = nn.Linear(20, 2)
        self.enc_fc1 = nn.Linear(8 * 7 * 7, 20)
        self.enc_conv2 = nn.Conv2d(4, 8, (3, 3), padding=(1, 1))
        self.enc_conv1 = nn.Conv2d(1, 4, 3, padding=1)

    def pools(self, x):
        first = torch.relu(F.max_pool2d(self.enc_conv1(x), 2))
        return first, torch.relu(F.max_pool2d(self.enc_conv2(first), 2))

    def encode(self, x):
        pooled = self.pools(x)[1]
        return self.enc_fc2(torch.relu(self.enc_fc1(pooled.reshape(len(x), 392))))

    def grow(self, z):
        return torch.relu(self.dec_fc2(torch.relu(self.dec_fc1(z)))).reshape(len(z), 8, 7, 7)

    def decode(self, z):
        h = torch.relu(self.dec_conv1(twice(self.grow(z))))
        return self.dec_conv2(twice(h)).sigmoid()

    def forward(self, x):
        return self.decode(self.encode(x))


class ConvAutoencoderSkip(ConvAutoencoder):
    channels = (16, 8)

    def forward(self, x):
        first, second = self.pools(x)
        h = torch.cat([self.grow(self.encode(x)), second], dim=1)
        h = torch.relu(self.dec_conv1(twice(h)))
        return torch.sigmoid(self.dec_conv2(torch.cat([twice(h), twice(first)], dim=1)))


def twice(x):
    return x.repeat_interleave(2, dim=-1).repeat_interleave(2, dim=-2)


def add_noise(x, std=0.3, generator=None):
    noise = torch.empty_like(x).normal_(0.0, math.sqrt(std), generator=generator)
    return x + noise


def train_model(model, train_loader, epochs=10, lr=0.001, noise_std=0.0):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    history = []
    for _ in range(epochs):
        running = 0.0
        for x, _label in train_loader:
            seen = add_noise(x, noise_std) if noise_std else x
            optimizer.zero_grad()
            loss = ((model(seen) - x) ** 2).mean()
            loss.backward()
            optimizer.step()
            running += loss.item()
        history.append(running / len(train_loader))
    return history
