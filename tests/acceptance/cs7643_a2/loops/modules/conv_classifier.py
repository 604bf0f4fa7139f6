"""The network: modules one after the other."""

from modules.convolution import Conv2D
from modules.linear import Linear
from modules.max_pool import MaxPooling
from modules.relu import ReLU
from modules.softmax_ce import SoftmaxCrossEntropy


class ConvNet:
    def __init__(self, modules, criterion):
        self.modules = []
        for m in modules:
            arguments = {key: value for key, value in m.items() if key != "type"}
            if m["type"] == "Conv2D":
                self.modules.append(Conv2D(**arguments))
            elif m["type"] == "ReLU":
                self.modules.append(ReLU())
            elif m["type"] == "MaxPooling":
                self.modules.append(MaxPooling(**arguments))
            elif m["type"] == "Linear":
                self.modules.append(Linear(**arguments))
        if criterion["type"] != "SoftmaxCrossEntropy":
            raise ValueError("wrong criterion")
        self.criterion = SoftmaxCrossEntropy()

    def forward(self, x, y):
        outputs = [x]
        for i in range(len(self.modules)):
            outputs.append(self.modules[i].forward(outputs[i]))
        probs, loss = self.criterion.forward(outputs[-1], y)
        return [probs, loss]

    def backward(self):
        self.criterion.backward()
        upstream = self.criterion.dx
        for i in range(len(self.modules) - 1, -1, -1):
            self.modules[i].backward(upstream)
            upstream = self.modules[i].dx
