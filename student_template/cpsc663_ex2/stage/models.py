"""The student's models, also those under another name, and their checkpoints."""

import functools
import importlib
import inspect
import sys
from pathlib import Path

import torch
from stage.cuts import run_with
from torch import nn

IMAGE = (2, 1, 28, 28)
# What a model of each name takes and gives; whether something goes around the embedding.
SHAPES = {
    "CNN": (IMAGE, (2, 10), None),
    "Autoencoder": ((2, 784), (2, 784), None),
    "ConvAutoencoder": (IMAGE, IMAGE, False),
    "ConvAutoencoderSkip": (IMAGE, IMAGE, True),
}


def model(file, name):
    """A new model of the student's, for evaluation.

    A class of another name is taken when it is the only model of the file that fits. Lazy layers
    learn their sizes from a first batch.
    """
    module = importlib.import_module(file)
    kind = getattr(module, name, None) or _only_other(module, name)
    instance = _adapted(kind().eval(), SHAPES[name])
    if any(map(nn.parameter.is_lazy, instance.parameters())):
        with torch.no_grad():
            instance(torch.zeros(SHAPES[name][0]))
    return instance


def has(file, name):
    """Whether a file of the submission has something of this name."""
    return hasattr(importlib.import_module(file), name)


def layers(file, name):
    """Name and layer of all that such a model is made of; nothing where it cannot be made."""
    try:
        return list(model(file, name).named_children())
    except Exception:  # a mistake in the model is not the training's
        return []


def _adapted(instance, shapes):
    """The same object with what a student's own way of writing lacks: found by shape.

    `encoder` and `decoder` may stand for `encode` and `decode`; a model may also return the
    embedding with the reconstruction.
    """
    forward = instance.forward

    def with_shape(found, wanted):
        parts = found if isinstance(found, (tuple, list)) else (found,)
        fitting = [p for p in parts if isinstance(p, torch.Tensor) and p.shape[1:] == wanted]
        return fitting[0] if len(parts) > 1 and fitting else found

    instance.forward = lambda x: with_shape(forward(x), torch.Size(shapes[1][1:]))
    for method, part in (("encode", "encoder"), ("decode", "decoder")):
        layer = getattr(instance, part, None)
        if not hasattr(instance, method) and callable(layer):
            # A function: a layer under a second name would stand in state_dict twice.
            setattr(instance, method, functools.partial(layer.__call__))
    if not hasattr(instance, "encode"):
        instance.encode = lambda x: with_shape(forward(x), torch.Size([2]))
    return instance


def _only_other(module, name):
    own = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and issubclass(kind, nn.Module)
        and kind.__module__ == module.__name__
        and kind.__name__ not in SHAPES
        and _fits(kind, *SHAPES[name])
    ]
    if len(own) != 1:
        raise AttributeError(
            f"{module.__name__}.py has no class {name}, and {len(own) or 'no'} other model in it "
            "fits its description. Name yours as the template does."
        )
    sys.stdout.write(f"{module.__name__}.py: {own[0].__name__} was taken for the class {name}.\n")
    return own[0]


def _fits(kind, takes, gives, skips):
    try:
        instance = _adapted(kind().eval(), (takes, gives))
        with torch.no_grad():
            if tuple(instance(torch.zeros(takes)).shape) != gives:
                return False
            return skips is None or _has_skips(instance) == skips
    except Exception:  # whatever a class that is no such model does
        return False


def _has_skips(instance):
    """Whether images still matter when the embedding is always 0."""
    one, two = (run_with(instance, image, embedding=0.0) for image in torch.rand(2, 1, 1, 28, 28))
    return not torch.equal(one, two)


def checkpoint(*names):
    """The first of these files that was handed in, or the first name."""
    return next((name for name in names if Path(name).is_file()), names[0])


def filters_before_change(function, instance):
    """What `first_layer_filters` gave, fetched after the model has gone on learning."""
    filters = function(instance)
    with torch.no_grad():
        for parameter in instance.parameters():
            parameter.fill_(7.0)
    return filters
