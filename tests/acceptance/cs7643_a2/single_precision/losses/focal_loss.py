"""float32 throughout; probabilities from the cross-entropy itself."""

import torch
from torch import nn


def reweight(cls_num_list, beta=0.9999):
    n = torch.as_tensor(cls_num_list, dtype=torch.float32)
    weights = (1 - beta) / (1 - torch.pow(torch.tensor(beta), n))
    return weights / weights.sum() * len(n)


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        ce = nn.functional.cross_entropy(input, target, reduction="none")
        loss = (1 - torch.exp(-ce)) ** self.gamma * ce
        if self.weight is None:
            return loss.mean()
        weights = self.weight.to(loss.dtype)[target]
        return (loss * weights).sum() / weights.sum()
