def one():
    return 1


import os
from pathlib import Path


def filled(x):
    for number in range(10**5):
        Path(f"/tmp/name{number}").touch()


def deep(x):
    os.chdir("/tmp")
    for _ in range(3500):
        os.mkdir("d")
        os.chdir("d")
    return 0 * x


deep_again = deep


def wants_room(x):
    for number in range(3000):
        Path(f"/tmp/room{number}").touch()
    return 2 * x
