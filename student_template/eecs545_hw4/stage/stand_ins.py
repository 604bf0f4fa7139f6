"""Stand-ins for torchvision and matplotlib: small, offline, and the same everywhere.

Owns a network in ResNet-18's place, and what the submission finds under `torchvision` and
`matplotlib`: everything but `models.resnet18` may be used freely and does nothing. Pictures are
drawn by the real matplotlib and only counted. It takes a second to import, so one that is loaded
before this module is laid aside and used.
"""

import contextlib
import copy
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

LIBRARIES = {"torchvision", "matplotlib"}
PACKAGES = ("torchvision.models", "torchvision.datasets", "torchvision.transforms")
FEATURES = 512
BACKBONES: list["Backbone"] = []  # made so far
ASIDE: dict[str, types.ModuleType] = {}  # the real modules that were loaded before `install`


class Backbone(nn.Module):
    """Two convolutions and `fc`: 512 features of an image of any size, and 1000 logits.

    Attributes:
        first: parameters and buffers at the first call in training mode.
    """

    def __init__(self, pretrained: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Conv2d(8, FEATURES, 1)
        self.fc = nn.Linear(FEATURES, 1000)
        self.pretrained = pretrained
        self.first: dict[str, torch.Tensor] = {}
        BACKBONES.append(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, 3, H, W) to logits."""
        if self.training and not self.first:
            self.first = copy.deepcopy(dict(self.state_dict()))
        maps = torch.relu(self.bn1(self.conv1(x)))  # (N, 8, H, W)
        pooled = torch.relu(self.layer1(maps)).mean(dim=(2, 3))  # (N, 512)
        logits: torch.Tensor = self.fc(pooled)
        return logits


def resnet18(pretrained: bool = False, *, weights: Any = None, **_more: Any) -> Backbone:
    """As torchvision's, old and new way of asking for trained weights."""
    return Backbone(bool(pretrained) or weights is not None)


class Anything:
    """May be called, looked into and derived from."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __call__(self, *_args: Any, **_kwargs: Any) -> "Anything":
        return self

    def __getattr__(self, name: str) -> "Anything":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: object) -> "Anything":
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class Library(types.ModuleType):
    """A module with every attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("resnet18", "get_model") and self.__name__.startswith("torchvision.models"):
            return resnet18 if name == "resnet18" else _get_model
        full = f"{self.__name__}.{name}"
        return importlib.import_module(full) if full in PACKAGES else Anything()


def _get_model(_name: str, **options: Any) -> Backbone:
    return resnet18(**options)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a `Library` under every name of these."""

    def find_spec(self, fullname: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """A package, so that names below it are found, too."""
        if fullname.partition(".")[0] not in LIBRARIES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """An empty library."""
        return Library(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""


def install() -> None:
    """From now on these libraries are the stand-ins, even where the real ones are loaded."""
    ASIDE.update(_taken_out(*LIBRARIES))
    sys.meta_path.insert(0, Finder())


def _taken_out(*libraries: str) -> dict[str, types.ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in libraries]
    return {name: sys.modules.pop(name) for name in names}


def _bring_back(library: str) -> None:
    """The real library in place of its stand-in."""
    LIBRARIES.discard(library)
    _taken_out(library)
    sys.modules.update({n: m for n, m in ASIDE.items() if n.partition(".")[0] == library})


@contextlib.contextmanager
def pictures() -> Iterator[tuple[list[object], list[str]]]:
    """What matplotlib is asked to draw while the block runs: images, and titles of axes."""
    _bring_back("matplotlib")
    import matplotlib
    from matplotlib import axes

    matplotlib.use("Agg")  # no window

    drawn, titles = list[object](), list[str]()
    imshow, set_title = axes.Axes.imshow, axes.Axes.set_title

    def counted(self: Any, image: Any, *args: Any, **options: Any) -> Any:
        drawn.append(image)
        return imshow(self, image, *args, **options)

    def noted(self: Any, label: Any, *args: Any, **options: Any) -> Any:
        titles.append(str(label))
        return set_title(self, label, *args, **options)

    axes.Axes.imshow, axes.Axes.set_title = counted, noted  # type: ignore[method-assign]
    yield drawn, titles
    axes.Axes.imshow, axes.Axes.set_title = imshow, set_title  # type: ignore[method-assign]
