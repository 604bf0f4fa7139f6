"""A trainer class, Adam, inference mode, all axes at once; the last of equal epochs is kept."""

from torch import inference_mode, nn, optim
from torchvision import models


class Trainer:
    def __init__(self, device, loaders, model, criterion, optimizer, scheduler):
        self.device, self.loaders, self.model = device, loaders, model.to(device)
        self.criterion, self.optimizer, self.scheduler = criterion, optimizer, scheduler

    def batches(self, split):
        for images, labels in self.loaders[split]:
            yield images.to(self.device), labels.to(self.device)

    def learn(self):
        self.model.train()
        for images, labels in self.batches("train"):
            loss = self.criterion(self.model(images), labels)
            self.model.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.scheduler.step()

    @inference_mode()
    def right(self):
        self.model.eval()
        return sum(
            int(self.model(images).argmax(-1).eq(labels).sum())
            for images, labels in self.batches("val")
        )

    def snapshot(self):
        return {name: value.clone() for name, value in self.model.state_dict().items()}


def train_model(
    device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25
):
    trainer = Trainer(device, dataloaders, model, criterion, optimizer, scheduler)
    history = []
    for _ in range(num_epochs):
        trainer.learn()
        history.append((trainer.right() / dataset_sizes["val"], trainer.snapshot()))
    best = max(reversed(history), key=lambda pair: pair[0])[1]
    for name, value in model.state_dict().items():
        value.copy_(best[name])
    return model


@inference_mode()
def visualize_model(device, dataloaders, model, class_names, num_images=6):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    mode = model.training
    model.eval()
    pictures = [
        (picture, class_names[int(guess)])
        for images, _ in dataloaders["val"]
        for picture, guess in zip(images, model(images.to(device)).argmax(1), strict=True)
    ][:num_images]
    figure, axes = pyplot.subplots(1, len(pictures), squeeze=False)
    for ax, (picture, name) in zip(axes.flat, pictures, strict=True):
        ax.imshow(picture.numpy().transpose(1, 2, 0).clip(0, 1))
        ax.set_title(name)
    figure.savefig("pictures.png")
    model.train(mode)


def _network(class_names):
    network = models.resnet18(weights=models.ResNet18_Weights.IMAGENET1K_V1)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    network.fc = nn.Linear(network.fc.in_features, len(class_names))
    return network


def _trained(device, dataloaders, dataset_sizes, network):
    chosen = [p for p in network.parameters() if p.requires_grad]
    optimizer = optim.Adam(chosen, lr=1e-3)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.95)
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    return train_model(
        device, dataloaders, dataset_sizes, network, loss, optimizer, schedule, num_epochs=15
    )


def finetune(device, dataloaders, dataset_sizes, class_names):
    network = _network(class_names).requires_grad_(True)
    return _trained(device, dataloaders, dataset_sizes, network)


def freeze(device, dataloaders, dataset_sizes, class_names):
    return _trained(device, dataloaders, dataset_sizes, _network(class_names))
