"""Class-balanced focal loss."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def reweight(cls_num_list, beta=0.9999):
    """Weights by the effective number of samples."""
    per_cls_weights = None
    effective_num = 1.0 - np.power(beta, cls_num_list)
    per_cls_weights = (1.0 - beta) / np.array(effective_num)
    per_cls_weights = per_cls_weights / np.sum(per_cls_weights) * len(cls_num_list)
    return torch.FloatTensor(per_cls_weights)


class FocalLoss(nn.Module):
    """The version with softmax."""

    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        assert gamma >= 0
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        """Mean loss."""
        loss = None
        ce = F.cross_entropy(input, target, reduction="none")
        p = torch.exp(-ce)
        loss = (1 - p) ** self.gamma * ce
        if self.weight is not None:
            loss = self.weight.to(input.device)[target] * loss
        return loss.mean()
