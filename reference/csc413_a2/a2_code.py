"""Image colourization as classification: three convolutional networks (figure 1 of the handout).

Owns the models. A grey image comes in, and for each pixel one score for each of `num_colours`
colours goes out; the training loop and the data are in `colourization.py`.

Sizes are called as in the figure: BS images, NIC input channels, NF filters, NC colours. Every
model takes `(kernel, num_filters, num_colours, num_in_channels)`, in this order, maps
(BS, NIC, 32, 32) to (BS, NC, 32, 32), and puts nothing after its last convolution. Layers have
PyTorch's default parameters where nothing else is said.
"""

import torch
from torch import nn

# Part 4: pooling and upsampling (figure 1a)


class PoolUpsampleNet(nn.Module):
    """Shrink by max-pooling, grow by upsampling.

        [Conv, MaxPool, BatchNorm, ReLU]    (BS, NIC, 32, 32) -> (BS, NF, 16, 16)
        [Conv, MaxPool, BatchNorm, ReLU]    -> (BS, 2 NF, 8, 8)
        [Conv, Upsample, BatchNorm, ReLU]   -> (BS, NF, 16, 16)
        [Conv, Upsample, BatchNorm, ReLU]   -> (BS, NC, 32, 32)
        Conv                                -> (BS, NC, 32, 32)

    Pooling has kernel_size 2, upsampling has scale_factor 2 and the default mode. With kernel 3,
    NF = 32, NC = 24 and NIC = 1 there are 49,728 parameters. Kernels 3 and 5 are both used.

    Source: assignment 2, section 4.1.
    """

    def __init__(
        self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int
    ) -> None:
        super().__init__()
        padding = kernel // 2
        # BEGIN SOLUTION task 4.1: make the layers of figure 1a; every convolution has this padding
        self.down1 = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.down2 = nn.Sequential(
            nn.Conv2d(num_filters, 2 * num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up1 = nn.Sequential(
            nn.Conv2d(2 * num_filters, num_filters, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.up2 = nn.Sequential(
            nn.Conv2d(num_filters, num_colours, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=padding)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of the colours (logits), from grey images.

        Args:
            x: images, shape (BS, NIC, 32, 32).

        Returns:
            Scores, shape (BS, NC, 32, 32).
        """
        # BEGIN SOLUTION task 4.1
        x = self.down1(x)  # (BS, NF, 16, 16)
        x = self.down2(x)  # (BS, 2 NF, 8, 8)
        x = self.up1(x)  # (BS, NF, 16, 16)
        x = self.up2(x)  # (BS, NC, 32, 32)
        scores: torch.Tensor = self.last(x)
        return scores
        # END SOLUTION


# Part 5: strided and transposed convolutions (figure 1b)


class ConvTransposeNet(nn.Module):
    """Shrink by strides, grow by transposed convolutions.

        [Conv, BatchNorm, ReLU]             (BS, NIC, 32, 32) -> (BS, NF, 16, 16)
        [Conv, BatchNorm, ReLU]             -> (BS, 2 NF, 8, 8)
        [ConvTranspose, BatchNorm, ReLU]    -> (BS, NF, 16, 16)
        [ConvTranspose, BatchNorm, ReLU]    -> (BS, NC, 32, 32)
        Conv                                -> (BS, NC, 32, 32)

    The first two convolutions have stride 2 and padding 1, the transposed ones stride 2,
    dilation 1, padding 1 and output_padding 1. Only kernel 3 keeps these shapes, and only it is
    used. With NF = 32, NC = 24 and NIC = 1 there are 49,728 parameters.

    Source: assignment 2, section 5.1.
    """

    def __init__(
        self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int
    ) -> None:
        super().__init__()
        padding = kernel // 2
        # BEGIN SOLUTION task 5.1: make the layers of figure 1b; only the last has this padding
        self.down1 = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.down2 = nn.Sequential(
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up1 = nn.Sequential(
            nn.ConvTranspose2d(
                2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1
            ),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.up2 = nn.Sequential(
            nn.ConvTranspose2d(
                num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1
            ),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=padding)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of the colours (logits), from grey images.

        Args:
            x: images, shape (BS, NIC, 32, 32).

        Returns:
            Scores, shape (BS, NC, 32, 32).
        """
        # BEGIN SOLUTION task 5.1
        x = self.down1(x)  # (BS, NF, 16, 16)
        x = self.down2(x)  # (BS, 2 NF, 8, 8)
        x = self.up1(x)  # (BS, NF, 16, 16)
        x = self.up2(x)  # (BS, NC, 32, 32)
        scores: torch.Tensor = self.last(x)
        return scores
        # END SOLUTION


# Part 6: skip connections (figure 1c), worth no points


class UNet(nn.Module):
    """ConvTransposeNet with two skip connections, each a concatenation along the channels.

        [Conv, BatchNorm, ReLU]             (BS, NIC, 32, 32) -> (BS, NF, 16, 16)
        [Conv, BatchNorm, ReLU]             -> (BS, 2 NF, 8, 8)
        [ConvTranspose, BatchNorm, ReLU]    -> (BS, NF, 16, 16)
        joined with the output of the first block, in either order
        [ConvTranspose, BatchNorm, ReLU]    -> (BS, NC, 32, 32)
        joined with the input image, in either order
        Conv                                -> (BS, NC, 32, 32)

    Strides and paddings are those of ConvTransposeNet; kernel 3 only. With NF = 32, NC = 24 and
    NIC = 1 there are 56,856 parameters.

    Source: assignment 2, section 6; O. Ronneberger et al., U-Net, 2015.
    """

    def __init__(
        self, kernel: int, num_filters: int, num_colours: int, num_in_channels: int
    ) -> None:
        super().__init__()
        padding = kernel // 2
        # BEGIN SOLUTION task 6: make the layers of figure 1c; joined inputs have more channels
        self.down1 = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.down2 = nn.Sequential(
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up1 = nn.Sequential(
            nn.ConvTranspose2d(
                2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1
            ),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.up2 = nn.Sequential(
            nn.ConvTranspose2d(
                2 * num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1
            ),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=padding)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of the colours (logits), from grey images.

        Args:
            x: images, shape (BS, NIC, 32, 32).

        Returns:
            Scores, shape (BS, NC, 32, 32).
        """
        # BEGIN SOLUTION task 6
        skipped = self.down1(x)  # (BS, NF, 16, 16)
        inner = self.up1(self.down2(skipped))  # (BS, NF, 16, 16)
        outer = self.up2(torch.cat([inner, skipped], dim=1))  # (BS, NC, 32, 32)
        scores: torch.Tensor = self.last(torch.cat([outer, x], dim=1))
        return scores
        # END SOLUTION


# Parts 4.2 and 5.2: training. `train` draws the curves and the pictures for your write-up.

if __name__ == "__main__":
    from colourization import Settings, train

    settings = Settings(kernel=3, num_filters=32, epochs=25, batch_size=100)
    train(settings, PoolUpsampleNet)
    train(settings, ConvTransposeNet)
