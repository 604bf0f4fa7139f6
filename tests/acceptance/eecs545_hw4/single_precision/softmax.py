"""Homework 4: parameters in a loop over pairs of sizes, float32 throughout."""

from itertools import pairwise

import numpy as np
from layers import fc_backward, fc_forward, relu_backward, relu_forward, softmax_loss


class SoftmaxClassifier:
    def __init__(self, input_dim=784, hidden_dim=100, num_classes=10, weight_scale=1e-3):
        self.params = {}
        sizes = [input_dim, hidden_dim, num_classes]
        for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            weights = np.random.normal(0.0, weight_scale, (fan_in, fan_out))
            self.params[f"W{i}"] = weights.astype(np.float32)
            self.params[f"b{i}"] = np.zeros(fan_out, np.float32)

    def loss(self, X, y=None):
        a1, self._fc1 = fc_forward(X, self.params["W1"], self.params["b1"])
        z1, self._relu = relu_forward(a1)
        scores, self._fc2 = fc_forward(z1, self.params["W2"], self.params["b2"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        dz1, dW2, db2 = fc_backward(dscores, self._fc2)
        _, dW1, db1 = fc_backward(relu_backward(dz1, self._relu), self._fc1)
        return loss, {"W1": dW1, "W2": dW2, "b1": db1, "b2": db2}
