"""Hypothesis strategies for the arrays and cases that layers are tested with.

Owns sizes and contents. A strategy draws sizes and a seed, and NumPy's generator fills the array:
fast, and a failure shrinks in the sizes, which is what a student can picture. Sizes that may
differ are drawn independently from ranges whose shrunk values differ where that matters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

Array = np.ndarray[Any, np.dtype[Any]]
Elements = Literal["normal", "integers", "ties", "extreme", "zeros"]
SEEDS = st.integers(0, 2**16 - 1)

# Re-exported so that a suite needs one import.
integers = st.integers
floats = st.floats
booleans = st.booleans
sampled_from = st.sampled_from
just = st.just
tuples = st.tuples
composite = st.composite


def fill(
    shape: tuple[int, ...], seed: int, elements: Elements = "normal", dtype: Any = np.float64
) -> Array:
    """An array of this shape with reproducible contents."""
    generator = np.random.default_rng(seed)
    makers: dict[str, Callable[[], Any]] = {
        "normal": lambda: generator.standard_normal(shape),
        "integers": lambda: generator.integers(-9, 10, shape),
        "ties": lambda: generator.integers(-1, 2, shape),
        "extreme": lambda: generator.standard_normal(shape) * 1000.0,
        "zeros": lambda: np.zeros(shape),
    }
    return np.asarray(makers[elements]()).astype(dtype)


@st.composite
def shapes(draw: st.DrawFn, /, **ranges: tuple[int, int]) -> tuple[int, ...]:
    """A shape with one size per letter: `shapes(N=(1, 4), D=(2, 6))`."""
    return tuple(draw(st.integers(low, high)) for low, high in ranges.values())


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: Any,
    *,
    elements: Elements = "normal",
    dtype: Any = np.float64,
) -> Array:
    """An array of a shape (a tuple, or a strategy of tuples)."""
    sizes = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    return fill(sizes, draw(SEEDS), elements, dtype)


@dataclass(frozen=True, slots=True)
class LinearCase:
    """Inputs of a fully connected layer and a gradient of its output."""

    x: Array  # (N, Din)
    w: Array  # (Din, Dout)
    b: Array  # (Dout,)
    dout: Array  # (N, Dout)


@st.composite
def linear_cases(
    draw: st.DrawFn,
    *,
    max_batch: int = 5,
    max_size: int = 7,
    least: int = 1,
    elements: Elements = "normal",
    dtype: Any = np.float64,
) -> LinearCase:
    """x (N, Din), w (Din, Dout), b (Dout,), dout (N, Dout); no size is below `least`."""
    n = draw(st.integers(least, max_batch))
    d_in, d_out = draw(st.integers(least, max_size)), draw(st.integers(least, max_size))
    seed = draw(SEEDS)
    return LinearCase(
        fill((n, d_in), seed, elements, dtype),
        fill((d_in, d_out), seed + 1, elements, dtype),
        fill((d_out,), seed + 2, elements, dtype),
        fill((n, d_out), seed + 3, elements, dtype),
    )


@dataclass(frozen=True, slots=True)
class LogitsCase:
    """Scores and labels of a classifier."""

    x: Array  # (N, C)
    y: Array  # (N,)


@st.composite
def logits_cases(
    draw: st.DrawFn,
    *,
    max_batch: int = 6,
    max_classes: int = 7,
    elements: Elements = "normal",
    dtype: Any = np.float64,
) -> LogitsCase:
    """x (N, C) scores, y (N,) integer labels below C; C is at least 2."""
    n, c = draw(st.integers(1, max_batch)), draw(st.integers(2, max_classes))
    seed = draw(SEEDS)
    labels = np.random.default_rng(seed).integers(0, c, n)
    return LogitsCase(fill((n, c), seed + 1, elements, dtype), labels)


@dataclass(frozen=True, slots=True)
class Conv2dCase:
    """Inputs of a convolution without bias, and a gradient of its output (stride 1, no padding)."""

    x: Array  # (N, C, H, W)
    w: Array  # (F, C, KH, KW)
    dout: Array  # (N, F, H-KH+1, W-KW+1)


@st.composite
def conv2d_cases(
    draw: st.DrawFn,
    *,
    max_batch: int = 3,
    max_channels: int = 3,
    max_filters: int = 3,
    max_kernel: int = 4,
    max_extra: int = 4,
    least: int = 1,
    square: bool = False,
    elements: Elements = "normal",
    dtype: Any = np.float64,
) -> Conv2dCase:
    """Images at least as large as the kernel; H and W, KH and KW are drawn independently.

    Args:
        least: no size, those of the output included, is below it.
        square: images and kernels are as high as wide.
    """
    n, c = draw(st.integers(least, max_batch)), draw(st.integers(least, max_channels))
    f = draw(st.integers(least, max_filters))
    kernel = draw(st.integers(least, max_kernel)), draw(st.integers(least, max_kernel))
    extra = draw(st.integers(least - 1, max_extra)), draw(st.integers(least - 1, max_extra))
    if square:
        kernel, extra = (kernel[0],) * 2, (extra[0],) * 2
    height, width = kernel[0] + extra[0], kernel[1] + extra[1]
    seed = draw(SEEDS)
    return Conv2dCase(
        fill((n, c, height, width), seed, elements, dtype),
        fill((f, c, *kernel), seed + 1, elements, dtype),
        fill((n, f, extra[0] + 1, extra[1] + 1), seed + 2, elements, dtype),
    )


@dataclass(frozen=True, slots=True)
class Pool2dCase:
    """Inputs of a pooling layer and a gradient of its output."""

    x: Array  # (N, C, H, W)
    pool_param: dict[str, int]  # pool_height, pool_width, stride
    dout: Array  # (N, C, H', W')


@st.composite
def pool2d_cases(
    draw: st.DrawFn,
    *,
    max_batch: int = 3,
    max_channels: int = 3,
    max_window: int = 3,
    max_stride: int = 3,
    max_extra: int = 5,
    elements: Elements = "normal",
    dtype: Any = np.float64,
) -> Pool2dCase:
    """Any stride (overlapping or with gaps); sizes need not be a multiple of the window."""
    n, c = draw(st.integers(1, max_batch)), draw(st.integers(1, max_channels))
    window = draw(st.integers(1, max_window)), draw(st.integers(1, max_window))
    extra = draw(st.integers(0, max_extra)), draw(st.integers(0, max_extra))
    stride, seed = draw(st.integers(1, max_stride)), draw(SEEDS)
    out = tuple(size // stride + 1 for size in extra)
    return Pool2dCase(
        fill((n, c, window[0] + extra[0], window[1] + extra[1]), seed, elements, dtype),
        {"pool_height": window[0], "pool_width": window[1], "stride": stride},
        fill((n, c, *out), seed + 1, elements, dtype),
    )
