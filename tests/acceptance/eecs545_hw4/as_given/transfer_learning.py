"""Transfer learning on ants and bees."""

from __future__ import division, print_function

import copy
import os
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
from torch.optim import lr_scheduler
from torchvision import datasets, models, transforms

plt.ion()

# The images: hymenoptera_data.zip, to be unpacked here


def imshow(inp, title=None):
    """Draw one image of a loader."""
    picture = np.moveaxis(inp.numpy(), 0, -1)
    picture = picture * np.array([0.229, 0.224, 0.225]) + np.array([0.485, 0.456, 0.406])
    plt.imshow(np.clip(picture, 0, 1))
    if title is not None:
        plt.title(title)
    plt.pause(0.001)


def train_model(
    device,
    dataloaders,
    dataset_sizes,
    model,
    criterion,
    optimizer,
    scheduler,
    num_epochs=25,
):
    """Train, and keep what was best on the validation images."""
    began = time.time()
    best_acc, best_weights = 0.0, copy.deepcopy(model.state_dict())

    for epoch in range(num_epochs):
        print("Epoch %d of %d" % (epoch + 1, num_epochs))

        # Training first, then validation
        for phase in ["train", "val"]:
            if phase == "train":
                scheduler.step()
                model.train()
            else:
                model.eval()

            total_loss, corrects = 0.0, 0
            for inputs, labels in dataloaders[phase]:
                inputs, labels = inputs.to(device), labels.to(device)
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    scores = model(inputs)
                    loss = criterion(scores, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                total_loss += loss.item() * len(labels)
                corrects += torch.sum(torch.max(scores, 1)[1] == labels.data)

            acc = corrects.double() / dataset_sizes[phase]
            print("%s: loss %.4f, accuracy %.4f" % (phase, total_loss / dataset_sizes[phase], acc))
            if phase == "val" and acc > best_acc:
                best_acc, best_weights = acc, copy.deepcopy(model.state_dict())

    print("%.0f s, best accuracy %.4f" % (time.time() - began, best_acc))
    model.load_state_dict(best_weights)
    return model


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    """Pictures with what the model takes them for."""
    was_training = model.training
    model.eval()
    shown = 0
    plt.figure()

    with torch.no_grad():
        for inputs, _ in dataloaders["val"]:
            guessed = torch.max(model(inputs.to(device)), 1)[1]
            for image, number in zip(inputs, guessed):
                if shown == num_images:
                    model.train(mode=was_training)
                    return
                shown += 1
                ax = plt.subplot((num_images + 1) // 2, 2, shown)
                ax.axis("off")
                ax.set_title("predicted: {}".format(class_names[number]))
                imshow(image.cpu().data)
    model.train(mode=was_training)


def finetune(device, dataloaders, dataset_sizes, class_names):
    """All weights learn."""
    model_ft = models.resnet18(pretrained=True)
    num_ftrs = model_ft.fc.in_features
    model_ft.fc = nn.Linear(num_ftrs, len(class_names))
    model_ft = model_ft.to(device)
    criterion = nn.CrossEntropyLoss()

    optimizer_ft = optim.SGD(model_ft.parameters(), lr=0.001, momentum=0.9)
    # A tenth of the rate every seven epochs
    exp_lr_scheduler = lr_scheduler.StepLR(optimizer_ft, step_size=7, gamma=0.1)
    model_ft = train_model(
        device,
        dataloaders,
        dataset_sizes,
        model_ft,
        criterion,
        optimizer_ft,
        exp_lr_scheduler,
        num_epochs=25,
    )
    return model_ft


def freeze(device, dataloaders, dataset_sizes, class_names):
    """Only the last layer learns."""
    model_conv = torchvision.models.resnet18(pretrained=True)
    for param in model_conv.parameters():
        param.requires_grad = False

    # The new layer learns
    num_ftrs = model_conv.fc.in_features
    model_conv.fc = nn.Linear(num_ftrs, len(class_names))
    model_conv = model_conv.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer_conv = optim.SGD(model_conv.fc.parameters(), lr=0.001, momentum=0.9)
    exp_lr_scheduler = lr_scheduler.StepLR(optimizer_conv, step_size=7, gamma=0.1)
    model_conv = train_model(
        device,
        dataloaders,
        dataset_sizes,
        model_conv,
        criterion,
        optimizer_conv,
        exp_lr_scheduler,
        num_epochs=25,
    )
    return model_conv


if __name__ == "__main__":
    data_transforms = {
        "train": transforms.Compose(
            [
                transforms.RandomResizedCrop(224),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        ),
        "val": transforms.Compose([transforms.Resize(256), transforms.ToTensor()]),
    }
    data_dir = "hymenoptera_data"
    image_datasets = {
        x: datasets.ImageFolder(os.path.join(data_dir, x), data_transforms[x])
        for x in ["train", "val"]
    }
    dataloaders = {
        x: torch.utils.data.DataLoader(image_datasets[x], batch_size=4, shuffle=True)
        for x in ["train", "val"]
    }
    dataset_sizes = {x: len(image_datasets[x]) for x in ["train", "val"]}
    class_names = image_datasets["train"].classes
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    model_ft = finetune(device, dataloaders, dataset_sizes, class_names)
    visualize_model(device, dataloaders, model_ft, class_names)
    freeze(device, dataloaders, dataset_sizes, class_names)
