"""Homework 3, problem 2, by the fast Fourier transform; everything is one correlation of stacks."""

import numpy as np

X1 = np.array([[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]])


def star(x, y):
    """x * y over all axes: a convolution with x turned round, as a product of spectra."""
    shape = [a + b - 1 for a, b in zip(x.shape, y.shape, strict=True)]
    axes = tuple(range(x.ndim))
    turned = np.fft.rfftn(np.flip(x), shape, axes)
    return np.fft.irfftn(turned * np.fft.rfftn(y, shape, axes), shape, axes)


def correlate1d(x, y):
    return star(x, y)


def weight_matrix(w, n):
    """Column after column, from unit vectors."""
    return np.array([star(w, unit) for unit in np.identity(n)]).T


def jacobian_w(x, m):
    return np.array([star(unit, x) for unit in np.identity(m)]).T


def correlate2d(x, y):
    return star(x, y)


def gradient_magnitude(y):
    both = star(X1, y) + 1j * star(X1.T, y)
    return np.abs(both)


def match_template(image, template):
    """Normalised by the patch's size; reflects the image at its border, as SciPy's example does."""
    h, w = template.shape
    reflected = np.pad(image - image.mean(), ((h, h), (w, w)), mode="symmetric")
    scores = star((template - template.mean()) / template.size, reflected)
    top, left = h + h // 2, w + w // 2
    scores = scores[top : top + image.shape[0], left : left + image.shape[1]]
    row = int(scores.max(axis=1).argmax())
    return np.array([row, scores[row].argmax()])


def correlate_multichannel(x, y):
    """A 3-D correlation of which only the middle layer is kept: there all channels overlap."""
    return star(x, y)[:, :, x.shape[2] - 1]
