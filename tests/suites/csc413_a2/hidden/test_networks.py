"""Tasks 4.1, 5.1 and 6: each network against figure 1 in PyTorch's functions.

Entries of the student's `state_dict` of one kind and shape get the same values, drawn here, so the
names and the order of layers do not matter. Where the figure lets a student choose (the order of
the tensors that `cat` joins) every choice is tried.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from grader.suite import WrongAnswer, close, given, layers, task
from grader.suite import strategies as st

KINDS = ("kernel", "bias", "scale", "shift", "mean", "variance")
# Five layers in single precision.
TOLERANCES = {"rtol": 1e-4, "atol": 1e-4}


@dataclass(frozen=True)
class Sizes:
    """What a network is made with, and the number of images."""

    kernel: int = 3
    nf: int = 4
    nc: int = 5
    nic: int = 2
    bs: int = 3

    def make(self, student, name):
        """The student's network with the values of this file, ready for evaluation."""
        model = getattr(student.a2_code, name)(self.kernel, self.nf, self.nc, self.nic)
        model.eval()
        model(torch.zeros(1, self.nic, 32, 32))  # layers may learn their sizes from an input
        model.load_state_dict(layers.filled(model.state_dict(), value))
        return model

    def images(self):
        return torch.from_numpy(st.fill((self.bs, self.nic, 32, 32), 7, dtype=np.float32))


@st.composite
def sizes(draw, kernels=(3,)):
    nf, nc, nic, bs = draw(st.shapes(NF=(2, 5), NC=(2, 6), NIC=(1, 3), BS=(1, 3)))
    return Sizes(draw(st.sampled_from(kernels)), nf, nc, nic, bs)


def value(kind, shape):
    """The values of all entries of this kind and shape."""
    generator = np.random.default_rng([KINDS.index(kind), *shape])
    if kind == "variance":
        return torch.from_numpy(generator.uniform(0.5, 2, shape).astype(np.float32))
    drawn = generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(drawn.astype(np.float32))  # scales of batch norm: negative ones, too


def conv(x, channels, kernel, **more):
    weight = value("kernel", (channels, x.shape[1], kernel, kernel))
    return functional.conv2d(x, weight, value("bias", (channels,)), **more)


def transposed(x, channels, kernel):
    weight, bias = (
        value("kernel", (x.shape[1], channels, kernel, kernel)),
        value("bias", (channels,)),
    )
    return functional.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=1)


def norm_relu(x, training):
    mean, variance, scale, shift = (
        value(kind, (x.shape[1],)) for kind in ("mean", "variance", "scale", "shift")
    )
    return torch.relu(functional.batch_norm(x, mean, variance, scale, shift, training))


def pool_upsample_net(x, s, training, _order):
    same = {"padding": s.kernel // 2}
    for channels in (s.nf, 2 * s.nf):
        x = functional.max_pool2d(conv(x, channels, s.kernel, **same), 2)
        x = norm_relu(x, training)
    for channels in (s.nf, s.nc):
        x = functional.interpolate(conv(x, channels, s.kernel, **same), scale_factor=2)
        x = norm_relu(x, training)
    return conv(x, s.nc, s.kernel, **same)


def conv_transpose_net(x, s, training, _order):
    for channels in (s.nf, 2 * s.nf):
        x = norm_relu(conv(x, channels, s.kernel, stride=2, padding=1), training)
    for channels in (s.nf, s.nc):
        x = norm_relu(transposed(x, channels, s.kernel), training)
    return conv(x, s.nc, s.kernel, padding=s.kernel // 2)


def unet(x, s, training, order):
    first = norm_relu(conv(x, s.nf, s.kernel, stride=2, padding=1), training)
    second = norm_relu(conv(first, 2 * s.nf, s.kernel, stride=2, padding=1), training)
    third = norm_relu(transposed(second, s.nf, s.kernel), training)
    joined = torch.cat([third, first][:: order[0]], dim=1)
    fourth = norm_relu(transposed(joined, s.nc, s.kernel), training)
    return conv(torch.cat([fourth, x][:: order[1]], dim=1), s.nc, s.kernel, padding=s.kernel // 2)


ORACLES = {
    "PoolUpsampleNet": pool_upsample_net,
    "ConvTransposeNet": conv_transpose_net,
    "UNet": unet,
}


def orders(network):
    """The orders in which tensors may be joined."""
    return itertools.product((1, -1), repeat=2) if network == "UNet" else [(1, 1)]


def closest(got, network, name, compute):
    """Check against the order that fits, or the first if none does."""
    told = []
    for order in orders(network):
        try:
            return close(got, compute(order), name=name, **TOLERANCES)
        except WrongAnswer as wrong:
            told.append(wrong)
    raise told[0]


def check(student, name, s, *, training):
    model = s.make(student, name)
    model.train(training)
    x = s.images()
    closest(model(x), name, "the scores", lambda order: ORACLES[name](x, s, training, order))


def check_gradients(student, name):
    """In evaluation mode: the gradient by the image; one for every parameter."""
    s, upstream = Sizes(), torch.from_numpy(st.fill((3, 5, 32, 32), 9, dtype=np.float32))
    found = student.value_and_grad(s.make(student, name), s.images(), upstream=upstream)

    def by_image(order):
        x = s.images().requires_grad_()
        return torch.autograd.grad(ORACLES[name](x, s, False, order), x, upstream)[0]

    closest(found.grads[0], name, "the gradient by the image", by_image)
    cut_off = [n for n, g in found.parameters.items() if g is None or not g.any()]
    if cut_off or not found.parameters:
        raise WrongAnswer(f"no gradient reaches {', '.join(cut_off) or 'any parameter'}.")


def check_objects_are_independent(student, name):
    s = Sizes()
    x = s.images()
    other = getattr(student.a2_code, name)(s.kernel, s.nf, s.nc, s.nic)
    other.eval()
    before = other(x)
    close(np.array(before.shape), np.array((s.bs, s.nc, 32, 32)), name="shape", exact=True)
    s.make(student, name)
    close(other(x), before, name="what another network returns", exact=True)


def check_image_stays(student, name):
    s = Sizes()
    model, held = s.make(student, name), student.put(s.images())
    out = model(held)
    # Who does nothing leaves the image, too.
    close(np.array(out.shape), np.array((s.bs, s.nc, 32, 32)), name="shape", exact=True)
    close(held.value(), s.images(), name="x after the call", exact=True)


EVALUATION = (
    "Layers, their order and their sizes are those of the figure; nothing follows the last."
)
TRAINING = "Each block ends with batch norm and ReLU; batch norm comes right before ReLU."
KERNELS = "Kernel size and padding of every convolution depend on `kernel`."
GRADIENTS = "Keep the graph: no detach, no .data, no NumPy in forward."
INDEPENDENT = "Make the layers in __init__, not once for all objects of the class."
STAYS = "The first layer must not write into the image; no in-place operation on x."


@task("4.1", facet="figure", weight=2, hint=EVALUATION)
@given(s=sizes(), max_examples=8)
def test_pool_upsample_net_matches_figure_in_evaluation(student, s):
    check(student, "PoolUpsampleNet", s, training=False)


@task("4.1", facet="figure", weight=1, hint=TRAINING)
@given(s=sizes(), max_examples=5)
def test_pool_upsample_net_matches_figure_in_training(student, s):
    check(student, "PoolUpsampleNet", s, training=True)


@task("4.1", facet="figure", hint=KERNELS)
@given(s=sizes(kernels=(5, 1, 7)), max_examples=5)
def test_pool_upsample_net_takes_other_kernels(student, s):
    check(student, "PoolUpsampleNet", s, training=False)


@task("4.1", facet="gradients", hint=GRADIENTS)
def test_pool_upsample_net_has_gradients(student):
    check_gradients(student, "PoolUpsampleNet")


@task("4.1", facet="state", hint=INDEPENDENT)
def test_pool_upsample_nets_share_nothing(student):
    check_objects_are_independent(student, "PoolUpsampleNet")


@task("4.1", facet="state", hint=STAYS)
def test_pool_upsample_net_leaves_image(student):
    check_image_stays(student, "PoolUpsampleNet")


@task("5.1", facet="figure", weight=2, hint=EVALUATION)
@given(s=sizes(), max_examples=8)
def test_conv_transpose_net_matches_figure_in_evaluation(student, s):
    check(student, "ConvTransposeNet", s, training=False)


@task("5.1", facet="figure", weight=1, hint=TRAINING)
@given(s=sizes(), max_examples=5)
def test_conv_transpose_net_matches_figure_in_training(student, s):
    check(student, "ConvTransposeNet", s, training=True)


@task("5.1", facet="gradients", hint=GRADIENTS)
def test_conv_transpose_net_has_gradients(student):
    check_gradients(student, "ConvTransposeNet")


@task("5.1", facet="state", hint=INDEPENDENT)
def test_conv_transpose_nets_share_nothing(student):
    check_objects_are_independent(student, "ConvTransposeNet")


@task("5.1", facet="state", hint=STAYS)
def test_conv_transpose_net_leaves_image(student):
    check_image_stays(student, "ConvTransposeNet")


@task("6", weight=2, hint=EVALUATION)
@given(s=sizes(), max_examples=8)
def test_unet_matches_figure_in_evaluation(student, s):
    check(student, "UNet", s, training=False)


@task("6", weight=1, hint=TRAINING)
@given(s=sizes(), max_examples=5)
def test_unet_matches_figure_in_training(student, s):
    check(student, "UNet", s, training=True)


@task("6", hint=GRADIENTS)
def test_unet_has_gradients(student):
    check_gradients(student, "UNet")


@task("6", hint=INDEPENDENT)
def test_unets_share_nothing(student):
    check_objects_are_independent(student, "UNet")


@task("6", hint=STAYS)
def test_unet_leaves_image(student):
    check_image_stays(student, "UNet")
