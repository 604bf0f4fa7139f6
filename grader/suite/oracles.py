"""Trusted answers that need no library beyond NumPy.

Owns numeric differentiation. It is only ever given functions of the trusted side: differencing the
student's forward would bless a backward that agrees with a wrong forward.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def numeric_gradient(
    f: Callable[[Array], Array], x: Array, dout: Array, step: float = 1e-5
) -> Array:
    """Gradient of `sum(f(x) * dout)` with respect to x, by central differences.

    Args:
        f: function of the trusted side.
        x: any shape, float64; not modified.
        dout: gradient of the loss with respect to f(x).
    """
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        gradient[index] = np.sum((f(x + shift) - f(x - shift)) * dout) / (2 * step)
    return gradient
