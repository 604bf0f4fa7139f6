def one():
    return 1


import numpy as np


class Ufunc(np.ndarray):
    def __array_ufunc__(self, *_, **__):
        return np.True_


class Function(np.ndarray):
    def __array_function__(self, *_, **__):
        return True


class Priority(np.ndarray):
    __array_priority__ = 1e9

    def __sub__(self, other):
        return np.zeros(np.shape(other))

    __rsub__ = __sub__


class Finalize(np.ndarray):
    def __array_finalize__(self, other):
        self.shape = (0,) if self.size == 0 else self.shape


def ufunc(x):
    return x.view(Ufunc)


def function(x):
    return x.view(Function)


def priority(x):
    return x.view(Priority)


def finalize(x):
    return x.view(Finalize)
