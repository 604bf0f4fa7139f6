from torch import nn


class VanillaCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 7)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(5408, 10)

    def forward(self, x):
        return self.fc(self.pool(self.relu(self.conv(x))).flatten(start_dim=1))
