"""Update rules of the course (given): one step for one parameter.

Owns the arithmetic of a step. Each rule takes a parameter `w`, its gradient `dw` and a dict of
settings, and returns the new parameter and the settings for its next step; what a rule must
remember (a velocity, averages, the number of steps) travels in that dict. Neither `w` nor `config`
is changed. Which parameters there are, and how often, is `solver.py`'s business.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Config: TypeAlias = dict[str, Any]


def sgd(w: Array, dw: Array, config: Mapping[str, Any] | None = None) -> tuple[Array, Config]:
    """Stochastic gradient descent.

        w' = w - learning_rate * dw

    Settings: learning_rate (0.01).
    """
    state: Config = {"learning_rate": 1e-2} | dict(config or {})
    return w - state["learning_rate"] * dw, state


def sgd_momentum(
    w: Array, dw: Array, config: Mapping[str, Any] | None = None
) -> tuple[Array, Config]:
    """Gradient descent with a velocity.

        v' = momentum * v - learning_rate * dw
        w' = w + v'

    Settings: learning_rate (0.01), momentum (0.9). Remembers: velocity.
    """
    state: Config = {"learning_rate": 1e-2, "momentum": 0.9} | dict(config or {})
    velocity = state["momentum"] * state.get("velocity", np.zeros_like(w))
    state["velocity"] = velocity - state["learning_rate"] * dw
    return w + state["velocity"], state


def rmsprop(w: Array, dw: Array, config: Mapping[str, Any] | None = None) -> tuple[Array, Config]:
    """Steps divided by a running root mean square of the gradient (Hinton).

        s' = decay_rate * s + (1 - decay_rate) * dw^2
        w' = w - learning_rate * dw / (sqrt(s') + epsilon)

    Settings: learning_rate (0.01), decay_rate (0.99), epsilon (1e-8). Remembers: square.
    """
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}
    state: Config = defaults | dict(config or {})
    rate = state["decay_rate"]
    state["square"] = rate * state.get("square", np.zeros_like(w)) + (1 - rate) * dw**2
    return w - state["learning_rate"] * dw / (np.sqrt(state["square"]) + state["epsilon"]), state


def adam(w: Array, dw: Array, config: Mapping[str, Any] | None = None) -> tuple[Array, Config]:
    """Adam (Kingma and Ba, algorithm 1), with bias correction.

        m' = beta1 * m + (1 - beta1) * dw         s' = beta2 * s + (1 - beta2) * dw^2
        w' = w - learning_rate * (m' / (1 - beta1^t)) / (sqrt(s' / (1 - beta2^t)) + epsilon)

    Settings: learning_rate (0.001), beta1 (0.9), beta2 (0.999), epsilon (1e-8).
    Remembers: mean, square, t (the number of steps).
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    state: Config = defaults | dict(config or {})
    beta1, beta2, t = state["beta1"], state["beta2"], state.get("t", 0) + 1
    state["t"] = t
    state["mean"] = beta1 * state.get("mean", np.zeros_like(w)) + (1 - beta1) * dw
    state["square"] = beta2 * state.get("square", np.zeros_like(w)) + (1 - beta2) * dw**2
    mean, square = state["mean"] / (1 - beta1**t), state["square"] / (1 - beta2**t)
    return w - state["learning_rate"] * mean / (np.sqrt(square) + state["epsilon"]), state
