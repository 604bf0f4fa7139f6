"""Problem 1 (e): what a training run owes beside its accuracy, on a few made-up images."""

import numpy as np
import pytest
import torch

from grader.suite import close, task

KINDS = {"adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam"}


def small_set(count, seed):
    """Made-up images (count, 28, 28) and labels (count,)."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
    return images, torch.randint(0, 10, (count,), generator=generator)


def predict(student, name, tests, seed):
    images, labels = small_set(90, 2)
    answer = np.asarray(student.optimizers.train_and_predict(name, images, labels, tests, seed))
    close(answer.size, len(tests), name="number of predictions", exact=True)
    return answer


@task(
    "1e",
    facet="seed",
    hint="Set the seed before the network is made and before images are shuffled.",
)
@pytest.mark.parametrize("name", KINDS)
def test_same_seed_gives_same_predictions(student, name):
    tests, _ = small_set(200, 3)
    first = predict(student, name, tests, 8)
    close(predict(student, name, tests, 8), first, name="the second run", exact=True)


@task(
    "1e",
    facet="alone",
    hint="One test image is enough, and it has the same class alone and among others.",
)
def test_image_alone_is_classified_as_among_others(student):
    tests = torch.zeros((12, 28, 28), dtype=torch.uint8)
    for k in range(12):  # a bright square, elsewhere in each
        tests[k, k : k + 9, 7 * k % 19 : 7 * k % 19 + 9] = 255
    together = predict(student, "adam", tests, 5)
    for k in (0, 3, 7, 11):
        alone = predict(student, "adam", tests[k : k + 1], 5)
        close(alone, together[k : k + 1], name=f"image {k} alone", exact=True)


@task("1e", facet="asked", hint="The name says which of your three classes takes the steps.")
@pytest.mark.parametrize("name", KINDS)
def test_optimizer_asked_for_takes_the_steps(student, name):
    images, labels = small_set(80, 6)
    optimizers = student.module("importlib").import_module("optimizers")
    counts = student.stage.steps_taken(optimizers, name, images, labels, images[:3], 1)
    for kind, count in counts.items():
        close(count > 0, kind == KINDS[name], name=f"{kind} took steps", exact=True)
