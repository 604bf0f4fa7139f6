"""Both phases in one loop, counts as tensors, the old way of asking for trained weights."""

import copy

import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torchvision.models import resnet18


def train_model(
    device,
    dataloaders,
    dataset_sizes,
    model,
    criterion,
    optimizer,
    scheduler,
    num_epochs=25,
    verbose=False,
):
    best_weights, best_share = None, 0.0
    epoch = 0
    while epoch < num_epochs:
        for phase in ("train", "val"):
            learning = phase == "train"
            model.train(learning)
            loss_sum = torch.zeros((), device=device)
            right = torch.zeros((), dtype=torch.long, device=device)
            for x, y in dataloaders[phase]:
                x, y = x.to(device), y.to(device)
                with torch.set_grad_enabled(learning):
                    scores = model(x)
                    loss = criterion(scores, y)
                    if learning:
                        for group in optimizer.param_groups:
                            for p in group["params"]:
                                p.grad = None
                        loss.backward()
                        optimizer.step()
                loss_sum += loss.detach() * x.size(0)
                right += torch.sum(scores.max(1).indices == y)
            if learning:
                scheduler.step()
            share = right.double().item() / dataset_sizes[phase]
            if verbose:
                print(f"{epoch} {phase} {loss_sum.item() / dataset_sizes[phase]:.4f} {share:.4f}")  # noqa: T201  # students print
            if not learning and share >= best_share:
                best_share = share
                best_weights = {k: v.detach().clone() for k, v in model.state_dict().items()}
        epoch += 1
    trained = copy.deepcopy(model)
    trained.load_state_dict(best_weights)
    return trained


def visualize_model(device, dataloaders, model, class_names, num_images=6):
    mode = model.training
    model.eval()
    shown = []
    for x, _ in dataloaders["val"]:
        with torch.no_grad():
            guesses = model(x.to(device)).max(1)[1]
        for i in range(x.shape[0]):
            shown.append((x[i], class_names[guesses[i]]))
            if len(shown) == num_images:
                break
        if len(shown) == num_images:
            break
    for picture, guess in shown:
        plt.figure(figsize=(2, 2))
        plt.title("this is one of the " + guess)
        low, high = picture.min(), picture.max()
        plt.imshow(((picture - low) / (high - low + 1e-9)).permute(1, 2, 0))
        plt.close()
    model.train(mode=mode)


def prepared(device, class_names, frozen):
    net = resnet18(pretrained=True)
    if frozen:
        net.requires_grad_(False)
    net.fc = nn.Linear(512, len(class_names))
    net.to(device)
    return net


def finetune(device, dataloaders, dataset_sizes, class_names):
    net = prepared(device, class_names, frozen=False)
    descent = optim.SGD(net.parameters(), lr=0.01)
    schedule = StepLR(descent, 10)
    train_model(
        device,
        dataloaders,
        dataset_sizes,
        net,
        nn.CrossEntropyLoss(),
        descent,
        schedule,
        num_epochs=20,
    )


def freeze(device, dataloaders, dataset_sizes, class_names):
    net = prepared(device, class_names, frozen=True)
    descent = optim.SGD(net.parameters(), lr=0.01, weight_decay=1e-3)  # those without grad stay
    schedule = StepLR(descent, 10)
    train_model(
        device,
        dataloaders,
        dataset_sizes,
        net,
        nn.CrossEntropyLoss(),
        descent,
        schedule,
        num_epochs=20,
    )
