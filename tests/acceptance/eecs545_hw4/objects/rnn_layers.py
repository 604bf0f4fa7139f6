"""Homework 4: the layer over time flattens its batch and reuses the layer of `layers.py`."""

from layers import fc_backward, fc_forward


class Flattened:
    def __init__(self, shape, inner):
        self.shape, self.inner = shape, inner


def temporal_fc_forward(x, w, b):
    out, inner = fc_forward(x.reshape(-1, x.shape[-1]), w, b)
    return out.reshape(*x.shape[:2], -1), Flattened(x.shape, inner)


def temporal_fc_backward(dout, cache):
    dx, dw, db = fc_backward(dout.reshape(-1, dout.shape[-1]), cache.inner)
    return dx.reshape(cache.shape), dw, db
