"""Homework 3, problem 2: in float32, the image shifted under every element of the filter."""

import numpy as np

X1 = np.array([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]], dtype=np.float32)


def single(array):
    return np.asarray(array, dtype=np.float32)


def correlate1d(x, y):
    return correlate2d(x[None], y[None])[0]


def weight_matrix(w, n):
    m, w = len(w), single(w)
    return sum(w[i] * np.eye(n + m - 1, n, i - m + 1, dtype=np.float32) for i in range(m))


def jacobian_w(x, m):
    n, x = len(x), single(x)
    rows, columns = np.indices((n + m - 1, m))
    place = rows + columns - (m - 1)
    return np.where((place >= 0) & (place < n), x[np.clip(place, 0, n - 1)], np.float32(0))


def correlate2d(x, y):
    x, y = single(x), single(y)
    (h, w), (height, width) = x.shape, y.shape
    out = np.zeros((height + h - 1, width + w - 1), dtype=np.float32)
    for p in range(h):
        for q in range(w):
            top, left = h - 1 - p, w - 1 - q
            out[top : top + height, left : left + width] += x[p, q] * y
    return out


def gradient_magnitude(y):
    return np.linalg.norm(np.stack([correlate2d(X1, y), correlate2d(X1.T, y)]), axis=0)


def match_template(image, template):
    image, template = image - image.mean(), template - template.mean()
    scores = correlate2d(template, image)
    h, w = template.shape
    candidates = scores[h - 1 : image.shape[0], w - 1 : image.shape[1]]
    place = np.argwhere(candidates == candidates.max())[0]
    return tuple(place + np.array([(h - 1) // 2, (w - 1) // 2]))


def correlate_multichannel(x, y):
    return np.stack([correlate2d(x[:, :, d], y[:, :, d]) for d in range(x.shape[2])], axis=2).sum(2)
