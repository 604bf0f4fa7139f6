"""Homework 4: the network as a list of steps and the way back as another; float32 throughout."""

import layers
import numpy as np

POOLING = {"pool_height": 2, "pool_width": 2, "stride": 2}


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
        C, H, W = input_dim
        flat = num_filters * ((H - filter_size + 1) // 2) * ((W - filter_size + 1) // 2)
        normal = np.random.default_rng().standard_normal
        kernels = (num_filters, C, filter_size, filter_size)
        self.params = {
            "W1": weight_scale * normal(kernels, dtype=np.float32),
            "W2": weight_scale * normal((flat, hidden_dim), dtype=np.float32),
            "b2": np.zeros(hidden_dim),
            "W3": weight_scale * normal((hidden_dim, num_classes), dtype=np.float32),
            "b3": np.zeros(num_classes),
        }
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def forward(self, X):
        p, self.cache = self.params, {}
        out, self.cache["conv"] = layers.conv_forward(X, p["W1"])
        out, self.cache["relu1"] = layers.relu_forward(out)
        out, self.cache["pool"] = layers.max_pool_forward(out, POOLING)
        self.cache["shape"] = out.shape
        out = out.reshape((out.shape[0], -1))
        out, self.cache["fc2"] = layers.fc_forward(out, p["W2"], p["b2"])
        out, self.cache["relu2"] = layers.relu_forward(out)
        out, self.cache["fc3"] = layers.fc_forward(out, p["W3"], p["b3"])
        return out

    def backward(self, d):
        grads, cache = {}, self.cache
        d, grads["W3"], grads["b3"] = layers.fc_backward(d, cache["fc3"])
        d = layers.relu_backward(d, cache["relu2"])
        d, grads["W2"], grads["b2"] = layers.fc_backward(d, cache["fc2"])
        d = layers.max_pool_backward(d.reshape(cache["shape"]), cache["pool"])
        d = layers.relu_backward(d, cache["relu1"])
        _, grads["W1"] = layers.conv_backward(d, cache["conv"])
        return grads

    def loss(self, X, y=None):
        scores = self.forward(X)
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        return loss, self.backward(dscores)
