"""Convolutional network."""

import numpy as np
from layers import *


class ConvNet(object):
    """conv - relu - 2x2 max pool - fc - relu - fc - softmax."""

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
        self.params = {}
        self.dtype = dtype
        c, height, width = input_dim
        out_height = (height - filter_size + 1) // 2
        out_width = (width - filter_size + 1) // 2
        flat = num_filters * out_height * out_width
        self.params["W1"] = np.random.normal(
            0, weight_scale, (num_filters, c, filter_size, filter_size)
        )
        self.params["W2"] = np.random.normal(0, weight_scale, (flat, hidden_dim))
        self.params["b2"] = np.zeros(hidden_dim)
        self.params["W3"] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params["b3"] = np.zeros(num_classes)
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        """Scores, or loss and gradients."""
        W1 = self.params["W1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]

        # pass pool_param to the forward pass for the max-pooling layer
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

        scores = None
        conv, conv_cache = conv_forward(X, W1)
        active, relu1_cache = relu_forward(conv)
        pooled, pool_cache = max_pool_forward(active, pool_param)
        hidden, fc1_cache = fc_forward(pooled.reshape(X.shape[0], -1), W2, b2)
        hidden_active, relu2_cache = relu_forward(hidden)
        scores, fc2_cache = fc_forward(hidden_active, W3, b3)

        if y is None:
            return scores

        loss, grads = 0, {}
        loss, dscores = softmax_loss(scores, y)
        dhidden_active, grads["W3"], grads["b3"] = fc_backward(dscores, fc2_cache)
        dhidden = relu_backward(dhidden_active, relu2_cache)
        dflat, grads["W2"], grads["b2"] = fc_backward(dhidden, fc1_cache)
        dactive = max_pool_backward(dflat.reshape(pooled.shape), pool_cache)
        _, grads["W1"] = conv_backward(relu_backward(dactive, relu1_cache), conv_cache)
        return loss, grads
