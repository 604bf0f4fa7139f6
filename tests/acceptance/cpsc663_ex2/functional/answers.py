import math

import numpy as np


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def softmax_delta(a, y):
    return np.array([a[j] - y[j] for j in range(len(a))])


def linear_backprop(x, y, weights, biases):
    outs = [np.array(x)]
    for i in range(len(weights)):
        outs.append(weights[i].dot(outs[i]) + biases[i])
    result = [None] * len(weights)
    error = outs[-1] - np.array(y)
    for i in range(len(weights) - 1, -1, -1):
        result[i] = (error[:, None] * outs[i][None, :], error.copy())
        error = weights[i].T.dot(error)
    return tuple(result)


def failing_form():
    return 2


def minimal_cross_entropy(y):
    total = 0.0
    for value in y:
        for p in (value, 1 - value):
            if p > 0:
                total -= p * math.log(p)
    return total / len(y)


def network_gradients(x, y, w1, b1, w2, b2):
    hidden = [sigmoid(sum(w1[j][k] * x[k] for k in range(len(x))) + b1[j]) for j in range(len(b1))]
    out = [
        sigmoid(sum(w2[j][k] * hidden[k] for k in range(len(b1))) + b2[j]) for j in range(len(b2))
    ]
    d2 = [out[j] - y[j] for j in range(len(b2))]
    d1 = []
    for k in range(len(b1)):
        back = sum(w2[j][k] * d2[j] for j in range(len(b2)))
        d1.append(back * hidden[k] * (1 - hidden[k]))
    return {
        "delta2": np.array(d2),
        "delta1": np.array(d1),
        "b2": np.array(d2),
        "b1": np.array(d1),
        "w2": np.array([[d * h for h in hidden] for d in d2]),
        "w1": np.array([[d * value for value in x] for d in d1]),
        "loss": 0.0,
    }


def figure1_gradients():
    """By hand, three digits."""
    return {
        "delta1": [0.0278, -0.0795],
        "delta2": np.array([0.402, -0.23]),
        "w1": [[0.00555, 0.0167], [-0.0159, -0.0477]],
        "b1": [0.0278, -0.0795],
        "w2": [[0.257, 0.19], [-0.147, -0.109]],
        "b2": [0.402, -0.23],
    }


def output_size(h, w, kind, k, s, p):
    rows, top = 0, -p
    while top + k <= h + p:
        rows, top = rows + 1, top + s
    columns, left = 0, -p
    while left + k <= w + p:
        columns, left = columns + 1, left + s
    return [rows, columns]


def sizes_for_50():
    return [[49, 49], [9, 9], [23, 23], [49, 49]]
