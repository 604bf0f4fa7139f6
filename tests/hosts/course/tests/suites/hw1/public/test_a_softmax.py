"""The function that submissions spoil: its values, and how long it takes."""

import numpy as np

from grader.suite import budget, close, task


def expected(x):
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@task("softmax")
def test_softmax(student):
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    close(student.layers.softmax(x), expected(x))


@task("softmax")
def test_softmax_is_vectorised(student):
    x = np.linspace(-3, 3, 400_000).reshape(400, 1000)
    with budget(student, factor=10):
        got = student.layers.softmax(x)
    close(got, expected(x))
