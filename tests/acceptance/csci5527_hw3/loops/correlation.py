"""Homework 3, problem 2, with plain loops over the places; helpers live in a file of their own."""

import numpy as np
from slide import overlap, zeros_around

X1 = [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]


def correlate1d(x, y):
    result = []
    for k in range(len(x) + len(y) - 1):
        total = 0.0
        for i, j in overlap(k, len(x), len(y)):
            total += x[i] * y[j]
        result.append(total)
    return np.array(result)


def weight_matrix(w, n):
    m = len(w)
    matrix = np.zeros((n + m - 1, n))
    for k in range(n + m - 1):
        for i, j in overlap(k, m, n):
            matrix[k][j] = w[i]
    return matrix


def jacobian_w(x, m):
    n = len(x)
    matrix = np.zeros((n + m - 1, m))
    for k in range(n + m - 1):
        for i, j in overlap(k, m, n):
            matrix[k][i] = x[j]
    return matrix


def correlate2d(x, y):
    h, w = np.shape(x)
    canvas = zeros_around(y, h - 1, w - 1)
    rows, columns = canvas.shape[0] - h + 1, canvas.shape[1] - w + 1
    result = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = (canvas[i : i + h, j : j + w] * x).sum()
    return result


def gradient_magnitude(y):
    g1 = correlate2d(np.array(X1), y)
    g2 = correlate2d(np.array(X1).T, y)
    return (g1**2 + g2**2) ** 0.5


def match_template(image, template):
    """Only places where the template lies inside the image are looked at."""
    flat = template - np.mean(template)
    centred = image - np.mean(image)
    h, w = template.shape
    best, place = -np.inf, None
    for i in range(image.shape[0] - h + 1):
        for j in range(image.shape[1] - w + 1):
            score = (centred[i : i + h, j : j + w] * flat).sum()
            if score > best:
                best, place = score, [i + (h - 1) // 2, j + (w - 1) // 2]
    return place


def correlate_multichannel(x, y):
    total = 0
    for d in range(x.shape[-1]):
        total = total + correlate2d(x[..., d], y[..., d])
    return total
