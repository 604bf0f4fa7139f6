"""CIFAR-10 with classes of different sizes: `from data import Imbalanced_CIFAR10`.

Given; nothing to write here. The images themselves lie beside this file, see `cifar10.py`.
"""

from cifar10 import Imbalanced_CIFAR10

__all__ = ["Imbalanced_CIFAR10"]
