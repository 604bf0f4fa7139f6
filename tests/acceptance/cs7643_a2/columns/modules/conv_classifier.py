"""The network; layers are found by their names."""

from functools import reduce

from . import convolution, linear, max_pool, relu, softmax_ce

TYPES = {
    kind.__name__: kind
    for kind in (convolution.Conv2D, linear.Linear, max_pool.MaxPooling, relu.ReLU)
}


class ConvNet:
    def __init__(self, modules, criterion):
        if criterion.get("type") != softmax_ce.SoftmaxCrossEntropy.__name__:
            raise ValueError(criterion)
        self.criterion = softmax_ce.SoftmaxCrossEntropy()
        self.modules = [TYPES[m["type"]](**{k: m[k] for k in m.keys() - {"type"}}) for m in modules]

    def forward(self, x, y):
        return self.criterion.forward(reduce(lambda out, layer: layer(out), self.modules, x), y)

    def backward(self):
        self.criterion.backward()
        behind = [*self.modules[1:], self.criterion]
        for layer, following in reversed(list(zip(self.modules, behind, strict=True))):
            layer.backward(following.dx)
