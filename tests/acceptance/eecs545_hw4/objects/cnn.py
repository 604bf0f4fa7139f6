"""Homework 4: the convolutional network, with layers as objects that know their parameters."""

import layers
import numpy as np


class Stage:
    """One layer: how to go forward, how to go back, under which names its gradients go."""

    def __init__(self, forward, backward, *names):
        self.forward, self.backward, self.names = forward, backward, names

    def run(self, batch, params):
        out, self.cache = self.forward(batch, *(params[name] for name in self.names))
        return out

    def back(self, upstream, grads):
        result = self.backward(upstream, self.cache)
        if not self.names:
            return result
        grads.update(zip(self.names, result[1:], strict=True))
        return result[0]


def flatten(batch):
    return batch.reshape(len(batch), -1), batch.shape


def pool(batch):
    return layers.max_pool_forward(batch, {"pool_height": 2, "pool_width": 2, "stride": 2})


class ConvNet:
    def __init__(
        self,
        input_dim=(1, 28, 28),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        dtype=np.float32,
    ):
        channels = input_dim[0]
        self.dtype = dtype
        self.params = {
            "W1": np.random.normal(size=(num_filters, channels, filter_size, filter_size)),
            "W3": np.random.normal(size=(hidden_dim, num_classes)),
        }
        sides = [(side - filter_size + 1) // 2 for side in input_dim[1:]]
        self.params["W2"] = np.random.normal(size=(num_filters * sides[0] * sides[1], hidden_dim))
        for name in ("W1", "W2", "W3"):
            self.params[name] = np.asarray(self.params[name] * weight_scale, dtype=dtype)
        self.params["b2"] = np.zeros(hidden_dim, dtype=dtype)
        self.params["b3"] = np.zeros(num_classes, dtype=dtype)

    def loss(self, X, y=None):
        stages = [
            Stage(layers.conv_forward, layers.conv_backward, "W1"),
            Stage(layers.relu_forward, layers.relu_backward),
            Stage(pool, layers.max_pool_backward),
            Stage(flatten, lambda upstream, shape: upstream.reshape(shape)),
            Stage(layers.fc_forward, layers.fc_backward, "W2", "b2"),
            Stage(layers.relu_forward, layers.relu_backward),
            Stage(layers.fc_forward, layers.fc_backward, "W3", "b3"),
        ]
        batch, grads = X.astype(self.dtype), {}  # float32 throughout
        params = {name: value.astype(self.dtype) for name, value in self.params.items()}
        for stage in stages:
            batch = stage.run(batch, params)
        if y is None:
            return batch
        loss, upstream = layers.softmax_loss(batch, y)
        for stage in reversed(stages):
            upstream = stage.back(upstream, grads)
        return loss, grads
