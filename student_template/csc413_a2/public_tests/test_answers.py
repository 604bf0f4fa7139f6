"""The written parts: what each answer must do, on small examples."""

from dataclasses import dataclass

import numpy as np
import torch

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

# Single precision and other orders of summing are fine.
NEAR = {"rtol": 1e-4, "atol": 1e-6}


@dataclass(frozen=True)
class Regression:
    """Data, targets and first weights."""

    X: np.ndarray  # (n, d)
    t: np.ndarray  # (n,)
    w0: np.ndarray  # (d,)


@st.composite
def regressions(draw):
    n, d = draw(st.shapes(n=(1, 5), d=(1, 5)))
    seed = draw(st.SEEDS)
    return Regression(st.fill((n, d), seed), st.fill((n,), seed + 1), st.fill((d,), seed + 2))


def loss_and_gradient(case, w, l2=0.0):
    """The handout's loss, with a penalty, and its gradient by autograd."""
    leaf = torch.tensor(w, requires_grad=True)
    residual = torch.tensor(case.X) @ leaf - torch.tensor(case.t)
    loss = (residual**2).mean() + l2 * (leaf**2).sum()
    return loss.item(), torch.autograd.grad(loss, leaf)[0].numpy()


@task(
    "1.1.1",
    facet="step",
    hint="Average the gradient over the batch; (x . w - t)^2 has a factor 2.",
)
def test_sgd_takes_one_step(student):
    X, t = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), np.array([1.0, 3.0])
    w = student.answers.sgd_minimum_norm(X, t, [np.array([0, 1])], 0.1)
    close(w, np.array([0.1, 0.5, -0.3]), name="w after one step", **NEAR)


@task(
    "1.1.1",
    facet="converges",
    hint="Start from zero; take a step for each batch, in their order.",
)
def test_sgd_reaches_solution_of_least_norm(student):
    X, t = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), np.array([1.0, 3.0])
    w = student.answers.sgd_minimum_norm(X, t, [np.array([0]), np.array([1])] * 100, 0.1)
    close(w, np.linalg.pinv(X) @ t, name="w after 200 steps", **NEAR)


@task("1.2.1", facet="fits", hint="Put your weights into the model: x . w_rms must be t.")
def test_counterexample_fits_its_target(student):
    x, t, _w0, w_rms = student.answers.rmsprop_counterexample()
    close(float(np.ravel(x) @ np.ravel(w_rms)), float(np.ravel(t)[0]), name="x . w_rms", rtol=1e-3)


@task("1.2.1", facet="norm", hint="The solution of least norm is the one that is a multiple of x.")
def test_counterexample_has_not_the_least_norm(student):
    x, t, _w0, w_rms = (np.ravel(part) for part in student.answers.rmsprop_counterexample())
    least, norm = abs(t[0]) / np.linalg.norm(x), np.linalg.norm(w_rms)
    if not norm > least * 1.001:
        raise WrongAnswer(f"||w_rms|| is {norm:.5g}, and the least norm of a solution {least:.5g}.")


@task("2.2.1", hint="Write a = X w0 - t; L1 is the mean of the squares of X w1 - t.")
@given(case=regressions(), lr=st.sampled_from([0.0, 0.05, 0.5]), max_examples=15)
def test_loss_after_one_step_is_that_of_w1(student, case, lr):
    _, gradient = loss_and_gradient(case, case.w0)
    expected, _ = loss_and_gradient(case, case.w0 - lr * gradient)
    got = student.answers.loss_after_one_step(case.X, case.t, case.w0, lr)
    close(got, expected, name="L1", **NEAR)


@task("2.2.3", hint="Set the derivative of L1 by the learning rate to 0.")
@given(case=regressions(), max_examples=15)
def test_loss_is_flat_at_optimal_learning_rate(student, case):
    """L1 is a parabola in the learning rate: its value at 0, 1 and 2 gives the lowest point."""
    _, gradient = loss_and_gradient(case, case.w0)
    at = [loss_and_gradient(case, case.w0 - lr * gradient)[0] for lr in (0, 1, 2)]
    curvature = at[0] - 2 * at[1] + at[2]
    lowest = (1.5 * at[0] - 2 * at[1] + 0.5 * at[2]) / curvature
    got = student.answers.optimal_learning_rate(case.X, case.t, case.w0)
    close(got, lowest, name="the learning rate", rtol=1e-4, atol=1e-6)


@task("2.3.1", facet="penalty", hint="The penalty's gradient is 2 * l2 * w.")
@given(case=regressions(), l2=st.sampled_from([0.0, 0.25, 3.0]), max_examples=15)
def test_step_with_penalty_follows_gradient(student, case, l2):
    _, gradient = loss_and_gradient(case, case.w0, l2)
    w1 = student.answers.one_step_l2(case.X, case.t, case.w0, 0.1, l2)
    close(w1, case.w0 - 0.1 * gradient, name="w1", **NEAR)


@task(
    "2.3.1",
    facet="decay",
    hint="Equation 5: the weights shrink by 1 - decay, whatever the learning rate.",
)
@given(case=regressions(), decay=st.sampled_from([0.0, 0.25, 0.9]), max_examples=15)
def test_step_with_weight_decay_follows_equation_5(student, case, decay):
    _, gradient = loss_and_gradient(case, case.w0)
    w1 = student.answers.one_step_weight_decay(case.X, case.t, case.w0, 0.1, decay)
    close(w1, (1 - decay) * case.w0 - 0.1 * gradient, name="w1", **NEAR)


@task("2.3.2", hint="Set the two expressions of 2.3.1 equal.")
@given(case=regressions(), lr=st.sampled_from([0.01, 0.5]), max_examples=10)
def test_equivalent_penalty_takes_the_same_step(student, case, lr):
    decay = 0.2
    _, plain = loss_and_gradient(case, case.w0)
    l2 = student.answers.equivalent_l2(decay, lr)
    close(np.isfinite(l2), True, name="equivalent_l2 is a number", exact=True)
    _, penalized = loss_and_gradient(case, case.w0, float(l2))
    decayed = (1 - decay) * case.w0 - lr * plain
    close(case.w0 - lr * penalized, decayed, name="w1 with this penalty", **NEAR)


@task("3.1", hint="A convolution flips the kernel in both directions; outside of the image is 0.")
def test_convolution_of_one_bright_pixel_is_the_kernel(student):
    image, kernel = np.zeros((4, 5)), np.arange(9.0).reshape(3, 3)
    image[1, 2] = 1
    expected = np.zeros((4, 5))
    expected[:3, 1:4] = kernel
    close(student.answers.convolve_same(image, kernel), expected, name="I * J", **NEAR)


@task(
    "4.3",
    facet="weights",
    hint="A kernel is laid on more places of a larger image; it stays what it is.",
)
def test_weights_do_not_depend_on_size(student):
    small, large = (student.answers.pool_upsample_sizes(1, 32, 24, size) for size in (32, 64))
    close(large[0] - small[0], 0, name="weights at 64 less those at 32", exact=True)
    close(small[0] > 0, True, name="there are weights", exact=True)


@task(
    "4.3",
    facet="outputs",
    hint="With twice the height and width, every layer puts out four times as much.",
)
def test_outputs_and_connections_grow_with_the_pixels(student):
    small, large = (student.answers.pool_upsample_sizes(3, 4, 5, size) for size in (32, 64))
    for name, one, other in zip(("outputs", "connections"), small[1:], large[1:], strict=True):
        close(other, 4 * one, name=f"{name} at 64", exact=True)
        close(one > 0, True, name=f"there are {name}", exact=True)


@task(
    "5.4",
    facet="three",
    hint="Both formulas stand in PyTorch's pages on Conv2d and ConvTranspose2d.",
)
def test_paddings_for_kernel_of_3_are_those_of_the_handout(student):
    close(
        tuple_of(student.answers.paddings(3)), np.array([1, 1, 1]), name="paddings(3)", exact=True
    )


def tuple_of(answer):
    """Three whole numbers, from a tuple, a list or an array."""
    return np.array([int(part) for part in answer])
