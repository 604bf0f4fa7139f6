"""Task 4c: train the captioning network, draw its learning curve, show captions (given).

    python image_captioning.py            COCO when coco_captioning/ is here, else a made-up set
    python image_captioning.py --epochs 5

The curve is printed, and drawn into image_captioning.png when matplotlib is installed.
"""

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

import captioning_solver
import coco_utils
import numpy as np
import rnn

SHOWN = 3  # captions of each split


def main(arguments: list[str] | None = None) -> float:
    """Train and report; returns the mean loss of the last ten minibatches."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--captions", type=int, default=50, help="captions to learn; 0: all")
    options = parser.parse_args(arguments)
    np.random.seed(545)
    data = load()
    if options.captions:
        for name in ("train_captions", "train_image_idxs"):
            data[name] = data[name][: options.captions]
    model = rnn.CaptioningRNN(
        data["word_to_idx"],
        input_dim=data["train_features"].shape[1],
        wordvec_dim=256,
        hidden_dim=512,
    )
    solver = captioning_solver.CaptioningSolver(
        model,
        data,
        num_epochs=options.epochs,
        batch_size=25,
        optim_config={"learning_rate": 2e-3},
        lr_decay=0.97,
        print_every=20,
    )
    solver.train()
    draw(solver.loss_history)
    show_captions(model, data)
    return float(np.mean(solver.loss_history[-10:]))


def load() -> dict[str, Any]:
    """The COCO data, or the made-up set with a word about it."""
    try:
        data: dict[str, Any] = coco_utils.load_coco_data()
    except (FileNotFoundError, ImportError) as exc:
        sys.stdout.write(f"{exc}\nUsing a small made-up caption set meanwhile.\n")
        data = coco_utils.make_small_data()
    return data


def show_captions(model: rnn.CaptioningRNN, data: dict[str, Any]) -> None:
    """Some captions of each split beside what the model writes."""
    for split in coco_utils.SPLITS:
        captions, features, _ = coco_utils.sample_coco_minibatch(data, SHOWN, split)
        length = captions.shape[1]
        written = coco_utils.decode_captions(model.sample(features, length), data["idx_to_word"])
        right = coco_utils.decode_captions(captions, data["idx_to_word"])
        for got, expected in zip(written, right, strict=True):
            sys.stdout.write(f"{split}: {got}\n    data: {expected}\n")


def draw(losses: list[float]) -> None:
    """The learning curve as a picture, or as a few numbers where matplotlib is missing."""
    try:
        plot = importlib.import_module("matplotlib.pyplot")
    except ImportError:
        numbers = ", ".join(f"{loss:.3f}" for loss in losses[:: max(len(losses) // 10, 1)])
        sys.stdout.write(f"Training loss (install matplotlib to see a curve): {numbers}\n")
        return
    plot.plot(losses)
    plot.xlabel("minibatch")
    plot.ylabel("training loss")
    plot.savefig(Path("image_captioning.png"))


if __name__ == "__main__":
    main()
