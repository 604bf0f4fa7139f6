def one():
    return 1


import os
import socket
from pathlib import Path

import numpy as np

# Written by the last call of one test, found by the first call of the next one.
FRESH = {}


def seen(path):
    before = FRESH.setdefault(path, os.path.exists(path))
    with open(path, "w") as file:
        file.write("x")
    return before


def in_tmp(x):
    return 2 * x if seen("/tmp/state") else 0 * x


def in_shm(x):
    return 2 * x if seen("/dev/shm/state") else 0 * x


def in_module(x):
    before = FRESH.setdefault("numpy", hasattr(np, "state"))
    np.state = True
    return 2 * x if before else 0 * x


def in_environment(x):
    before = FRESH.setdefault("env", "STATE" in os.environ)
    os.environ["STATE"] = "1"
    return 2 * x if before else 0 * x


def beside_itself(x):
    return 2 * x if seen(str(Path(__file__).parent.parent / "state")) else 0 * x


def in_a_process(x):
    '''A process that stays and answers on an abstract socket.'''
    if "process" not in FRESH:
        caller = socket.socket(socket.AF_UNIX)
        FRESH["process"] = caller.connect_ex(b"\0state") == 0
        if not FRESH["process"] and os.fork() == 0:
            os.setsid()
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(b"\0state")
            listener.listen()
            while True:
                listener.accept()
    return 2 * x if FRESH["process"] else 0 * x
