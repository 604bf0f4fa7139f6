def one():
    return 1


import pickle
from pathlib import Path

import torch

HERE = Path(__file__).parent


def load(name):
    return torch.load(HERE / name, weights_only=True)


def reduce(x):
    return load("reduce.pt")


def by_allowed_global(x):
    return load("global.pt")


def unpickled(x):
    '''Runs the code, in the sandbox: it may, and leaves nothing outside.'''
    pickle.loads((HERE / "bare.pkl").read_bytes())
    return 0 * x


def script(x):
    return load("script.pt")


def tar(x):
    return load("tar.pt")


def view(x):
    return load("view.pt")


def deflated(x):
    return load("deflated.pt")


def truncated(x):
    return load("truncated.pt")
