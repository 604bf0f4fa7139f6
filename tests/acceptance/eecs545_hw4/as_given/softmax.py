"""Softmax classifier with one hidden layer."""

from builtins import object

import numpy as np
from layers import *


class SoftmaxClassifier(object):
    """fc - relu - fc - softmax."""

    def __init__(self, input_dim=784, hidden_dim=100, num_classes=10, weight_scale=1e-3):
        self.params = {}
        self.params["W1"] = np.random.normal(0, weight_scale, (input_dim, hidden_dim))
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params["b2"] = np.zeros(num_classes)

    def loss(self, X, y=None):
        """Scores, or loss and gradients."""
        scores = None
        hidden, fc1_cache = fc_forward(X, self.params["W1"], self.params["b1"])
        active, relu_cache = relu_forward(hidden)
        scores, fc2_cache = fc_forward(active, self.params["W2"], self.params["b2"])

        # If y is None then we are in test mode so just return scores
        if y is None:
            return scores

        loss, grads = 0, {}
        loss, dscores = softmax_loss(scores, y)
        dactive, grads["W2"], grads["b2"] = fc_backward(dscores, fc2_cache)
        dhidden = relu_backward(dactive, relu_cache)
        _, grads["W1"], grads["b1"] = fc_backward(dhidden, fc1_cache)
        return loss, grads
