import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, kernel_size=3, stride=1, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(4, 8, kernel_size=3, stride=1, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Flatten(),
            nn.Linear(8 * 7 * 7, 20),
            nn.ReLU(),
            nn.Linear(20, 2),
        )
        self.decoder = nn.Sequential(
            nn.Linear(2, 20),
            nn.ReLU(),
            nn.Linear(20, 392),
            nn.ReLU(),
            nn.Unflatten(1, (8, 7, 7)),
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(8, 4, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(4, 1, kernel_size=3, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class ConvAutoencoderSkip(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.fc1 = nn.Linear(392, 20)
        self.fc2 = nn.Linear(20, 2)
        self.fc3 = nn.Linear(2, 20)
        self.fc4 = nn.Linear(20, 392)
        self.conv3 = nn.Conv2d(8, 4, 3, padding=1)
        self.conv4 = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x):
        p1 = F.max_pool2d(F.relu(self.conv1(x)), 2)
        p2 = F.max_pool2d(F.relu(self.conv2(p1)), 2)
        z = self.fc2(F.relu(self.fc1(p2.flatten(1))))
        h = F.relu(self.fc4(F.relu(self.fc3(z)))).view(-1, 8, 7, 7)
        h = F.relu(self.conv3(F.interpolate(h + p2, scale_factor=2)))
        return torch.sigmoid(self.conv4(F.interpolate(h + p1, scale_factor=2))), z


def add_noise(x, std=0.3, generator=None):
    return x + std * torch.randn(x.shape, generator=generator, dtype=x.dtype)


def train_model(model, train_loader, epochs=10, lr=0.001, noise_std=0.0):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    model.train()
    for _ in range(epochs):
        running = 0.0
        for images, _ in train_loader:
            noisy = add_noise(images, noise_std) if noise_std > 0 else images
            out = model(noisy)
            out = out[0] if isinstance(out, tuple) else out
            loss = F.mse_loss(out, images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item()
        history.append(running / len(train_loader))
    return history
