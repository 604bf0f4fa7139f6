"""Tasks 4.1, 5.1 and 6: shapes, sizes, and what the networks do with weights that copy.

A "copying" kernel is 0 but for a 1 in the middle, from the first channel to the first (from all
channels where tensors were joined): a convolution then hands its image on, batch norm changes
nothing, and what comes out can be said in words.
"""

import numpy as np
import pytest
import torch

from grader.suite import WrongAnswer, close, given, layers, task
from grader.suite import strategies as st

# Single precision; batch norm divides by the root of 1 + 1e-5.
SINGLE = {"rtol": 1e-3, "atol": 1e-3}
SHAPES = "kernel, num_filters, num_colours, num_in_channels, in this order; 32 x 32 stays."
COUNT = "Count convolutions with their biases and batch norms; NIC = 1, NF = 32, NC = 24."
NO_ACTIVATION = "The last layer is a convolution; scores may have any sign."
GRADIENTS = "Keep the graph: no detach, no .data, no NumPy in forward."


@st.composite
def sizes(draw):
    """NF, NC, NIC and BS."""
    return draw(st.shapes(NF=(1, 6), NC=(1, 6), NIC=(1, 4), BS=(2, 4)))


def images(bs, nic, seed=1):
    """Brightness from 0 to 1."""
    drawn = np.random.default_rng(seed).uniform(0, 1, (bs, nic, 32, 32))
    return torch.from_numpy(drawn.astype(np.float32))


def check_shape(student, name, s):
    nf, nc, nic, bs = s
    out = getattr(student.a2_code, name)(3, nf, nc, nic)(images(bs, nic))
    close(np.array(out.shape), np.array((bs, nc, 32, 32)), name="shape of the scores", exact=True)


def check_count(student, name, expected):
    model = getattr(student.a2_code, name)(3, 32, 24, 1)
    layers.sized(model, images(2, 1))
    count = sum(p.numel() for p in model.parameters())
    close(count, expected, name=f"parameters of {name}(3, 32, 24, 1)", exact=True)


def check_gradients(student, name):
    x, upstream = images(4, 1), torch.ones(4, 3, 32, 32)
    model = getattr(student.a2_code, name)(3, 2, 3, 1)
    found = student.value_and_grad(model, x, upstream=upstream).parameters
    cut_off = [parameter for parameter, gradient in found.items() if gradient is None]
    if cut_off or not found:
        raise WrongAnswer(f"no gradient reaches {', '.join(cut_off) or 'any parameter'}.")


SIZES = (2, 3, 1)  # NF, NC, NIC
# Kernels of these shapes read joined tensors, which may stand in either order.
JOINED = {(4, 3): np.s_[:, 0], (3, 4): np.s_[0, :]}


def copying(kind, shape):
    """Values of a network that hands its image on."""
    if kind in ("scale", "variance"):
        return torch.ones(shape)
    values = torch.zeros(shape)
    if kind == "kernel":
        middle = shape[2] // 2
        values[(*JOINED.get(shape[:2], (0, 0)), middle, middle)] = 1
    return values


def norm_changed(width, scale, shift):
    """As `copying`, but the batch norms of this many channels put out scale * x + shift."""
    numbers = {"scale": float(scale), "shift": float(shift)}

    def value(kind, shape):
        changed = shape == (width,) and kind in numbers
        return torch.full(shape, numbers[kind]) if changed else copying(kind, shape)

    return value


def biases_of_minus_one(kind, shape):
    if kind == "variance":
        return torch.ones(shape)
    return torch.full(shape, -1.0 if kind == "bias" else 0.0)


def scores(student, name, value, x, kernel=3):
    """What the network returns in evaluation mode with these values."""
    model = getattr(student.a2_code, name)(kernel, *SIZES)
    model.eval()
    model(x)  # layers may learn their sizes from an input
    model.load_state_dict(layers.filled(model.state_dict(), value))
    return model(x)


def check_first_channel(student, name, value, expected, kernel=3):
    x = images(2, 1)
    out = scores(student, name, value, x, kernel)
    wanted = torch.zeros(2, 3, 32, 32)
    wanted[:, :1] = expected(x)
    close(out, wanted, name=f"what {name} returns", **SINGLE)


def check_no_activation(student, name):
    out = scores(student, name, biases_of_minus_one, images(2, 1))
    close(out, -torch.ones(2, 3, 32, 32), name="the scores", **SINGLE)


def largest(x, size):
    """The largest of each block of `size` x `size` pixels, in place of the block's pixels."""
    n, c, height, width = x.shape
    tops = x.reshape(n, c, height // size, size, width // size, size).amax(dim=(3, 5))
    return tops.repeat_interleave(size, dim=2).repeat_interleave(size, dim=3)


def every(x, step):
    """x where `step` divides row and column, 0 elsewhere."""
    out = torch.zeros_like(x)
    out[..., ::step, ::step] = x[..., ::step, ::step]
    return out


@task("4.1", facet="shape", hint=SHAPES)
@given(s=sizes(), max_examples=6)
def test_pool_upsample_net_has_shape(student, s):
    check_shape(student, "PoolUpsampleNet", s)


@task("4.1", facet="count", hint=COUNT)
def test_pool_upsample_net_has_49728_parameters(student):
    check_count(student, "PoolUpsampleNet", 49_728)


@task(
    "4.1",
    cases="kernels",
    facet="copies",
    hint="Two max-poolings of 2 x 2 and two upsamplings by 2, mode nearest.",
)
@pytest.mark.parametrize("kernel", [3, 5])
def test_pool_upsample_net_that_copies_gives_largest_of_4_by_4(student, kernel):
    check_first_channel(student, "PoolUpsampleNet", copying, lambda x: largest(x, 4), kernel=kernel)


@task(
    "4.1",
    cases="widths",
    facet="order",
    hint="A block is convolution, pooling, batch norm, ReLU, in this order.",
)
@pytest.mark.parametrize("width", [2, 4, 3])
def test_pool_upsample_net_pools_before_batch_norm(student, width):
    """Batch norms of NF (first and third block), 2 NF or NC channels put out 1 - x."""

    def expected(x):
        return -largest(-largest(x, 2), 4) if width == 2 else 1 - largest(x, 4)

    check_first_channel(student, "PoolUpsampleNet", norm_changed(width, -1, 1), expected)


@task("4.1", cases="widths", facet="relu", hint="Each of the four blocks ends with ReLU.")
@pytest.mark.parametrize("width", [2, 4, 3])
def test_pool_upsample_net_cuts_off_negative_values(student, width):
    """Batch norms of NF, 2 NF or NC channels put out -x."""
    check_first_channel(student, "PoolUpsampleNet", norm_changed(width, -1, 0), lambda x: 0 * x)


@task("4.1", facet="activation", hint=NO_ACTIVATION)
def test_pool_upsample_net_ends_with_convolution(student):
    check_no_activation(student, "PoolUpsampleNet")


@task("4.1", facet="gradients", hint=GRADIENTS)
def test_gradients_reach_all_of_pool_upsample_net(student):
    check_gradients(student, "PoolUpsampleNet")


@task("5.1", facet="shape", hint=SHAPES)
@given(s=sizes(), max_examples=6)
def test_conv_transpose_net_has_shape(student, s):
    check_shape(student, "ConvTransposeNet", s)


@task("5.1", facet="count", hint=COUNT)
def test_conv_transpose_net_has_49728_parameters(student):
    check_count(student, "ConvTransposeNet", 49_728)


@task(
    "5.1",
    facet="copies",
    hint="A stride of 2 drops every second pixel; its transpose puts 0 there.",
)
def test_conv_transpose_net_that_copies_keeps_every_fourth_pixel(student):
    check_first_channel(student, "ConvTransposeNet", copying, lambda x: every(x, 4))


@task(
    "5.1",
    cases="widths",
    facet="order",
    hint="Batch norm comes right before ReLU, in all four blocks.",
)
@pytest.mark.parametrize("width", [2, 4, 3])
def test_conv_transpose_net_has_batch_norm_in_each_block(student, width):
    """Batch norms of NF (first and third block), 2 NF or NC channels put out 1 - x."""

    def expected(x):
        if width == 2:
            return every(torch.ones_like(x), 2) - every(1 - x, 4)
        return every(1 - x, 4) if width == 4 else 1 - every(x, 4)

    check_first_channel(student, "ConvTransposeNet", norm_changed(width, -1, 1), expected)


@task("5.1", cases="widths", facet="relu", hint="Each of the four blocks ends with ReLU.")
@pytest.mark.parametrize("width", [2, 4, 3])
def test_conv_transpose_net_cuts_off_negative_values(student, width):
    """Batch norms of NF, 2 NF or NC channels put out -x."""
    check_first_channel(student, "ConvTransposeNet", norm_changed(width, -1, 0), lambda x: 0 * x)


@task("5.1", facet="activation", hint=NO_ACTIVATION)
def test_conv_transpose_net_ends_with_convolution(student):
    check_no_activation(student, "ConvTransposeNet")


@task("5.1", facet="gradients", hint=GRADIENTS)
def test_gradients_reach_all_of_conv_transpose_net(student):
    check_gradients(student, "ConvTransposeNet")


@task("6", hint=SHAPES)
@given(s=sizes(), max_examples=6)
def test_unet_has_shape(student, s):
    check_shape(student, "UNet", s)


@task("6", hint="Join along the channels (torch.cat), do not add; NIC = 1, NF = 32, NC = 24.")
def test_unet_has_56856_parameters(student):
    check_count(student, "UNet", 56_856)


@task("6", hint="Join the first block's output, and at the end the image itself.")
def test_unet_that_copies_adds_what_it_joins(student):
    def expected(x):
        return x + every(x, 2) + every(x, 4)

    check_first_channel(student, "UNet", copying, expected)


@task("6", hint=NO_ACTIVATION)
def test_unet_ends_with_convolution(student):
    check_no_activation(student, "UNet")


@task("6", hint=GRADIENTS)
def test_gradients_reach_all_of_unet(student):
    check_gradients(student, "UNet")
