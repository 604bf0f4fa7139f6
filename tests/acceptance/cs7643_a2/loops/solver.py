"""Only what is asked for; the loss is a plain number."""

import torch
from losses.focal_loss import FocalLoss, reweight  # noqa: F401  # as in the template


class Solver:
    def _compute_loss_update_params(self, data, target):
        training = self.model.training
        with torch.set_grad_enabled(training):
            output = self.model(data)
            loss = self.criterion(output, target)
        if training:
            for p in self.model.parameters():
                p.grad = None
            loss.backward()
            self.optimizer.step()
        return [output, loss.item()]
