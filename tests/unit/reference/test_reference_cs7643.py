"""The reference of CS 7643 assignment 2, called directly, against PyTorch and its own promises."""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader import disk, models
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.intake import archive, uploads

torch = pytest.importorskip("torch", reason="PyTorch is the oracle of these tests")
functional = torch.nn.functional

ROOT = Path(__file__).parents[3]
SLUG = "cs7643_a2"
GENERATOR = np.random.default_rng(7643)
Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Import a module of the reference, with the given files beside it as in a submission."""
    folder, known = tmp_path_factory.mktemp("reference") / SLUG, set(sys.modules)
    shutil.copytree(ROOT / "reference" / SLUG, folder)
    shutil.copytree(ROOT / "tests" / "suites" / SLUG / "given", folder, dirs_exist_ok=True)
    sys.path.insert(0, str(folder))
    yield importlib.import_module
    sys.path.remove(str(folder))
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in ("modules", "optimizer", "answers", "overfit"):
            del sys.modules[name]


def leaves(*arrays: np.ndarray) -> list[Any]:
    return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]


def normal(*shape: int) -> np.ndarray:
    return GENERATOR.standard_normal(shape)


def assert_near(got: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(got, expected.detach().numpy(), rtol=1e-10, atol=1e-12, strict=True)


CONVOLUTIONS = [
    ((2, 3, 8, 10), 5, 4, 3, 1),
    ((1, 1, 5, 4), 1, 3, 1, 1),
    ((2, 2, 9, 7), 4, 2, 4, 2),
    ((3, 2, 4, 5), 3, 1, 1, 0),
    ((2, 3, 1, 2), 4, 5, 2, 2),
]


@pytest.mark.parametrize(("x_shape", "filters", "k", "stride", "padding"), CONVOLUTIONS)
def test_convolution_agrees_with_autograd(
    load: Load, x_shape: tuple[int, ...], filters: int, k: int, stride: int, padding: int
) -> None:
    layer = load("modules.convolution").Conv2D(x_shape[1], filters, k, stride, padding)
    x, layer.weight, layer.bias = normal(*x_shape), normal(*layer.weight.shape), normal(filters)
    tensors = leaves(x, layer.weight, layer.bias)
    expected = functional.conv2d(*tensors, stride=stride, padding=padding)
    dout = normal(*expected.shape)
    expected.backward(torch.tensor(dout))
    assert_near(layer.forward(x), expected)
    layer.backward(dout)
    for got, tensor in zip((layer.dx, layer.dw, layer.db), tensors, strict=True):
        assert_near(got, tensor.grad)


@pytest.mark.parametrize(("k", "stride"), [(2, 2), (3, 1), (2, 3), (7, 1), (1, 1)])
def test_max_pooling_agrees_with_autograd(load: Load, k: int, stride: int) -> None:
    x = normal(2, 3, 7, 9)
    (tensor,) = leaves(x)
    expected = functional.max_pool2d(tensor, k, stride)
    dout = normal(*expected.shape)
    expected.backward(torch.tensor(dout))
    layer = load("modules.max_pool").MaxPooling(k, stride)
    assert_near(layer.forward(x), expected)
    layer.backward(dout)
    assert_near(layer.dx, tensor.grad)


def test_linear_agrees_with_autograd_and_keeps_the_shape_of_images(load: Load) -> None:
    layer = load("modules.linear").Linear(24, 5)
    x, dout, layer.weight, layer.bias = normal(3, 2, 3, 4), normal(3, 5), normal(24, 5), normal(5)
    tensors = leaves(x, layer.weight, layer.bias)
    expected = tensors[0].flatten(1) @ tensors[1] + tensors[2]
    expected.backward(torch.tensor(dout))
    assert_near(layer.forward(x), expected)
    layer.backward(dout)
    for got, tensor in zip((layer.dx, layer.dw, layer.db), tensors, strict=True):
        assert_near(got, tensor.grad)


def test_relu_stays_zero_under_an_infinite_gradient(load: Load) -> None:
    layer = load("modules.relu").ReLU()
    layer.forward(np.array([-1.0, 2.0]))
    layer.backward(np.array([np.inf, 3.0]))
    assert layer.dx.tolist() == [0.0, 3.0]


def test_float32_is_kept_by_every_layer(load: Load) -> None:
    convolution = load("modules.convolution").Conv2D(3, 4, padding=1)
    linear = load("modules.linear").Linear(4 * 2 * 3, 5)
    layers = [
        *(convolution, load("modules.relu").ReLU()),
        *(load("modules.max_pool").MaxPooling(2, 2), linear),
    ]
    for layer in (convolution, linear):
        layer.weight, layer.bias = layer.weight.astype("f4"), layer.bias.astype("f4")
    found = [normal(2, 3, 5, 6).astype("f4")]
    for layer in layers:
        found.append(layer.forward(found[-1]))
    gradient = found[-1]
    for layer in reversed(layers):
        layer.backward(gradient)
        gradient = layer.dx
    found += [gradient, convolution.dw, convolution.db, linear.dw, linear.db]
    assert {array.dtype.name for array in found} == {"float32"}


def test_unknown_layer_or_criterion_is_refused(load: Load) -> None:
    network = load("modules.conv_classifier").ConvNet
    with pytest.raises(ValueError, match="Dropout"):
        network([{"type": "Dropout"}], {"type": "SoftmaxCrossEntropy"})
    with pytest.raises(ValueError, match="Hinge"):
        network([{"type": "ReLU"}], {"type": "Hinge"})


@pytest.mark.slow
def test_experiment_learns_fifty_images(load: Load) -> None:
    """At the assignment's size and numbers; made-up images are easier than CIFAR-10."""
    overfit = load("overfit")
    images, labels = overfit.made_up()
    net = load("modules.conv_classifier").ConvNet(overfit.MODULES, overfit.CRITERION)
    sgd = load("optimizer.sgd").SGD(net)
    curve = list(overfit.epochs(net, sgd, images - images.mean(axis=0), labels, 4, overfit.BATCH))
    assert curve[0][0] > curve[-1][0]
    assert curve[-1][1] > 0.9


def test_linear_piece_is_the_network_near_its_point(load: Load) -> None:
    def h(x: float) -> float:
        first = np.maximum([1.5 * x, 0.5 * x + 1], 0)
        return float(np.maximum([[1, 2], [2, 1]] @ first + [0, 1], 0).sum() - 1)

    for x0 in (2, -1, 1):
        slope, shift = load("answers").linear_piece(x0)
        for x in (x0 - 0.1, x0, x0 + 0.1):
            assert slope * x + shift == pytest.approx(h(x))


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("has_folder", [False, True])
def test_each_part_is_taken_with_and_without_its_folder(number: int, has_folder: bool) -> None:
    manifest = assignments.load(ROOT, SLUG).manifest
    part = manifest.submission.part[number]
    top = f"{part.folder}/" if has_folder else ""
    wanted = {f"{top}{name}": b"pass\n" for name in part.files}
    upload = uploads.pack([("part.zip", archive.write(wanted))], manifest)
    assert set(uploads.unpack(upload, manifest).files) == set(part.files)


def test_every_mutant_fits_the_reference_and_is_valid_python() -> None:
    assignment = assignments.load(ROOT, SLUG)
    files = {name: path.read_bytes() for name, path in disk.files(assignment.reference_dir)}
    specs = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    for spec in specs:
        named_mutants.mutated(models.FileTree(files), spec)
    names = [spec.name for spec in specs]
    assert len(names) == len(set(names))
    known = {t.id for t in assignment.manifest.task if t.kind is models.TaskKind.AUTO}
    assert {task for spec in specs for task in spec.tasks} == known
