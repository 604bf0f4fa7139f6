"""The reference of CSCI 5527 homework 3, called directly, against SciPy, PyTorch, its promises."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader import disk, models
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants

signal = pytest.importorskip("scipy.signal", reason="SciPy is the oracle of these tests")
torch = pytest.importorskip("torch", reason="PyTorch is the oracle of these tests")
functional = torch.nn.functional

ROOT = Path(__file__).parents[3]
SLUG = "csci5527_hw3"
GENERATOR = np.random.default_rng(5527)
VECTORS = [(3, 4), (1, 5), (5, 1), (1, 1), (6, 2)]
MATRICES = [
    ((3, 3), (5, 5)),
    ((1, 1), (4, 6)),
    ((2, 5), (4, 3)),
    ((4, 1), (1, 7)),
    ((5, 6), (2, 3)),
]


def load(name: str) -> ModuleType:
    path = ROOT / "reference" / SLUG / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"csci5527_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


correlation, norms, answers = load("correlation"), load("norms"), load("answers")
optimizers = load("optimizers")


def normal(*shape: int) -> np.ndarray:
    return GENERATOR.standard_normal(shape)


def assert_near(got: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12, strict=True)


@pytest.mark.parametrize(("n1", "n2"), VECTORS)
def test_correlate1d_agrees_with_scipy_operands_swapped(n1: int, n2: int) -> None:
    x, y = normal(n1), normal(n2)
    assert_near(correlation.correlate1d(x, y), signal.correlate(y, x, "full", "direct"))


@pytest.mark.parametrize(("m", "n"), VECTORS)
def test_both_matrices_give_the_correlation(m: int, n: int) -> None:
    w, x = normal(m), normal(n)
    expected = signal.correlate(x, w, "full", "direct")
    assert_near(correlation.weight_matrix(w, n) @ x, expected)
    assert_near(correlation.jacobian_w(x, m) @ w, expected)


def test_weight_matrix_of_the_handout_is_banded() -> None:
    w1, w2, w3 = 1.0, 2.0, 3.0
    expected = [
        [w3, 0, 0, 0],
        [w2, w3, 0, 0],
        [w1, w2, w3, 0],
        [0, w1, w2, w3],
        [0, 0, w1, w2],
        [0, 0, 0, w1],
    ]
    assert_near(correlation.weight_matrix(np.array([w1, w2, w3]), 4), np.array(expected))


@pytest.mark.parametrize(("x_shape", "y_shape"), MATRICES)
def test_correlate2d_agrees_with_scipy(x_shape: tuple[int, int], y_shape: tuple[int, int]) -> None:
    x, y = normal(*x_shape), normal(*y_shape)
    assert_near(correlation.correlate2d(x, y), signal.correlate2d(y, x))


@pytest.mark.parametrize(("x_shape", "y_shape"), MATRICES)
def test_multichannel_agrees_with_conv2d(
    x_shape: tuple[int, int], y_shape: tuple[int, int]
) -> None:
    x, y = normal(*x_shape, 4), normal(*y_shape, 4)
    x_torch, y_torch = (torch.tensor(a).permute(2, 0, 1)[None] for a in (x, y))
    expected = functional.conv2d(y_torch, x_torch, padding=(x_shape[0] - 1, x_shape[1] - 1))
    assert_near(correlation.correlate_multichannel(x, y), expected[0, 0].numpy())


def test_gradient_magnitude_of_pixels_agrees_with_scipy() -> None:
    y = GENERATOR.integers(0, 256, (7, 9), dtype=np.uint8)
    x1 = np.array(correlation.X1)
    parts = [signal.correlate2d(y.astype(float), x) for x in (x1, x1.T)]
    assert_near(correlation.gradient_magnitude(y), np.sqrt(parts[0] ** 2 + parts[1] ** 2))


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (4, 3), (2, 6), (9, 8)])
def test_match_template_agrees_with_scipys_mode_same(size: tuple[int, int]) -> None:
    for _ in range(20):
        image, template = normal(9, 11), normal(*size)
        scores = signal.correlate2d(image - image.mean(), template - template.mean(), mode="same")
        expected = np.unravel_index(scores.argmax(), scores.shape)
        if np.ptp(template):  # otherwise all scores are 0
            assert correlation.match_template(image, template) == expected


@pytest.mark.parametrize(
    ("name", "axes"),
    [("batch_norm", (0, 1, 3)), ("layer_norm", (0, 1, 2)), ("instance_norm", (0, 1))],
)
def test_norm_has_mean_zero_and_variance_one_in_every_slice(
    name: str, axes: tuple[int, ...]
) -> None:
    out = getattr(norms, name)(1e6 + 3 * normal(4, 5, 2, 3))
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-9)
    np.testing.assert_allclose(out.var(axis=axes), 1, rtol=1e-9)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_norms_agree_with_pytorch(eps: float) -> None:
    x = normal(4, 5, 2, 3)
    y = torch.tensor(x).permute(3, 2, 0, 1)
    expected = {
        "batch_norm": functional.batch_norm(y, None, None, training=True, eps=eps),
        "layer_norm": functional.layer_norm(y, y.shape[1:], eps=eps),
        "instance_norm": functional.instance_norm(y, eps=eps),
    }
    for name, out in expected.items():
        assert_near(getattr(norms, name)(x, eps), out.permute(2, 3, 1, 0).numpy())


def test_relative_difference_is_between_zero_and_two() -> None:
    a = normal(3, 2, 4, 5)
    assert norms.relative_difference(a, a) == 0
    assert norms.relative_difference(a, -a) == pytest.approx(2)
    assert norms.relative_difference(a, 2 * a) == pytest.approx(0.5)
    assert norms.relative_difference(0 * a, 0 * a) == 0


@pytest.mark.parametrize("kind", ["Adagrad", "RMSprop", "Adam"])
def test_optimizer_lets_another_pick_up_where_pytorchs_would(kind: str) -> None:
    """A layer trained to the same point by both, forward and backward passes included."""
    x, y = torch.randn(20, 3), torch.randn(20, 2)
    layers = [torch.nn.Linear(3, 2) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    for layer, module in zip(layers, (optimizers, torch.optim), strict=True):
        optimizer = getattr(module, kind)(layer.parameters(), lr=0.05)
        for _ in range(30):
            optimizer.zero_grad()
            functional.mse_loss(layer(x), y).backward()
            optimizer.step()
    torch.testing.assert_close(layers[0].state_dict(), layers[1].state_dict(), rtol=1e-4, atol=1e-5)


def test_network_has_three_layers_with_weights() -> None:
    assert sum(p.ndim > 1 for p in optimizers.build_model().parameters()) == 3


def test_pipeline_reads_images_in_order_and_writes_a_line_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transfer_learning", load("transfer_learning"))
    monkeypatch.chdir(tmp_path)
    chest_xray = load("chest_xray")
    for place, light in (("train/NORMAL", 20), ("train/PNEUMONIA", 220), ("test", 20)):
        (tmp_path / "x" / place).mkdir(parents=True)
        for name in ("b.pgm", "a.pgm"):
            content = b"P5 8 8 255\n" + bytes([light]) * 64
            (tmp_path / "x" / place / name).write_bytes(content)
    names, images = chest_xray.read_images(tmp_path / "x" / "test")
    assert names == ["a.pgm", "b.pgm"]
    assert images.shape == (2, 1, 64, 64)
    assert images.unique().tolist() == pytest.approx([20 / 255])
    chest_xray.main(tmp_path / "x")
    lines = Path("predictions.csv").read_text().splitlines()
    assert lines == ["filename,label", "a.pgm,NORMAL", "b.pgm,NORMAL"]


def test_answers_agree_with_the_functions() -> None:
    x, y = np.array([3.0, 2.0, 1.0]), np.array([4.0, 6.0, 3.0, 9.0])
    assert_near(answers.example_correlation(), correlation.correlate1d(x, y))
    assert_near(answers.swapped(correlation.correlate1d(x, y)), correlation.correlate1d(y, x))
    assert not answers.correlation_commutes()


def test_float32_is_kept_by_every_function() -> None:
    x, y, tensor = normal(2, 3).astype("f4"), normal(5, 6).astype("f4"), normal(3, 4, 2, 5)
    arrays = [
        correlation.correlate1d(x[0], y[0]),
        correlation.weight_matrix(x[0], 4),
        correlation.jacobian_w(y[0], 3),
        correlation.correlate2d(x, y),
        correlation.correlate_multichannel(x[..., None], y[..., None]),
        *(norm(tensor.astype("f4")) for norm in (norms.batch_norm, norms.layer_norm)),
        norms.instance_norm(tensor.astype("f4")),
    ]
    assert {array.dtype.name for array in arrays} == {"float32"}


@pytest.mark.parametrize("name", ["correlation", "norms"])
def test_vectorised_reference_has_no_loop(name: str) -> None:
    tree = ast.parse((ROOT / "reference" / SLUG / f"{name}.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]


def test_every_mutant_fits_the_reference_and_is_valid_python() -> None:
    assignment = assignments.load(ROOT, SLUG)
    files = {name: path.read_bytes() for name, path in disk.files(assignment.reference_dir)}
    specs = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    for spec in specs:
        named_mutants.mutated(models.FileTree(files), spec)  # refuses what does not fit or parse
    assert len({spec.name for spec in specs}) == len(specs)
    automatic = {t.id for t in assignment.manifest.task if t.kind is models.TaskKind.AUTO}
    assert {task for spec in specs for task in spec.tasks} == automatic
