"""The reference's NumPy layers beside PyTorch on the processor.

Owns the table of layers: convolution and max pooling forward and backward, the three norms and the
two-dimensional correlation forward. One thread each; CPU seconds, so that a busy machine disturbs
little; run as a program of its own, because the number of threads is set before NumPy is imported.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "reference"
RUNS = 15
TITLE = f"The reference's layers beside PyTorch: least CPU time of {RUNS}, one thread."
# (N, C, H, W), (F, C, H', W')
SIZES = {
    "small": ((8, 3, 16, 16), (8, 3, 3, 3)),
    "medium": ((32, 3, 32, 32), (32, 3, 7, 7)),
    "large": ((64, 16, 32, 32), (32, 16, 5, 5)),
}
POOLED, NORMED, IMAGE, FILTER = (32, 16, 32, 32), (32, 16, 32, 32), (512, 512), (11, 11)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Step = Callable[[], object]


def reference(path: str) -> ModuleType:
    """A file of the reference, by its path below `reference/`."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, REFERENCE / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cpu_ms(*steps: Step) -> list[float]:
    """Least CPU milliseconds of each; called in turn, so that all meet the same machine."""
    times: list[list[float]] = [[] for _ in steps]
    for run in range(1 + RUNS):
        for step, taken in zip(steps, times, strict=True):
            started = time.process_time()
            step()
            if run > 0:  # the first call sets things up
                taken.append((time.process_time() - started) * 1e3)
    return [min(taken) for taken in times]


def pairs() -> Iterator[tuple[str, Step, Step]]:
    """Title, a step of the reference, the same step of PyTorch."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    for kind in ("float32", "float64"):
        for name, shapes in SIZES.items():
            x, w = (rng.standard_normal(shape).astype(kind) for shape in shapes)
            yield f"convolution, {name}, {kind}: x {shapes[0]}, w {shapes[1]}", *convolution(x, w)
    x = rng.standard_normal(POOLED).astype("float32")
    yield f"max pooling 2 x 2, float32: x {POOLED}", *pooling(x)
    x = rng.standard_normal(NORMED)
    for name in ("batch", "layer", "instance"):
        yield f"{name} norm, float64: x {NORMED}", *norm(name, x)
    image, mask = rng.standard_normal(IMAGE), rng.standard_normal(FILTER)
    yield f"correlation, float64: x {FILTER}, y {IMAGE}", *correlation(mask, image)


def convolution(x: Any, w: Any) -> tuple[Step, Step]:
    """Forward and backward, the upstream gradient being the result."""
    import torch

    layers = reference("eecs545_hw4/layers.py")
    images, kernels = (torch.tensor(array, requires_grad=True) for array in (x, w))

    def theirs() -> object:
        out = torch.nn.functional.conv2d(images, kernels)
        return torch.autograd.grad(out, (images, kernels), out.detach())

    return lambda: layers.conv_backward(*layers.conv_forward(x, w)), theirs


def pooling(x: Any) -> tuple[Step, Step]:
    """Forward and backward, 2 x 2 windows that do not overlap."""
    import torch

    layers = reference("eecs545_hw4/layers.py")
    size = {"pool_height": 2, "pool_width": 2, "stride": 2}
    images = torch.tensor(x, requires_grad=True)

    def theirs() -> object:
        out = torch.nn.functional.max_pool2d(images, 2)
        return torch.autograd.grad(out, (images,), out.detach())

    return lambda: layers.max_pool_backward(*layers.max_pool_forward(x, size)), theirs


def norm(name: str, x: Any) -> tuple[Step, Step]:
    """Forward, without affine parameters; PyTorch needs some eps where the reference takes 0."""
    import torch

    function = getattr(reference("csci5527_hw3/norms.py"), f"{name}_norm")
    images, eps = torch.tensor(x), 1e-5
    theirs = {
        "batch": lambda: torch.nn.functional.batch_norm(images, None, None, training=True, eps=eps),
        "layer": lambda: torch.nn.functional.layer_norm(images, images.shape[1:], eps=eps),
        "instance": lambda: torch.nn.functional.instance_norm(images, eps=eps),
    }
    return lambda: function(x, eps), theirs[name]


def correlation(mask: Any, image: Any) -> tuple[Step, Step]:
    """Forward, in full."""
    import torch

    correlate = reference("csci5527_hw3/correlation.py").correlate2d
    kernel, canvas = torch.tensor(mask)[None, None], torch.tensor(image)[None, None]
    margin = (mask.shape[0] - 1, mask.shape[1] - 1)
    return (
        lambda: correlate(mask, image),
        lambda: torch.nn.functional.conv2d(canvas, kernel, padding=margin),
    )


def measure() -> dict[str, dict[str, float]]:
    """Title -> milliseconds of both and their ratio."""
    rows = {}
    for title, mine, theirs in pairs():
        ours, other = cpu_ms(mine, theirs)
        rows[title] = {"reference_ms": ours, "torch_ms": other, "ratio": ours / other}
    return rows


def measured_apart() -> dict[str, dict[str, float]]:
    """`measure` in a process with one thread."""
    command = [sys.executable, "-m", "benchmarks.layers"]
    environment = os.environ | ONE_THREAD
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    figures: dict[str, dict[str, float]] = json.loads(done.stdout)
    return figures


def table(rows: dict[str, dict[str, float]]) -> str:
    """A Markdown table."""
    lines = ["| layer | reference ms | PyTorch ms | ratio |", "|---|---|---|---|"]
    for title, row in rows.items():
        figures = (row["reference_ms"], row["torch_ms"], row["ratio"])
        lines.append(f"| {title} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(measure()))
