"""Networks as lists of blocks."""

import torch
from blocks import Chain, Strided, Transposed


class PoolUpsampleNet(Chain):
    pass


class ConvTransposeNet(Chain):
    down, up = Strided, Transposed


class UNet(ConvTransposeNet):
    """The first block is computed anew where its output is joined."""

    def forward(self, x):
        first, second, third, fourth = self.blocks
        inner = third(second(first(x)))
        return self.colours(torch.hstack([x, fourth(torch.hstack([first(x), inner]))]))
