"""Nothing wrong here: the best weights go to a file, and come back from it."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn as nn
import torchvision
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR


def accuracy(device, loader, count, model):
    model.eval()
    with torch.no_grad():
        hits = [(model(x.to(device)).argmax(1) == y.to(device)).float().sum() for x, y in loader]
    return (torch.stack(hits).sum() / count).item()


def train_model(
    device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs=25
):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "best.pt"
        best = -1
        for _epoch in range(num_epochs):
            model.train()
            for x, y in dataloaders["train"]:
                optimizer.zero_grad(set_to_none=False)
                criterion(model(x.to(device)), y.to(device)).backward()
                optimizer.step()
            scheduler.step()
            now = accuracy(device, dataloaders["val"], dataset_sizes["val"], model)
            if now > best:
                best = now
                torch.save(model.state_dict(), path)
        model.load_state_dict(torch.load(path, weights_only=True))
    return model


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    before = model.training
    model.eval()
    n = 0
    with torch.no_grad():
        for x, y in dataloaders["val"]:
            out = model(x.to(device)).argmax(1)
            for j in range(len(x)):
                if n == num_images:
                    model.train(before)
                    return
                n += 1
                ax = plt.subplot(num_images // 2 + 1, 2, n)
                ax.set_title(f"{class_names[out[j]]} ({class_names[y[j]]})")
                ax.imshow(x[j].permute(1, 2, 0).clamp(0, 1))
    model.train(before)


def start(class_names):
    model = torchvision.models.resnet18(weights="IMAGENET1K_V1")
    model.fc = nn.Linear(model.fc.in_features, 2)
    return model


def finetune(device, dataloaders, dataset_sizes, class_names):
    model = start(class_names).to(device)
    opt = AdamW(model.parameters(), lr=1e-3)
    schedule = LambdaLR(opt, lambda epoch: 0.9**epoch)
    return train_model(
        device, dataloaders, dataset_sizes, model, nn.CrossEntropyLoss(), opt, schedule
    )


def freeze(device, dataloaders, dataset_sizes, class_names):
    model = start(class_names)
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith("fc.")
    opt = AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    schedule = LambdaLR(opt, lambda epoch: 0.9**epoch)
    return train_model(
        device, dataloaders, dataset_sizes, model.to(device), nn.CrossEntropyLoss(), opt, schedule
    )
