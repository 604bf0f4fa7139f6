"""What the hidden tests build beside the submission; nothing in here decides anything."""

import torch
from torch import nn


class Recorder(nn.Module):
    """Notes whether it is called in training mode; passes its input on."""

    def __init__(self):
        super().__init__()
        self.modes = []

    def forward(self, x):
        self.modes.append(self.training)
        return x


class Watched(nn.Module):
    """A classifier of D features that keeps a record of its modes and of its gradients.

    `leftovers` holds, for each gradient that arrives, how much of an earlier one was still there.
    """

    def __init__(self, features, classes):
        super().__init__()
        self.recorder = Recorder()
        self.head = nn.Linear(features, classes)
        self.leftovers = []
        self.arrived = None
        self.head.weight.register_hook(self.arrive)
        self.head.weight.register_post_accumulate_grad_hook(self.compare)

    def forward(self, x):
        return self.head(self.recorder(x))

    def arrive(self, gradient):
        self.arrived = gradient.clone()

    def compare(self, weight):
        self.leftovers.append(float((weight.grad - self.arrived).abs().max()))

    def modes(self):
        return list(self.recorder.modes)

    def record(self):
        return list(self.leftovers)


class Backbone(nn.Module):
    """A small pretrained network with `fc`: no parameter or statistic has its first value."""

    def __init__(self, features=7, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.mix = nn.Linear(4, features)
        self.fc = nn.Linear(features, classes)
        with torch.no_grad():
            for value in self.state_dict().values():
                value += (torch.rand(value.shape) + 0.5).to(value.dtype)

    def forward(self, x):
        pooled = torch.relu(self.norm(self.conv(x))).mean(dim=(2, 3))
        return self.fc(torch.relu(self.mix(pooled)))


def loader(x, y, batch_size):
    """Batches in order."""
    data = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(data, batch_size=batch_size)


def steps_taken(optimizers, asked, images, labels, tests, seed):
    """How many steps each kind of optimizer takes while the submission trains.

    Nothing is counted of a kind that is no class.
    """
    counts = {}
    for name in ("Adagrad", "RMSprop", "Adam"):
        kind = getattr(optimizers, name)
        if isinstance(kind, type):
            counts[name] = 0
            kind.step = counted(kind.step, counts, name)
    optimizers.train_and_predict(asked, images, labels, tests, seed)
    return counts


def counted(step, counts, name):
    """The same method, which counts its calls."""

    def stepping(self, *args, **kwargs):
        counts[name] += 1
        return step(self, *args, **kwargs)

    return stepping
