def one():
    return 1


import numpy as np
import torch


def twice(x):
    return torch.from_numpy(2 * x)


def sparse(x):
    return twice(x).to_sparse()


def meta(x):
    return twice(x).to("meta")


def quantised(x):
    return torch.quantize_per_tensor(twice(x).float(), 0.1, 0, torch.qint8)


def nested(x):
    return torch.nested.nested_tensor([twice(x), twice(x)])


def small_complex(x):
    return torch.zeros(x.shape, dtype=torch.complex32)


def expanded(x):
    return torch.zeros(1).expand(10**12)


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


def subclass(x):
    return torch.nn.Buffer(twice(x)).as_subclass(Liar)


def torch_function(x):
    return type("L", (), {"__torch_function__": classmethod(lambda *_, **__: True)})()


def requires_grad(x):
    return (0 * twice(x)).requires_grad_()


def conjugated(x):
    return torch.complex(0 * twice(x), twice(x)).conj()


def on_graph(x):
    weight = torch.zeros(x.shape, requires_grad=True)
    return weight * twice(x)
