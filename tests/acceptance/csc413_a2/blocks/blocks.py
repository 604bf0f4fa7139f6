"""The blocks of all networks, as a family of modules."""

import torch
from torch import nn


class Block(nn.Module):
    """Something, then batch norm and ReLU. The norm is registered before the rest."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.norm(self.before(x)).clamp(min=0)


class Pooled(Block):
    def __init__(self, channels, kernel):
        super().__init__(channels)
        self.filters = nn.LazyConv2d(channels, kernel, padding=kernel // 2)

    def before(self, x):
        a, b, c, d = (self.filters(x)[..., i::2, j::2] for i in (0, 1) for j in (0, 1))
        return torch.maximum(torch.maximum(a, b), torch.maximum(c, d))


class Upsampled(Block):
    def __init__(self, channels, kernel):
        super().__init__(channels)
        self.filters = nn.LazyConv2d(channels, kernel, padding=kernel // 2)

    def before(self, x):
        return self.filters(x).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


class Strided(Block):
    def __init__(self, channels, kernel):
        super().__init__(channels)
        self.filters = nn.LazyConv2d(channels, kernel, stride=2, padding=1)

    def before(self, x):
        return self.filters(x)


class Transposed(Block):
    def __init__(self, channels, kernel):
        super().__init__(channels)
        self.filters = nn.LazyConvTranspose2d(channels, kernel, 2, 1, output_padding=1)

    def before(self, x):
        return self.filters(x, output_size=[2 * size for size in x.shape[2:]])


class Chain(nn.Module):
    """Blocks one after the other; the last convolution is registered first."""

    down, up = Pooled, Upsampled

    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        self.num_in_channels = num_in_channels
        self.colours = nn.LazyConv2d(num_colours, kernel, padding=kernel // 2)
        widths = [num_filters, 2 * num_filters, num_filters, num_colours]
        kinds = [self.down, self.down, self.up, self.up]
        blocks = [kind(width, kernel) for kind, width in zip(kinds, widths, strict=True)]
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.colours(x)
