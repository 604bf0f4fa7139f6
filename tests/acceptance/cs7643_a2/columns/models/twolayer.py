from torch import nn


class TwoLayerNet(nn.Sequential):
    def __init__(self, input_dim, hidden_size, num_classes):
        super().__init__(
            nn.Flatten(),
            nn.LazyLinear(hidden_size),
            nn.Sigmoid(),
            nn.Linear(hidden_size, num_classes),
        )
