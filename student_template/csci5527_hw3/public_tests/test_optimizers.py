"""Problem 1 (a) to (d): the network, and every step against the formula that defines it."""

import math
import re

import torch

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

LABELS = torch.tensor([3, 0, 9, 9, 5])


def made_up_images(n):
    """(n, 1, 28, 28), float32 between 0 and 1."""
    return torch.rand((n, 1, 28, 28), generator=torch.Generator().manual_seed(n))


def check_scores(student, n):
    scores = student.optimizers.build_model()(made_up_images(n))
    close(torch.isfinite(scores), torch.ones(n, 10, dtype=torch.bool), name="scores are finite")


@task("1a", facet="scores", hint="The scores have shape (N, 10).")
@given(n=st.integers(2, 5), max_examples=5)
def test_network_gives_ten_scores_per_image(student, n):
    check_scores(student, n)


@task("1a", facet="alone", hint="A single image has ten scores as well, of shape (1, 10).")
def test_network_gives_ten_scores_to_a_single_image(student):
    check_scores(student, 1)


@task(
    "1a", facet="layers", hint="Count what has a weight matrix or kernels; at most three of these."
)
def test_network_has_at_most_three_layers_with_weights(student):
    model = student.optimizers.build_model()
    model(made_up_images(2))
    weights = [name for name, p in dict(iter(model.named_parameters())).items() if p.ndim > 1]
    # Several parameters called weight... belong to one layer of PyTorch.
    layers = {re.sub(r"(\.parametrizations)?\.weight[^.]*(\.original\d)?$", "", n) for n in weights}
    if not 1 <= len(layers) <= 3:
        told = ", ".join(sorted(layers)) or "none"
        raise WrongAnswer(f"the network has {len(layers)} layers with weights ({told}), not 1 to 3")


@task("1a", facet="loss", hint="The objective must fall when the right class gets a higher score.")
def test_loss_falls_with_the_score_of_the_right_class(student):
    scores = student.optimizers.build_model()(made_up_images(len(LABELS)))
    found = student.value_and_grad(student.optimizers.loss_fn(), scores, LABELS)
    close(found.value.ndim, 0, name="axes of the loss", exact=True)
    slopes = found.grads[0].gather(1, LABELS[:, None])
    close(slopes < 0, torch.ones(5, 1, dtype=torch.bool), name="the slope is negative", exact=True)


# -- steps ---------------------------------------------------------------------------------------

SHAPES = st.shapes(a=(1, 3), b=(1, 4))
STEPS = st.integers(1, 4)


def gradients_of(shape, steps, seed):
    """None so small that the default eps shows beside it."""
    drawn = [torch.from_numpy(st.fill(shape, seed + 1 + k)) for k in range(steps)]
    return [z + z.sign() for z in drawn]


def walk(student, kind, start, gradients, **options):
    """Where the submission's optimizer takes one parameter."""
    p = student.put(start)
    p.requires_grad = True
    optimizer = getattr(student.optimizers, kind)([p], **options)
    for gradient in gradients:
        p.grad = gradient
        optimizer.step()
    return p.value()


@task("1b", facet="formula", hint="Add up all squares; divide by their root plus eps.")
@given(shape=SHAPES, steps=STEPS, seed=st.SEEDS)
def test_adagrad_follows_its_formula(student, shape, steps, seed):
    start, gradients = torch.from_numpy(st.fill(shape, seed)), gradients_of(shape, steps, seed)
    expected, total = start.clone(), torch.zeros(shape, dtype=torch.float64)
    for gradient in gradients:
        total += gradient**2
        expected -= 0.1 * gradient / (total.sqrt() + 1e-10)
    close(
        walk(student, "Adagrad", start, gradients, lr=0.1),
        expected,
        name="the parameter",
        rtol=1e-5,
    )


@task("1c", facet="formula", hint="A running average of the squares; divide by its root plus eps.")
@given(shape=SHAPES, steps=STEPS, seed=st.SEEDS)
def test_rmsprop_follows_its_formula(student, shape, steps, seed):
    start, gradients = torch.from_numpy(st.fill(shape, seed)), gradients_of(shape, steps, seed)
    expected, average = start.clone(), torch.zeros(shape, dtype=torch.float64)
    for gradient in gradients:
        average = 0.99 * average + 0.01 * gradient**2
        expected -= 0.1 * gradient / (average.sqrt() + 1e-8)
    close(
        walk(student, "RMSprop", start, gradients, lr=0.1),
        expected,
        name="the parameter",
        rtol=1e-5,
    )


@task(
    "1d",
    facet="correction",
    weight=2,
    hint="Correct both averages for starting at 0; t is 1 in the first step.",
)
@given(shape=SHAPES, steps=STEPS, seed=st.SEEDS)
def test_adam_follows_algorithm_1(student, shape, steps, seed):
    start, gradients = torch.from_numpy(st.fill(shape, seed)), gradients_of(shape, steps, seed)
    expected, m, v = start.clone(), 0.0, 0.0
    for t, gradient in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        expected -= 0.1 * m_hat / (v_hat.sqrt() + 1e-8)
    close(
        walk(student, "Adam", start, gradients, lr=0.1), expected, name="the parameter", rtol=1e-5
    )


@task("1d", facet="averages", hint="Late steps show no correction: lr times m over the root of v.")
def test_adams_late_steps_follow_its_averages(student):
    """With betas of 0.5 nothing is left of the corrections, nor of the first gradients."""
    gradients = gradients_of((2, 3), 60, 21)
    p = student.put(torch.zeros(2, 3, dtype=torch.float64))
    p.requires_grad = True
    optimizer = student.optimizers.Adam([p], lr=0.1, betas=(0.5, 0.5))
    m = v = torch.zeros(2, 3, dtype=torch.float64)
    for t, gradient in enumerate(gradients, start=1):
        before = p.value()
        p.grad = gradient
        optimizer.step()
        m, v = (m + gradient) / 2, (v + gradient**2) / 2
        if t > 40:
            close(p.value() - before, -0.1 * m / (v.sqrt() + 1e-8), name=f"step {t}", rtol=1e-5)


@task(
    "1d",
    facet="correction",
    hint="With both corrections, the first step is lr long for a gradient of any size.",
)
@given(exponent=st.integers(-1, 3), seed=st.SEEDS)
def test_adams_first_step_is_as_long_as_the_learning_rate(student, exponent, seed):
    start = torch.from_numpy(st.fill((3,), seed))
    gradient = torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64) * math.pow(10, exponent)
    moved = walk(student, "Adam", start, [gradient], lr=0.5) - start
    expected = torch.tensor([-0.5, 0.5, -0.5], dtype=torch.float64)
    close(moved, expected, name="the first step", rtol=1e-4)
