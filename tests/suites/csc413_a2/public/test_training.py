"""Tasks 4.2 and 5.2: do the networks learn to colour a few made-up images?

The given training loop trains; the loss is computed here, from the scores the network returns.
"""

import numpy as np
import torch
from torch.nn import functional

from grader.suite import WrongAnswer, task

COLOURS = 4
PART = 0.35  # of the loss of guessing; right networks come below 0.03 of it
FIRST = "First make the other tests of this network pass: with the right layers, it learns this."


def blocks_of_grey(n, seed):
    """Images of blocks of 4 x 4 equal pixels, (n, 1, 32, 32), and the colours of their pixels.

    Four grey values stand for four colours, in a shuffled order.
    """
    drawn = np.random.default_rng(seed).integers(0, COLOURS, (n, 1, 8, 8))
    grey = drawn.repeat(4, axis=2).repeat(4, axis=3)
    colours = np.array([2, 0, 3, 1])[grey[:, 0]]
    return torch.tensor(grey / (COLOURS - 1), dtype=torch.float32), torch.tensor(colours)


def loss_after_training(student, name):
    """Cross-entropy over the pixels of images that the network was not trained on."""
    sizes = {"kernel": 3, "num_filters": 8, "num_colours": COLOURS}
    settings = student.colourization.Settings(**sizes, epochs=14, batch_size=4, plot=False)
    x, y = blocks_of_grey(8, seed=2)
    data = student.colourization.Data(*blocks_of_grey(32, seed=1), x, y)
    model = getattr(student.a2_code, name).value()
    network, _history = student.colourization.train(settings, model, data)
    network.eval()
    return functional.cross_entropy(network(x).float(), y).item()


def check(student, name):
    loss, guessing = loss_after_training(student, name), np.log(COLOURS)
    if not loss < PART * guessing:
        raise WrongAnswer(
            f"after 112 steps the loss is {loss:.3f}; guessing has {guessing:.3f}, and less than "
            f"{PART * guessing:.3f} is expected."
        )


@task("4.2", slow=True, hint=FIRST)
def test_pool_upsample_net_learns_colours_of_blocks(student):
    check(student, "PoolUpsampleNet")


@task("5.2", slow=True, hint=FIRST)
def test_conv_transpose_net_learns_colours_of_blocks(student):
    check(student, "ConvTransposeNet")
