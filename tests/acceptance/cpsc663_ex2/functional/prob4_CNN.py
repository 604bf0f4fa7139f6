# Layers in one Sequential; prints its progress; loss by indexing; filters as a tensor.
import torch
from torch import nn


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 40, kernel_size=(5, 5)),
            nn.MaxPool2d(2, 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(40, 80, kernel_size=5, stride=1),
            nn.ReLU(),
            nn.MaxPool2d((2, 2)),
            nn.Flatten(),
            nn.Linear(1280, 500),
            nn.ReLU(),
            nn.Linear(500, 10),
            nn.LogSoftmax(dim=-1),
        )

    def forward(self, images):
        return self.net(images)


def train(args, model, device, train_loader, optimizer, epoch):
    model.to(device).train(True)
    losses = []
    for batch_idx, batch in enumerate(train_loader):
        data, target = (part.to(device) for part in batch)
        model.zero_grad()
        output = model(data)
        loss = -output[torch.arange(len(target)), target].mean()
        loss.backward()
        optimizer.step()
        losses += [loss.item()] * len(data)
        if batch_idx % args.log_interval == 0:
            _done, _size = batch_idx * len(data), len(train_loader.dataset)
    return sum(losses) / len(losses)


@torch.no_grad()
def test(args, model, device, test_loader, epoch):
    model.eval()
    every, correct = [], []
    for data, target in test_loader:
        output = model(data.to(device)).cpu()
        every.append(-output.gather(1, target.view(-1, 1)))
        correct.append(output.max(1)[1].eq(target))
    loss = torch.cat(every).mean()
    return loss, torch.cat(correct).float().mean()


def first_layer_filters(model):
    return model.net[0].weight.data.squeeze(1).clone()


def confusion_matrix(y_true, y_pred):
    from sklearn.metrics import confusion_matrix as count

    return count(y_true, y_pred, labels=list(range(10)))
