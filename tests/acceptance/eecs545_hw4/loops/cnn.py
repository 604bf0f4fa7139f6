"""Homework 4: the convolutional network; a list of layers run forth and back."""

import numpy as np
from layers import (
    conv_backward,
    conv_forward,
    fc_backward,
    fc_forward,
    max_pool_backward,
    max_pool_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)


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
        rows = (input_dim[1] - filter_size + 1) // 2
        columns = (input_dim[2] - filter_size + 1) // 2

        def draw(*shape):
            return (weight_scale * np.random.randn(*shape)).astype(dtype)

        self.params = {}
        self.params["W1"] = draw(num_filters, input_dim[0], filter_size, filter_size)
        self.params["W2"] = draw(num_filters * rows * columns, hidden_dim)
        self.params["b2"] = np.zeros(hidden_dim, dtype)
        self.params["W3"] = draw(hidden_dim, num_classes)
        self.params["b3"] = np.zeros(num_classes, dtype)

    def loss(self, X, y=None):
        W1, W2, b2, W3, b3 = (self.params[k] for k in ("W1", "W2", "b2", "W3", "b3"))
        pooling = {"pool_height": 2, "pool_width": 2, "stride": 2}
        a, conv = conv_forward(X, W1)
        a, relu1 = relu_forward(a)
        a, pool = max_pool_forward(a, pooling)
        shape = a.shape
        a, fc2 = fc_forward(np.array([image.flatten() for image in a]), W2, b2)
        a, relu2 = relu_forward(a)
        a, fc3 = fc_forward(a, W3, b3)
        if y is None:
            return a
        grads = {}
        loss, g = softmax_loss(a, y)
        g, grads["W3"], grads["b3"] = fc_backward(g, fc3)
        g = relu_backward(g, relu2)
        g, grads["W2"], grads["b2"] = fc_backward(g, fc2)
        g = max_pool_backward(g.reshape(shape), pool)
        g = relu_backward(g, relu1)
        g, grads["W1"] = conv_backward(g, conv)
        return loss, grads
