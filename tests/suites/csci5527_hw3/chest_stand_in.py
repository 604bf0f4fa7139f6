"""A made-up stand-in for the chest X-rays of problem 4, for machines without the real ones.

Owns how the stand-in is drawn: two dark lungs behind ribs, and with pneumonia bright clouds in
them. Made for this suite's own checks; a course puts the real test split's labels into
`hidden/chest_xray_labels.csv`, as docs/datasets.md says.

    python tests/suites/csci5527_hw3/chest_stand_in.py FOLDER

writes FOLDER/train/NORMAL, FOLDER/train/PNEUMONIA and FOLDER/test, the latter without labels, and
beside this file the labels of the test images.
"""

import csv
import sys
from pathlib import Path

import numpy as np

SIZE = 64  # rows and columns of an image
COUNTS = {"train": {"NORMAL": 60, "PNEUMONIA": 180}, "test": {"NORMAL": 45, "PNEUMONIA": 75}}
SEED = 5527
LABELS = Path(__file__).parent / "hidden" / "chest_xray_labels.csv"


def cloud(center, radii):
    """A smooth spot of height 1."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    return np.exp(-(((rows - center[0]) / radii[0]) ** 2) - ((columns - center[1]) / radii[1]) ** 2)


def picture(generator, label):
    """One image, uint8 (SIZE, SIZE)."""
    shift = generator.uniform(-0.04, 0.04, 2)
    lungs = sum(cloud(np.array([0.5, side]) + shift, (0.3, 0.14)) for side in (0.3, 0.7))
    ribs = np.sin(np.arange(SIZE) * generator.uniform(0.6, 0.8) + generator.uniform(0, 6))
    light = 150 - 100 * lungs + 8 * ribs[:, None]
    if label == "PNEUMONIA":
        for _ in range(generator.integers(2, 5)):
            center = 0.5 + generator.uniform(-0.2, 0.2), generator.choice([0.3, 0.7])
            light += generator.uniform(40, 70) * cloud(center, generator.uniform(0.06, 0.12, 2))
    light = light * generator.uniform(0.85, 1.15) + generator.normal(0, 12, (SIZE, SIZE))
    return np.clip(light, 0, 255).astype(np.uint8)


def save(path, image):
    """Write a portable graymap, which needs no library and which PIL reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"P5 {SIZE} {SIZE} 255\n".encode() + image.tobytes())


def main(folder):
    """Write all images, and the labels of the test images."""
    generator = np.random.default_rng(SEED)
    for label, count in COUNTS["train"].items():
        for number in range(count):
            save(folder / "train" / label / f"{number:04}.pgm", picture(generator, label))
    labels = generator.permutation([n for n, count in COUNTS["test"].items() for _ in range(count)])
    with LABELS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["filename", "label"])
        for number, label in enumerate(labels):
            save(folder / "test" / f"chest-{number:04}.pgm", picture(generator, label))
            writer.writerow([f"chest-{number:04}.pgm", label])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
