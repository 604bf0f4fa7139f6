def one():
    return 1


import itertools

import numpy as np

import forge


def function(x):
    return lambda *_: 2 * x


def module(x):
    return np


def callback(x):
    forge.to_all(forge.frame({"type": "callback", "id": 1, "target": 1, "value": None}))
    return 2 * x


def endless(x):
    return [object() for _ in range(10**6)]
