"""The reference's convolution, forward and backward, beside PyTorch's with autograd.

Owns the second table. One thread each; CPU seconds, so that a busy machine disturbs little; run as
a program of its own, because the number of threads is set before NumPy is imported.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "reference" / "eecs545_hw4" / "layers.py"
RUNS = 15
TITLE = (
    f"The reference's layers beside PyTorch with autograd: least CPU time of {RUNS}, one thread."
)
# (N, C, H, W), (F, C, H', W')
SIZES = {
    "small": ((8, 3, 16, 16), (8, 3, 3, 3)),
    "medium": ((32, 3, 32, 32), (32, 3, 7, 7)),
    "large": ((64, 16, 32, 32), (32, 16, 5, 5)),
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def of_reference(x: Any, w: Any) -> Callable[[], object]:
    """Forward and backward with the layers that students write."""
    spec = importlib.util.spec_from_file_location("layers", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    layers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(layers)

    def step() -> object:
        out, cache = layers.conv_forward(x, w)
        return layers.conv_backward(out, cache)

    return step


def of_torch(x: Any, w: Any) -> Callable[[], object]:
    """The same by autograd."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    images, kernels = (torch.tensor(array, requires_grad=True) for array in (x, w))

    def step() -> object:
        out = functional.conv2d(images, kernels)
        return torch.autograd.grad(out, (images, kernels), out.detach())

    return step


def cpu_ms(step: Callable[[], object]) -> float:
    """Least CPU milliseconds of several calls, the first one not counted."""
    step()
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        step()
        times.append(time.process_time() - started)
    return min(times) * 1e3


def measure() -> dict[str, dict[str, float]]:
    """Size and kind of number -> milliseconds of both and their ratio."""
    import numpy as np

    rng, rows = np.random.default_rng(0), {}
    for kind in ("float32", "float64"):
        for name, shapes in SIZES.items():
            x, w = (rng.standard_normal(shape).astype(kind) for shape in shapes)
            ours, theirs = cpu_ms(of_reference(x, w)), cpu_ms(of_torch(x, w))
            title = f"{name}, {kind}: x {shapes[0]}, w {shapes[1]}"
            rows[title] = {"reference_ms": ours, "torch_ms": theirs, "ratio": ours / theirs}
    return rows


def measured_apart() -> dict[str, dict[str, float]]:
    """`measure` in a process with one thread."""
    command = [sys.executable, "-m", "benchmarks.convolution"]
    environment = os.environ | ONE_THREAD
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def table(rows: dict[str, dict[str, float]]) -> str:
    """A Markdown table."""
    lines = [
        "| convolution, forward and backward | reference ms | PyTorch ms | ratio |",
        "|---|---|---|---|",
    ]
    for title, row in rows.items():
        lines.append(
            f"| {title} | {row['reference_ms']:.2f} | {row['torch_ms']:.2f} | {row['ratio']:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(measure()))
