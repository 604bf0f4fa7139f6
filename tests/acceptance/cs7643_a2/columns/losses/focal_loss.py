"""Masks in the place of indices; weights are kept as a buffer."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def reweight(cls_num_list, beta=0.9999):
    effective = (1.0 - np.power(beta, cls_num_list)) / (1.0 - beta)
    weights = 1.0 / effective
    return torch.from_numpy(weights / weights.sum() * len(cls_num_list))


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.register_buffer("weight", weight)
        self.gamma = gamma

    def forward(self, input, target):
        mask = F.one_hot(target, input.shape[1])
        log_p = (F.log_softmax(input, dim=-1) * mask).sum(1)
        loss = -torch.pow(1 - torch.exp(log_p), self.gamma) * log_p
        if self.weight is not None:
            loss = loss * (self.weight * mask).sum(1)
        return loss.mean()
