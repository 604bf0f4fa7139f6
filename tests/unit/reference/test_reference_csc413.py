"""What the suite of CSC 413 assignment 2 leaves open: the given code, and the handout's numbers."""

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the assignment's networks are PyTorch's")

ROOT = Path(__file__).parents[3]
SLUG = "csc413_a2"
REFERENCE = ROOT / "reference" / SLUG
GIVEN = ROOT / "tests" / "suites" / SLUG / "given"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"csc413_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


a2_code, answers = load(REFERENCE / "a2_code.py"), load(REFERENCE / "answers.py")
colourization = load(GIVEN / "colourization.py")


@pytest.mark.parametrize(
    ("network", "count"),
    [("PoolUpsampleNet", 49_728), ("ConvTransposeNet", 49_728), ("UNet", 56_856)],
)
def test_networks_have_the_handouts_number_of_parameters(network: str, count: int) -> None:
    model = getattr(a2_code, network)(3, 32, 24, 1)
    assert sum(p.numel() for p in model.parameters()) == count


def test_weights_are_the_networks_without_biases_and_norms() -> None:
    model = a2_code.PoolUpsampleNet(3, 5, 4, 2)
    kernels = sum(p.numel() for p in model.parameters() if p.ndim == 4)
    assert answers.pool_upsample_sizes(2, 5, 4)[0] == kernels


@pytest.mark.slow
def test_training_on_made_up_pictures_lowers_both_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    few = colourization.made_up_images(40)
    monkeypatch.setattr(colourization, "load_images", lambda _path: few)
    settings = colourization.Settings(
        num_filters=4, num_colours=4, epochs=6, batch_size=6, learn_rate=0.02, plot=False
    )
    network, history = colourization.train(settings, a2_code.UNet)
    assert isinstance(network, a2_code.UNet)
    assert len(history) == 6
    assert history[-1][0] < history[0][0]
    assert history[-1][1] < history[0][1]


def test_data_has_grey_images_between_0_and_1_and_colours_of_their_pixels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = colourization.made_up_images(20)
    monkeypatch.setattr(colourization, "load_images", lambda _path: images)
    data = colourization.load_data(colourization.Settings(num_colours=5))
    assert data.x_train.shape == (18, 1, 32, 32)
    assert data.y_valid.shape == (2, 32, 32)
    assert 0 <= data.x_train.min() < data.x_train.max() <= 1
    painted = data.colours[data.y_valid]
    distances = ((images[::10][..., None, :] - data.colours) ** 2).sum(axis=-1)
    assert np.array_equal(distances.argmin(axis=-1), data.y_valid)
    assert painted.shape == (2, 32, 32, 3)


def test_images_of_a_file_are_used(tmp_path: Path) -> None:
    np.save(tmp_path / "horses.npy", np.full((2, 32, 32, 3), 7, np.uint8))
    assert np.all(colourization.load_images(tmp_path / "horses.npy") == 7)


def test_architecture_is_the_one_the_reference_answers_for() -> None:
    told = tomllib.loads((GIVEN / "architecture.toml").read_text())
    kernels = [(3, 64), (64, 128), (128, 256)]
    assert [f"conv-{n}" for _, n in kernels] == [x for x in told["layers"] if "conv" in x]
    convolutions = sum(9 * c_in * c_out for c_in, c_out in kernels)
    expected = convolutions + 256 * 4 * 4 * 1024 + 1024 * 10
    assert answers.network_sizes()["cnn_parameters"] == expected


def test_students_notebook_has_a_cell_for_each_network_and_no_solution() -> None:
    path = ROOT / "student_template" / SLUG / "a2-code.ipynb"
    text = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]
    for network in ("PoolUpsampleNet", "ConvTransposeNet", "UNet"):
        (cell,) = (source for source in text if source.startswith(f"class {network}("))
        assert cell.count("raise NotImplementedError") == 2
        assert "nn.Conv2d" not in cell
