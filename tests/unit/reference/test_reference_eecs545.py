"""The reference of EECS 545 homework 4, called directly, against PyTorch and its own promises."""

import ast
import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants

torch = pytest.importorskip("torch", reason="PyTorch is the oracle of these tests")
functional = torch.nn.functional

ROOT = Path(__file__).parents[3]
SLUG = "eecs545_hw4"
GENERATOR = np.random.default_rng(545)


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "reference_layers", ROOT / "reference" / SLUG / "layers.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


layers = load()


def leaves(*arrays: np.ndarray) -> list[Any]:
    return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]


def normal(*shape: int) -> np.ndarray:
    return GENERATOR.standard_normal(shape)


def assert_near(got: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(got, expected.detach().numpy(), rtol=1e-10, atol=1e-12, strict=True)


@pytest.mark.parametrize(("n", "d_in", "d_out"), [(3, 4, 5), (1, 2, 3), (4, 1, 1)])
def test_fc_agrees_with_autograd(n: int, d_in: int, d_out: int) -> None:
    x, w, b, dout = normal(n, d_in), normal(d_in, d_out), normal(d_out), normal(n, d_out)
    tensors = leaves(x, w, b)
    expected = tensors[0] @ tensors[1] + tensors[2]
    expected.backward(torch.tensor(dout))
    out, cache = layers.fc_forward(x, w, b)
    assert_near(out, expected)
    for got, tensor in zip(layers.fc_backward(dout, cache), tensors, strict=True):
        assert_near(got, tensor.grad)


def test_relu_agrees_with_autograd_and_stays_zero_under_an_infinite_gradient() -> None:
    x, dout = normal(3, 4, 5), normal(3, 4, 5)
    (tensor,) = leaves(x)
    torch.relu(tensor).backward(torch.tensor(dout))
    out, cache = layers.relu_forward(x)
    assert_near(out, torch.relu(tensor))
    assert_near(layers.relu_backward(dout, cache), tensor.grad)
    assert layers.relu_backward(np.array([np.inf]), np.array([-1.0])) == 0


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_softmax_loss_agrees_with_autograd(scale: float) -> None:
    x, y = normal(6, 4) * scale, np.array([0, 1, 2, 3, 3, 0])
    (tensor,) = leaves(x)
    expected = functional.cross_entropy(tensor, torch.tensor(y))
    expected.backward()
    loss, dx = layers.softmax_loss(x, y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert_near(dx, tensor.grad)


CONVOLUTIONS = [
    ((2, 3, 5, 7), (4, 3, 2, 3)),
    ((1, 1, 4, 4), (1, 1, 4, 4)),
    ((3, 2, 6, 5), (5, 2, 1, 5)),
    ((2, 3, 4, 5), (1, 3, 1, 1)),
]


@pytest.mark.parametrize(("x_shape", "w_shape"), CONVOLUTIONS)
def test_conv_agrees_with_autograd(x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> None:
    x, w = normal(*x_shape), normal(*w_shape)
    tensors = leaves(x, w)
    expected = functional.conv2d(*tensors)
    dout = normal(*expected.shape)
    expected.backward(torch.tensor(dout))
    out, cache = layers.conv_forward(x, w)
    assert_near(out, expected)
    for got, tensor in zip(layers.conv_backward(dout, cache), tensors, strict=True):
        assert_near(got, tensor.grad)


@pytest.mark.parametrize(
    ("height", "width", "stride"), [(2, 2, 2), (3, 2, 1), (2, 3, 3), (7, 9, 1), (1, 1, 1)]
)
def test_max_pool_agrees_with_autograd(height: int, width: int, stride: int) -> None:
    x = normal(2, 3, 7, 9)
    (tensor,) = leaves(x)
    expected = functional.max_pool2d(tensor, (height, width), stride)
    dout = normal(*expected.shape)
    expected.backward(torch.tensor(dout))
    param = {"pool_height": height, "pool_width": width, "stride": stride}
    out, cache = layers.max_pool_forward(x, param)
    assert_near(out, expected)
    assert_near(layers.max_pool_backward(dout, cache), tensor.grad)


def test_float32_is_kept_by_every_layer() -> None:
    x, w = normal(2, 3, 5, 6).astype("f4"), normal(4, 3, 2, 3).astype("f4")
    out, cache = layers.conv_forward(x, w)
    pooled, pool_cache = layers.max_pool_forward(
        x, {"pool_height": 2, "pool_width": 2, "stride": 2}
    )
    flat, fc_cache = layers.fc_forward(x[0, 0], w[0].reshape(6, 3), np.zeros(3, "f4"))
    rectified, relu_cache = layers.relu_forward(x)
    arrays = [
        *(out, *layers.conv_backward(out, cache)),
        *(pooled, layers.max_pool_backward(pooled, pool_cache)),
        *(flat, *layers.fc_backward(flat, fc_cache)),
        *(rectified, layers.relu_backward(rectified, relu_cache)),
        layers.softmax_loss(flat, np.zeros(5, int))[1],
    ]
    assert {array.dtype.name for array in arrays} == {"float32"}


def test_vectorised_reference_loops_over_the_places_of_a_kernel_only() -> None:
    tree = ast.parse((ROOT / "reference" / SLUG / "layers.py").read_text())
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    assert [ast.unparse(node).splitlines()[0] for node in loops] == [
        "for p, q in np.ndindex(*w.shape[2:]):"
    ]


def test_every_mutant_fits_the_reference_and_is_valid_python() -> None:
    assignment = assignments.load(ROOT, SLUG)
    sources = {path.name: path.read_bytes() for path in assignment.reference_dir.glob("*.py")}
    specs = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    for spec in specs:
        ast.parse(named_mutants.mutated(models.FileTree(sources), spec).files[spec.file])
    names = [spec.name for spec in specs]
    assert len(names) == len(set(names))
    automatic = {t.id for t in assignment.manifest.task if t.kind is models.TaskKind.AUTO}
    assert {task for spec in specs for task in spec.tasks} == automatic


def test_rubric_follows_the_handout() -> None:
    points: Counter[str] = Counter()
    for task in assignments.load(ROOT, SLUG).manifest.task:
        points[task.id[0]] += int(task.points)
    assert points == {"1": 20, "2": 20, "3": 20, "4": 20, "5": 20, "6": 6}
