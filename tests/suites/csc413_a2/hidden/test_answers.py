"""The written parts: other examples, other sizes, and the questions with one answer."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import signal
from torch.nn import functional

from grader.suite import WrongAnswer, close, given, task
from grader.suite import strategies as st

# Single precision and other orders of summing are fine.
NEAR = {"rtol": 1e-4, "atol": 1e-6}
ARCHITECTURE = Path(__file__).parents[1] / "given" / "architecture.toml"


@dataclass(frozen=True)
class Regression:
    """Data of full rank, targets and first weights."""

    X: np.ndarray  # (n, d)
    t: np.ndarray  # (n,)
    w0: np.ndarray  # (d,)


@st.composite
def regressions(draw, *, wide=False):
    n, d = draw(st.shapes(n=(1, 4), d=(1, 5)))
    d += n if wide else 0
    seed = draw(st.SEEDS)
    return Regression(st.fill((n, d), seed), st.fill((n,), seed + 1), st.fill((d,), seed + 2))


def autograd(case, w, l2=0.0):
    """The loss and its gradient."""
    leaf = torch.tensor(w, requires_grad=True)
    residual = torch.tensor(case.X) @ leaf - torch.tensor(case.t)
    loss = residual.square().mean() + l2 * leaf.square().sum()
    return loss.item(), torch.autograd.grad(loss, leaf)[0].numpy()


# -- 1: optimization --------------------------------------------------------------------------


def one_pass(X, t, batches, lr):
    """The weights after the batches, by autograd."""
    w = torch.zeros(X.shape[1], dtype=torch.float64)
    for batch in batches:
        leaf = w.clone().requires_grad_()
        loss = (torch.tensor(X[batch]) @ leaf - torch.tensor(t[batch])).square().mean()
        w = w - lr * torch.autograd.grad(loss, leaf)[0]
    return w.numpy()


@task("1.1.1", facet="step", hint="Batches may differ in size; divide by the size of each.")
@given(case=regressions(wide=True), seed=st.SEEDS, max_examples=10)
def test_sgd_follows_gradients_of_batches(student, case, seed):
    generator, n = np.random.default_rng(seed), len(case.t)
    sizes = generator.integers(1, n + 1, 4)
    batches = [generator.choice(n, size, replace=False) for size in sizes]
    w = student.answers.sgd_minimum_norm(case.X, case.t, batches, 0.05)
    close(w, one_pass(case.X, case.t, batches, 0.05), name="w", **NEAR)


@task("1.1.1", facet="converges", hint="No step leaves the span of the examples.")
def test_sgd_converges_to_pseudo_inverse_solution(student):
    X, t = st.fill((3, 7), 5), st.fill((3,), 6)
    batches = [np.array(places) for places in ([0, 1], [2], [1, 2], [0])] * 150
    w = student.answers.sgd_minimum_norm(X, t, batches, 0.05)
    close(w, np.linalg.pinv(X) @ t, name="w", rtol=1e-3)


@task("1.2.1", facet="rmsprop", hint="Follow RMSProp's first steps: both weights move equally far.")
def test_counterexample_is_where_rmsprop_ends(student):
    """With one example the parts of the gradient keep their ratio: w moves along sign(x)."""
    x, t, w0, w_rms = (np.ravel(part) for part in student.answers.rmsprop_counterexample())
    far = (t[0] - x @ w0) / np.abs(x).sum()
    close(w_rms * 1.0, w0 + far * np.sign(x), name="w_rms", rtol=1e-2)


@task("1.2.1", facet="start", hint="RMSProp and gradient descent both start at w0 = 0.")
def test_counterexample_starts_at_zero(student):
    x, _t, w0, _w_rms = (np.ravel(part) for part in student.answers.rmsprop_counterexample())
    close(w0 * 1.0, np.zeros(len(x)), name="w0", exact=True)


# -- 2: hyper-parameters ----------------------------------------------------------------------


def check_order(answer, expected):
    if str(answer).replace(" ", "").lower() != expected.lower():
        raise WrongAnswer(f"got {str(answer)[:20]!r}, expected another order.")


@task("2.1.2", hint="What must be kept of an iteration once the next weights are known?")
def test_memory_of_forward(student):
    check_order(student.answers.memory_of_forward(), "O(1)")


@task("2.1.2", hint="Back-propagation needs the values of every iteration again.")
def test_memory_of_backward(student):
    check_order(student.answers.memory_of_backward(), "O(t)")


@task("2.2.1", hint="L1 is the mean of the squares of a - 2 lr / n * X X^T a.")
@given(case=regressions(), lr=st.floats(0, 2), max_examples=15)
def test_loss_after_one_step(student, case, lr):
    expected, _ = autograd(case, case.w0 - lr * autograd(case, case.w0)[1])
    got = student.answers.loss_after_one_step(case.X, case.t, case.w0, lr)
    close(got, expected, name="L1", **NEAR)


@task("2.2.3", hint="L1 is a parabola in the learning rate; mind the factor n / 2.")
@given(case=regressions(wide=True), max_examples=15)
def test_optimal_learning_rate_has_derivative_zero(student, case):
    """Newton's method from 0 finds the lowest point of a parabola in one step."""
    gradient = torch.tensor(autograd(case, case.w0)[1])
    lr = torch.zeros((), dtype=torch.float64, requires_grad=True)
    w1 = torch.tensor(case.w0) - lr * gradient
    loss = (torch.tensor(case.X) @ w1 - torch.tensor(case.t)).square().mean()
    (slope,) = torch.autograd.grad(loss, lr, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, lr)
    got = student.answers.optimal_learning_rate(case.X, case.t, case.w0)
    close(got, -(slope / curvature).item(), name="the learning rate", **NEAR)


@task("2.3.1", facet="penalty", hint="The penalty is not averaged over n.")
@given(case=regressions(), lr=st.floats(0.01, 1), factor=st.floats(0, 1), max_examples=15)
def test_step_with_penalty_for_any_learning_rate(student, case, lr, factor):
    penalized = student.answers.one_step_l2(case.X, case.t, case.w0, lr, factor)
    close(penalized, case.w0 - lr * autograd(case, case.w0, factor)[1], name="w1, L2", **NEAR)


@task("2.3.1", facet="decay", hint="The decay is not multiplied by the learning rate.")
@given(case=regressions(), lr=st.floats(0.01, 1), factor=st.floats(0, 1), max_examples=15)
def test_step_with_weight_decay_for_any_learning_rate(student, case, lr, factor):
    decayed = student.answers.one_step_weight_decay(case.X, case.t, case.w0, lr, factor)
    expected = (1 - factor) * case.w0 - lr * autograd(case, case.w0)[1]
    close(decayed, expected, name="w1, weight decay", **NEAR)


@task("2.3.1", facet="state", hint="Do not write into w0: `w0 *= 1 - decay` changes the caller's.")
def test_steps_leave_first_weights(student):
    X, t, w0 = st.fill((3, 2), 1), st.fill((3,), 2), st.fill((2,), 3)
    held = student.put(w0)
    case = Regression(X, t, w0)
    penalized = student.answers.one_step_l2(X, t, held, 0.1, 0.5)
    student.answers.one_step_weight_decay(X, t, held, 0.1, 0.5)
    # Who does nothing leaves them, too.
    close(penalized, w0 - 0.1 * autograd(case, w0, 0.5)[1], name="w1, L2", **NEAR)
    close(held.value(), w0, name="w0 after the calls", exact=True)


@task("2.3.2", hint="The penalty enters the step times 2 and times the learning rate.")
@given(decay=st.floats(0, 1), lr=st.floats(0.01, 2), max_examples=10)
def test_equivalent_penalty(student, decay, lr):
    # (1 - decay) w = (1 - lr * derivative of l2 * w^2 by w), for w = 1
    close(student.answers.equivalent_l2(decay, lr), decay / lr / 2, name="l2", **NEAR)


# -- 3: convolutions --------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """An image and a kernel of odd height and width."""

    image: np.ndarray
    kernel: np.ndarray


@st.composite
def pairs(draw):
    height, width, r, s = draw(st.shapes(H=(1, 6), W=(1, 6), r=(0, 2), s=(0, 2)))
    seed = draw(st.SEEDS)
    return Pair(st.fill((height, width), seed), st.fill((2 * r + 1, 2 * s + 1), seed + 1))


@task("3.1", weight=2, hint="Pad by r rows and s columns on each side; flip the kernel both ways.")
@given(case=pairs())
def test_convolution_matches_scipy(student, case):
    rows, columns = case.kernel.shape
    full = signal.convolve2d(case.image, case.kernel, "full")
    height, width = case.image.shape
    expected = full[rows // 2 : rows // 2 + height, columns // 2 : columns // 2 + width]
    close(student.answers.convolve_same(case.image, case.kernel), expected, name="I * J", **NEAR)


def counted():
    """The four numbers of section 3.2, from the course's architecture."""
    told = tomllib.loads(ARCHITECTURE.read_text())
    (channels, height, width), k = told["image"], told["kernel"]
    neurons = cnn = fcnn = 0
    for layer in told["layers"]:
        kind, _, number = layer.partition("-")
        before = channels * height * width
        if kind == "pool":
            height, width = height // 2, width // 2
        elif kind == "conv":
            cnn, channels = cnn + k * k * channels * int(number), int(number)
            fcnn += before * channels * height * width
        else:
            cnn, fcnn = cnn + before * int(number), fcnn + before * int(number)
            channels, height, width = int(number), 1, 1
        neurons += channels * height * width
    return {
        "cnn_neurons": neurons,
        "cnn_parameters": cnn,
        "fcnn_neurons": neurons,
        "fcnn_parameters": fcnn,
    }


@task(
    "3.2",
    cases="numbers",
    hint="Per layer: values put out; per convolution 3 * 3 * channels in * channels out.",
)
@pytest.mark.parametrize("name", counted())
def test_network_sizes(student, name):
    close(student.answers.network_sizes()[name], counted()[name], name=name, exact=True)


# -- 4 and 5: sizes of the networks -----------------------------------------------------------

KERNEL = 3
# Each block: channels in and out (in NIC, NF, NC), what follows the convolution; last row: nothing.
BLOCKS = [
    ("nic", "nf", "pool"),
    ("nf", "2nf", "pool"),
    ("2nf", "nf", "up"),
    ("nf", "nc", "up"),
    ("nc", "nc", ""),
]


def pool_upsample_sizes(nic, nf, nc, size):
    """Weights, outputs, connections, and what batch norm adds to each."""
    channels = {"nic": nic, "nf": nf, "2nf": 2 * nf, "nc": nc}
    plain, norms = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for source, target, then in BLOCKS:
        taps = KERNEL * KERNEL * channels[source]
        values = channels[target] * size * size
        plain += [taps * channels[target], values, taps * values]
        if then:
            size = size // 2 if then == "pool" else size * 2
            values = channels[target] * size * size
            plain += [0, values, 4 * values if then == "pool" else values]
            norms += [2 * channels[target], values, values]
    return plain, plain + norms


@st.composite
def channel_numbers(draw):
    """NIC, NF, NC and the image's size."""
    return (*draw(st.shapes(NIC=(1, 3), NF=(1, 6), NC=(1, 6))), draw(st.sampled_from([32, 64, 16])))


def check_size(student, case, which, name):
    got = student.answers.pool_upsample_sizes(*case)[which]
    plain, with_norms = (int(sizes[which]) for sizes in pool_upsample_sizes(*case))
    close(got, with_norms if got == with_norms else plain, name=name, exact=True)


@task(
    "4.3",
    facet="weights",
    hint="Each convolution has k * k * channels in * channels out weights.",
)
@given(case=channel_numbers(), max_examples=10)
def test_weights_of_pool_upsample_net(student, case):
    check_size(student, case, 0, "weights")


@task("4.3", facet="outputs", hint="Convolutions put out their values before pooling shrinks them.")
@given(case=channel_numbers(), max_examples=10)
def test_outputs_of_pool_upsample_net(student, case):
    check_size(student, case, 1, "outputs")


@task(
    "4.3",
    facet="connections",
    hint="k * k * channels in for each value that a convolution puts out.",
)
@given(case=channel_numbers(), max_examples=10)
def test_connections_of_pool_upsample_net(student, case):
    check_size(student, case, 2, "connections")


@task("4.3", facet="default", hint="Without a fourth argument the image has 32 x 32 pixels.")
def test_size_is_32_by_default(student):
    got = student.answers.pool_upsample_sizes(1, 3, 2)
    asked = student.answers.pool_upsample_sizes(1, 3, 2, 32)
    close(np.array(got), np.array(asked), name="sizes without a size", exact=True)
    close(int(got[0]) in pool_upsample_sizes_of(1, 3, 2), True, name="weights", exact=True)


def pool_upsample_sizes_of(nic, nf, nc):
    return [int(sizes[0]) for sizes in pool_upsample_sizes(nic, nf, nc, 32)]


@task("5.4", cases="kernels", facet="others", hint="32 -> 16 -> 8 -> 16 -> 32, as with kernel 3.")
@pytest.mark.parametrize("kernel", [4, 5])
def test_paddings_keep_all_shapes(student, kernel):
    answer = np.array(student.answers.paddings(kernel), dtype=float)
    close(answer, np.floor(answer), name="the paddings as whole numbers", exact=True)
    conv, transposed, output = (int(part) for part in answer)
    weight, sizes = torch.zeros(1, 1, kernel, kernel), []
    x = torch.zeros(1, 1, 32, 32)
    for _ in range(2):
        x = functional.conv2d(x, weight, stride=2, padding=conv)
        sizes.append(x.shape[-1])
    for _ in range(2):
        more = {"padding": transposed, "output_padding": output}
        x = functional.conv_transpose2d(x, weight, stride=2, **more)
        sizes.append(x.shape[-1])
    close(np.array(sizes), np.array([16, 8, 16, 32]), name="sizes of all layers", exact=True)
