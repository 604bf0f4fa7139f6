"""Problem 4 (b): the "90 %" test against the labels beside this file."""

import csv
from pathlib import Path

from grader.suite import WrongAnswer, task

LABELS = Path(__file__).with_name("chest_xray_labels.csv")
WANTED = 0.9
MOST_BYTES = 1_000_000  # a line for each of 624 images takes 30,000


def rows_of(text):
    """File name -> label in capitals; folders before the name do not matter."""
    rows = [row for row in csv.reader(text.splitlines()) if len(row) >= 2]
    return {
        row[0].strip().replace("\\", "/").split("/")[-1]: row[1].strip().upper() for row in rows
    }


def shares(predicted, truth):
    """Share of right answers in all, and its mean over the classes; what is missing is wrong."""
    by_class = {
        label: [predicted.get(name) == label for name, true in truth.items() if true == label]
        for label in set(truth.values())
    }
    rights = [right for part in by_class.values() for right in part]
    balanced = sum(sum(part) / len(part) for part in by_class.values()) / len(by_class)
    return sum(rights) / len(rights), balanced


@task(
    "4b", facet="accuracy", hint="Name every image of the test split; more than 90 % must be right."
)
def test_more_than_ninety_percent_of_the_test_images_are_right(student):
    truth = rows_of(LABELS.read_text())
    truth.pop("filename")
    content = student.read_file("predictions.csv")
    if len(content) > MOST_BYTES:
        raise WrongAnswer(f"predictions.csv: {len(content)} bytes, more than {MOST_BYTES}")
    predicted = rows_of(content.decode("utf-8-sig"))
    accuracy, balanced = shares(predicted, truth)
    if not accuracy > WANTED:
        missing = len(truth.keys() - predicted.keys())
        raise WrongAnswer(
            f"accuracy {accuracy:.3f}, not above {WANTED} (balanced {balanced:.3f}; {missing} of "
            f"{len(truth)} test images have no prediction)"
        )
