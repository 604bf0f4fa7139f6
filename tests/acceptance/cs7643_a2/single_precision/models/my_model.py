import torch
from torch import nn


def block(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()
    )


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Sequential(block(3, 16), block(16, 16), nn.MaxPool2d(2))
        self.two = nn.Sequential(block(16, 32), block(32, 32), nn.MaxPool2d(2))
        self.three = nn.Sequential(block(32, 64), block(64, 64), nn.MaxPool2d(2))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        maps = self.three(self.two(self.one(x)))
        return self.fc(torch.mean(maps, (2, 3)))
