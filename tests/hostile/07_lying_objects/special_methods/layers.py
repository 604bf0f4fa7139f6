def one():
    return 1


import numpy as np


def liar(**methods):
    return type("Liar", (), methods)()


def equal(x):
    return liar(__eq__=lambda *_: True, __ne__=lambda *_: False, __hash__=lambda _: 0)


def array(x):
    return liar(__array__=lambda *_, **__: 2 * x, shape=x.shape, dtype=x.dtype)


def number(x):
    return liar(__float__=lambda _: 1.0, __sub__=lambda *_: 0.0, __rsub__=lambda *_: 0.0)


def truth(x):
    return liar(__bool__=lambda _: True, __lt__=lambda *_: True, __le__=lambda *_: True)


def index(x):
    return liar(__index__=lambda _: 0, __len__=lambda _: x.size, __getitem__=lambda _, i: 2 * x[i])


class Float(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def float_child(x):
    return Float(1.0)


def array_interface(x):
    return liar(__array_interface__=(2 * x).__array_interface__, keep=x)


def proxy(x):
    return liar(__getattr__=lambda self, name: lambda *_, **__: True)


def length(x):
    return liar(__len__=lambda _: 2**70, __iter__=lambda self: self, __next__=lambda _: 0)
