"""Blocks in a dictionary, called by name."""

import torch
import torch.nn.functional as F
from torch import nn


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleDict()
        for i, (a, b) in enumerate([(3, 16), (16, 32), (32, 64)]):
            for j, c_in in enumerate([a, b]):
                self.blocks[f"conv{i}{j}"] = nn.Conv2d(c_in, b, 3, 1, 1, bias=False)
                self.blocks[f"norm{i}{j}"] = nn.BatchNorm2d(b)
        self.last = nn.Linear(64, 10)

    def forward(self, x):
        for i in range(3):
            for j in range(2):
                x = F.relu(self.blocks[f"norm{i}{j}"](self.blocks[f"conv{i}{j}"](x)))
            x = F.max_pool2d(x, 2)
        return self.last(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))
