def one():
    return 1


import re

import numpy as np


def regular_expression(x):
    re.match(r"(a+)+$", "a" * 60 + "b")


def big_number(x):
    return 10 ** 10**9 % 7


def product(x):
    a = np.ones((1500, 1500))
    while True:
        a = a @ a / 1500
