"""Networks that compute in double precision, made by functions, with inputs kept channels last."""

import torch
from torch import nn


def block(first, *more):
    channels = first.out_channels
    return [first, *more, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def conv(c_in, c_out, k):
    return nn.Conv2d(c_in, c_out, (k, k), padding=(k // 2, k // 2))


def halved(c_in, c_out, k):
    return nn.Conv2d(c_in, c_out, k, 2, 1)


def doubled(c_in, c_out, k):
    return nn.ConvTranspose2d(c_in, c_out, k, 2, 1, 1, dilation=1)


class Precise(nn.Sequential):
    def __init__(self, *layers):
        super().__init__(*layers)
        self.double()

    def forward(self, x):
        return super().forward(x.double().contiguous(memory_format=torch.channels_last))


class PoolUpsampleNet(Precise):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        k, f, c = kernel, num_filters, num_colours
        super().__init__(
            *block(conv(num_in_channels, f, k), nn.MaxPool2d(2)),
            *block(conv(f, 2 * f, k), nn.MaxPool2d(2)),
            *block(conv(2 * f, f, k)),
            nn.UpsamplingNearest2d(scale_factor=2),  # of equal pixels the norm is the same
            *block(conv(f, c, k)),
            nn.UpsamplingNearest2d(scale_factor=2),
            conv(c, c, k),
        )


class ConvTransposeNet(Precise):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        k, f, c = kernel, num_filters, num_colours
        super().__init__(
            *block(halved(num_in_channels, f, k)),
            *block(halved(f, 2 * f, k)),
            *block(doubled(2 * f, f, k)),
            *block(doubled(f, c, k)),
            conv(c, c, k),
        )


class UNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        k, f, c = kernel, num_filters, num_colours
        self.a = Precise(*block(halved(num_in_channels, f, k)))
        self.b = Precise(*block(halved(f, 2 * f, k)), *block(doubled(2 * f, f, k)))
        self.c = Precise(*block(doubled(2 * f, c, k)))
        self.d = Precise(conv(c + num_in_channels, c, k))

    def forward(self, image):
        outer = self.a(image)
        joined = torch.cat((self.b(outer), outer), 1)
        return self.d(torch.cat((self.c(joined), image), 1)).float()
