"""Train one model by its configuration. Given; nothing to write here.

    python train.py configs/config_twolayer.yaml
    python train.py configs/config_twolayer.yaml data=/where/CIFAR-10/is device=cuda epochs=1

Words behind the file replace its settings. The best weights are saved in `checkpoints/`. Runs are
repeatable on one machine: the random generators start at the same place each time.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch

SEED = 7643


def read(path: Path) -> dict[str, Any]:
    """Settings of all sections of a configuration, as one dict.

    Reads what the files of `configs/` are made of: sections, and below them `name: value`, where
    a value is a number, a word, true, false, or a list of numbers.
    """
    lines = [line.partition("#")[0].rstrip() for line in path.read_text().splitlines()]
    pairs = [line.split(":", 1) for line in lines if line.startswith(" ") and ":" in line]
    return {name.strip(): value_of(text.strip()) for name, text in pairs}


def value_of(text: str) -> Any:
    """A number, list or truth value where the text is one; the text itself elsewhere."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(config: str, *changes: str) -> None:
    """Train, showing the progress."""
    # Here and not above, so that this file loads before that one is complete.
    from solver import Solver

    settings = read(Path(config))
    settings |= {name: value_of(text) for name, _, text in (c.partition("=") for c in changes)}
    torch.manual_seed(SEED)
    Solver(**settings).train(
        lambda epoch, loss, accuracy: print(  # noqa: T201  # a program for the terminal
            f"epoch {epoch:3}  loss {loss:.4f}  accuracy {accuracy:.4f}", flush=True
        )
    )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python train.py configs/NAME.yaml [setting=value ...]")
    main(*sys.argv[1:])
