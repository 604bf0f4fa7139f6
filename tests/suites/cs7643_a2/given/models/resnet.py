"""ResNet-32 for images of 3 x 32 x 32. Given; nothing to write here.

Three stages of five blocks, with 16, 32 and 64 channels; shortcuts have no parameters. 464,154
parameters in all.

Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2.
"""

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Two convolutions, and the input added to what they make of it."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        self.stride, self.more = stride, c_out - c_in

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, c_in, H, W) -> (N, c_out, H / stride, W / stride)."""
        out = torch.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        # The shortcut: every `stride`-th pixel, and channels of zeros for those that are new.
        shortcut = x[:, :, :: self.stride, :: self.stride]
        shortcut = F.pad(shortcut, (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return torch.relu(out + shortcut)


def _start(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)


def resnet32() -> nn.Module:
    """A fresh network: (N, 3, 32, 32) -> scores (N, 10)."""
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)]
    layers.append(nn.ReLU())
    for c_in, c_out, stride in ((16, 16, 1), (16, 32, 2), (32, 64, 2)):
        layers.append(Block(c_in, c_out, stride))
        layers += [Block(c_out, c_out, 1) for _ in range(4)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*layers).apply(_start)
