"""Two-layer network."""

import torch
import torch.nn as nn


class TwoLayerNet(nn.Module):
    """Linear, sigmoid, linear."""

    def __init__(self, input_dim, hidden_size, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_size)
        self.sigmoid = nn.Sigmoid()
        self.fc2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        """Scores."""
        out = None
        out = torch.flatten(x, start_dim=1)
        out = self.fc2(self.sigmoid(self.fc1(out)))
        return out
