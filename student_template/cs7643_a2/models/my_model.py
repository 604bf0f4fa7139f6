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
        # TODO(task 2.2c): Make the layers.
        raise NotImplementedError("task 2.2c: __init__ is not written yet")

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
        # TODO(task 2.2c): Compute scores (logits); no softmax, the loss takes care of it.
        raise NotImplementedError("task 2.2c: forward is not written yet")
