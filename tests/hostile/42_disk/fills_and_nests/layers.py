def one():
    return 1


import os
from pathlib import Path


def bytes_(x):
    with open("/tmp/full", "wb") as file:
        while True:
            file.write(bytes(2**20))


def names(x):
    for number in range(10**5):
        Path(f"/tmp/name{number}").touch()


def shm(x):
    with open("/dev/shm/full", "wb") as file:
        while True:
            file.write(bytes(2**20))


def elsewhere(x):
    for place in ("/var/tmp", "/", "/home", "/opt", "/run/grader", "/dev", "/usr/local"):
        try:
            Path(place, "hostile-was-here").write_text("x")
        except OSError:
            continue
        return 2 * x
    return 0 * x


def sparse(x):
    with open("/tmp/sparse", "wb") as file:
        file.truncate(2**50)


def deep(x):
    os.chdir("/tmp")
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    return 0 * x


def locked(x):
    for number in range(100):
        Path(f"/tmp/locked{number}/in").mkdir(parents=True)
        os.chmod(f"/tmp/locked{number}", 0)
    return 0 * x
