"""A network of one's own, built from scratch."""

import torch
from torch import nn


class MyModel(nn.Module):
    """A classifier of images of 3 x 32 x 32 into ten classes; how is up to you.

    Ideas of well-known networks are welcome; a ready-made network or weights that somebody else
    trained are not.
    """

    def __init__(self) -> None:
        """Make the layers.

        Source: assignment 2, part 2, section 2.2, model 3.
        """
        super().__init__()
        # BEGIN SOLUTION task 2.2c
        # Three stages; each halves height and width and doubles the channels.
        layers: list[nn.Module] = []
        for c_in, c_out in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out)]
            layers += [nn.ReLU(), nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(c_out), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)  # (N, 64, 4, 4)
        self.classifier = nn.Linear(64, 10)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute scores (logits); no softmax, the loss takes care of it.

        After `eval()` the scores of an image do not depend on the others in its batch, nor on
        chance.

        Args:
            x: images, shape (N, 3, 32, 32); one image is an ordinary batch after `eval()`.

        Returns:
            Scores of shape (N, 10).

        Source: assignment 2, part 2, section 2.2, model 3.
        """
        # BEGIN SOLUTION task 2.2c
        pooled = self.features(x).mean(dim=(2, 3))  # (N, 64)
        scores: torch.Tensor = self.classifier(pooled)  # (N, 10)
        return scores
        # END SOLUTION
