"""The picture of the benchmarks: seconds of each way, with their range.

Owns `benchmarks/latency.svg`.
"""

import statistics
from pathlib import Path
from typing import Any

WIDTH = 0.26


def draw(results: dict[str, Any], folder: Path) -> None:
    """Bars of the medians, whiskers from the fastest to the slowest run."""
    if "latency" not in results:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows: dict[str, dict[str, list[float]]] = results["latency"]["found"]
    ways = [way for way in next(iter(rows.values())) if all(runs[way] for runs in rows.values())]
    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    for place, way in enumerate(ways):
        measured = [runs[way] for runs in rows.values()]
        middles = [statistics.median(runs) for runs in measured]
        low = [m - min(runs) for m, runs in zip(middles, measured, strict=True)]
        high = [max(runs) - m for m, runs in zip(middles, measured, strict=True)]
        positions = [number + (place - 1) * WIDTH for number in range(len(rows))]
        axes.bar(positions, middles, WIDTH, yerr=(low, high), capsize=2, label=way)
    axes.set_xticks(range(len(rows)), list(rows))
    axes.set_ylabel("seconds")
    axes.set_title("From upload to results, and the same suite by other means")
    axes.legend()
    figure.savefig(folder / "latency.svg", metadata={"Date": None})
