"""Task 1.4: the submission's whole training run, beside the same run in PyTorch."""

import numpy as np
import torch
from torch.nn import functional

from grader.suite import close, task
from grader.suite import strategies as st

EPOCHS, BATCH = 8, 3
RATE, REG, MOMENTUM = 0.05, 1e-2, 0.9
CRITERION = {"type": "SoftmaxCrossEntropy"}
MODULES = [
    {
        "type": "Conv2D",
        "in_channels": 2,
        "out_channels": 4,
        "kernel_size": 3,
        "stride": 1,
        "padding": 1,
    },
    {"type": "ReLU"},
    {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
    {"type": "Linear", "in_dim": 4 * 3 * 2, "out_dim": 3},
]
START = [st.fill((4, 2, 3, 3), 1) * 0.3, st.fill((4,), 2) * 0.1]
START += [st.fill((24, 3), 3) * 0.3, st.fill((3,), 4) * 0.1]
IMAGES, LABELS = st.fill((8, 2, 6, 5), 5), np.array([0, 1, 2, 2, 1, 0, 0, 1])


def batches():
    """Places of the samples of every step; the last batch of an epoch is smaller."""
    for _ in range(EPOCHS):
        yield from np.array_split(np.arange(len(LABELS)), range(BATCH, len(LABELS), BATCH))


def submission(student):
    """Loss of every step."""
    net = student.module("modules.conv_classifier").ConvNet(MODULES, CRITERION)
    sgd = student.module("optimizer.sgd").SGD(net, RATE, REG, MOMENTUM)
    net.modules[0].weight, net.modules[0].bias = START[:2]
    net.modules[3].weight, net.modules[3].bias = START[2:]
    losses = []
    for places in batches():
        losses.append(float(net.forward(IMAGES[places], LABELS[places])[1]))
        net.backward()
        sgd.update(net)
    return np.array(losses)


def pytorch():
    """Loss of every step."""
    kernels, kernel_bias, weight, bias = leaves = [torch.tensor(a) for a in START]
    for leaf in leaves:
        leaf.requires_grad_()
    decay = [{"params": [kernels, weight], "weight_decay": REG}]
    decay += [{"params": [kernel_bias, bias], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(decay, lr=RATE, momentum=MOMENTUM)
    losses = []
    for places in batches():
        here = functional.conv2d(torch.tensor(IMAGES[places]), kernels, kernel_bias, padding=1)
        here = functional.max_pool2d(torch.relu(here), 2).flatten(1)
        loss = functional.cross_entropy(here @ weight + bias, torch.tensor(LABELS[places]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


@task("1.4", hint="Layer by layer and step by step, the same numbers as any other implementation.")
def test_losses_follow_pytorch(student):
    close(submission(student), pytorch(), name="the losses of all steps", rtol=1e-4)
