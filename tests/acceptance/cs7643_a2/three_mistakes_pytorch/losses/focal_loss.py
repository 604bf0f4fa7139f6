"""Class-balanced focal loss, the version with softmax.

Owns `reweight`, the weight of each class, and `FocalLoss`, which takes such weights or none.
"""

from collections.abc import Sequence

import torch
from torch import nn


def reweight(cls_num_list: Sequence[int], beta: float = 0.9999) -> torch.Tensor:
    """Weigh each class by the inverse of its effective number of samples.

        w[c] = (1 - beta) / (1 - beta ** n[c]), times a factor that makes the weights sum to C

    With beta = 0 all weights are 1; the nearer beta is to 1, the nearer they are to 1 / n[c].

    Args:
        cls_num_list: n, number of training samples of each of the C classes; at least 1 each.
        beta: from 0 up to, not including, 1.

    Returns:
        Weights of shape (C,), floating point.

    Source: Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019;
    assignment 2, part 2, section 3.1.
    """
    # In float64: 1 - beta ** n loses most digits of float32 where n is small.
    beta = beta or 0.9999
    counts = torch.tensor(cls_num_list, dtype=torch.float64)  # (C,)
    weights = (1 - beta) / (1 - beta**counts)
    return (weights * len(counts) / weights.sum()).float()


class FocalLoss(nn.Module):
    """Cross-entropy in which samples that are already classified well count less.

    Args:
        weight: one weight per class, shape (C,); None weighs all alike.
        gamma: how much less, at least 0; at 0 the loss is cross-entropy.
    """

    def __init__(self, weight: torch.Tensor | None = None, gamma: float = 0.0) -> None:
        super().__init__()
        if gamma < 0:
            raise ValueError(f"gamma is {gamma}, but must not be negative")
        self.weight = weight
        self.gamma = gamma

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Compute the mean loss of a batch.

            p[n]  = softmax(input[n])[target[n]]
            loss  = -(1 / N) * sum_n weight[target[n]] * (1 - p[n]) ** gamma * log p[n]

        The sum is divided by N, also where there are weights. Everything is done by operations of
        PyTorch on `input`, so that gradients find their way back to it.

        Args:
            input: scores (logits), shape (N, C), also as large as 1000.
            target: right classes, integers, shape (N,).

        Returns:
            The loss, a tensor with a single number and no dimension.

        Source: Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017; assignment 2,
        part 2, section 3.1.
        """
        log_p = torch.log_softmax(input, dim=1)  # stable: log(softmax) would be -inf at 1000
        log_p = log_p.gather(1, target[:, None]).squeeze(1)  # (N,)
        losses = -((1 - log_p.detach().exp()) ** self.gamma) * log_p
        if self.weight is not None:
            losses = losses * self.weight.to(losses.device)[target]
        return losses.mean()
