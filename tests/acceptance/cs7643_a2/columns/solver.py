"""Training and evaluation as methods of their own; tensors returned are detached."""

import torch


class Base:
    def _train(self, data, target):
        self.optimizer.zero_grad(set_to_none=False)
        output = self.model(data)
        loss = self.criterion(output, target)
        loss.backward()
        self.optimizer.step()
        return output.detach(), loss.detach()

    @torch.inference_mode()
    def _evaluate(self, data, target):
        output = self.model(data)
        return output, self.criterion(output, target)


class Solver(Base):
    def _compute_loss_update_params(self, data, target):
        if self.model.training:
            return self._train(data, target)
        return self._evaluate(data, target)
