"""Homework 3, problem 4: a copy of the backbone, and gradient descent with momentum."""

import copy

import torch


def build_model(backbone, num_classes=2, strategy="freeze"):
    if strategy not in {"freeze", "finetune", "scratch"}:
        raise ValueError(strategy)
    model = copy.deepcopy(backbone)
    for module in model.modules():
        if strategy == "scratch" and hasattr(module, "reset_parameters"):
            module.reset_parameters()
    for p in model.parameters():
        p.requires_grad = strategy != "freeze"
    features = model.fc.weight.shape[1]
    model.fc = torch.nn.Sequential(
        torch.nn.Linear(features, 16), torch.nn.ReLU(), torch.nn.Linear(16, num_classes)
    )
    return model


def class_weights(counts):
    raw = [sum(counts) / count for count in counts]
    return torch.tensor([len(raw) * value / sum(raw) for value in raw])


def train_model(model, loader, epochs, lr, weights):
    learning = list(filter(lambda p: p.requires_grad, model.parameters()))
    optimizer = torch.optim.SGD(learning, lr=lr, momentum=0.9)
    history = []
    for _epoch in range(epochs):
        model.train()
        total, batches = 0.0, 0
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(model(x), y, weight=weights)
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            total, batches = total + float(loss), batches + 1
        history.append(total / batches)
        model.eval()
    return history
