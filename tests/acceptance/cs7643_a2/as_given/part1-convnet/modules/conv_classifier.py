"""A network from a list of module definitions."""

from .convolution import Conv2D
from .linear import Linear
from .max_pool import MaxPooling
from .relu import ReLU
from .softmax_ce import SoftmaxCrossEntropy


class ConvNet:
    """Modules in order, and a criterion."""

    def __init__(self, modules, criterion):
        self.modules = []
        for m in modules:
            if m["type"] == "Conv2D":
                self.modules.append(
                    Conv2D(
                        m["in_channels"],
                        m["out_channels"],
                        m["kernel_size"],
                        m["stride"],
                        m["padding"],
                    )
                )
            elif m["type"] == "ReLU":
                self.modules.append(ReLU())
            elif m["type"] == "MaxPooling":
                self.modules.append(MaxPooling(m["kernel_size"], m["stride"]))
            elif m["type"] == "Linear":
                self.modules.append(Linear(m["in_dim"], m["out_dim"]))
        if criterion["type"] == "SoftmaxCrossEntropy":
            self.criterion = SoftmaxCrossEntropy()
        else:
            raise ValueError("Wrong Criterion Passed")

    def forward(self, x, y):
        """Probabilities and loss."""
        probs = None
        loss = None
        out = x
        for module in self.modules:
            out = module.forward(out)
        probs, loss = self.criterion.forward(out, y)
        return probs, loss

    def backward(self):
        """Gradients of every module."""
        self.criterion.backward()
        dout = self.criterion.dx
        for module in self.modules[::-1]:
            module.backward(dout)
            dout = module.dx
