"""Vanilla CNN."""

import torch.nn as nn


class VanillaCNN(nn.Module):
    """Convolution, ReLU, max-pooling, linear."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, kernel_size=7, stride=1, padding=0)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.fc = nn.Linear(32 * 13 * 13, 10)

    def forward(self, x):
        """Scores."""
        outs = None
        outs = self.pool(self.relu(self.conv(x)))
        outs = self.fc(outs.view(outs.shape[0], -1))
        return outs
