import torch


class Solver:
    def _compute_loss_update_params(self, data, target):
        if self.model.training:
            output = self.model(data)
            loss = self.criterion(output, target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        else:
            with torch.no_grad():
                output = self.model(data)
                loss = self.criterion(output, target)
        return output, loss
