"""Tasks 4.2 and 5.2: do the networks learn which colour a coarse brightness stands for?

The given training loop trains; the loss is computed here, from the scores the network returns.
"""

import numpy as np
import torch
from torch.nn import functional

from grader.suite import WrongAnswer, task

COLOURS = 3
PART = 0.4  # of the loss of guessing
HINT = "First make the tests of the network itself pass: with the right layers, it learns this."


def noisy_blocks(n, seed):
    """Images of blocks of 4 x 4 pixels with noise, (n, 2, 32, 32), and colours, (n, 32, 32).

    Middle brightness of the first channel is one colour, dark and bright two others.
    """
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, COLOURS, (n, 1, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    light = drawn / (COLOURS - 1) + generator.normal(0, 0.05, drawn.shape)
    images = np.concatenate([light, generator.normal(0, 0.1, drawn.shape)], axis=1)
    colours = np.array([1, 0, 2])[drawn[:, 0]]
    return torch.tensor(images, dtype=torch.float32), torch.tensor(colours)


def check(student, name, kernel):
    sizes = {"kernel": kernel, "num_filters": 6, "num_colours": COLOURS}
    settings = student.colourization.Settings(**sizes, epochs=12, batch_size=3, plot=False)
    x, y = noisy_blocks(7, seed=4)
    data = student.colourization.Data(*noisy_blocks(30, seed=3), x, y)
    model = getattr(student.a2_code, name).value()
    network, _history = student.colourization.train(settings, model, data)
    network.eval()
    loss = functional.cross_entropy(network(x).float(), y).item()
    if not loss < PART * np.log(COLOURS):
        raise WrongAnswer(f"after training the loss is {loss:.3f}; guessing has 1.099.")


@task("4.2", slow=True, hint=HINT)
def test_pool_upsample_net_learns_with_larger_kernel(student):
    check(student, "PoolUpsampleNet", 5)


@task("5.2", slow=True, hint=HINT)
def test_conv_transpose_net_learns_from_two_channels(student):
    check(student, "ConvTransposeNet", 3)
