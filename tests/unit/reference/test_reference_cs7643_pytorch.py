"""Part 2 of CS 7643 assignment 2: the given files, and a whole training run of the reference."""

import importlib
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from grader.assignment import manifest as assignments

torch = pytest.importorskip("torch", reason="part 2 is written in PyTorch")

ROOT = Path(__file__).parents[3]
SLUG = "cs7643_a2"
SUITE = ROOT / "tests" / "suites" / SLUG
OWN = {"cifar10", "losses", "models", "solver", "train"}
Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Import a module of the reference, with the given files beside it as in a submission."""
    folder, known = tmp_path_factory.mktemp("reference") / SLUG, set(sys.modules)
    shutil.copytree(ROOT / "reference" / SLUG, folder)
    shutil.copytree(SUITE / "given", folder, dirs_exist_ok=True)
    sys.path.insert(0, str(folder))
    yield importlib.import_module
    sys.path.remove(str(folder))
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in OWN:
            del sys.modules[name]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with 40 images, ten shades of grey that can be told apart."""
    (tmp_path / "cifar10").mkdir()
    y = np.arange(40) // 4  # every tenth is kept for validation, of four classes
    x = np.broadcast_to((25 * y)[:, None, None, None], (40, 3, 32, 32)).astype(np.uint8)
    np.savez(tmp_path / "cifar10" / "train.npz", x=x, y=y)
    return tmp_path


def test_parameters_are_as_many_as_the_handout_says(load: Load) -> None:
    models = {
        789_258: load("models.twolayer").TwoLayerNet(3072, 256, 10),
        58_826: load("models.cnn").VanillaCNN(),
        464_154: load("models.resnet").resnet32(),
    }
    for count, model in models.items():
        assert sum(p.numel() for p in model.parameters()) == count


def test_resnet_halves_images_twice_and_every_parameter_has_a_gradient(load: Load) -> None:
    model = load("models.resnet").resnet32()
    x = torch.randn(2, 3, 32, 32)
    assert model[:-3](x).shape == (2, 64, 8, 8)
    model(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


def test_imbalanced_classes_shrink_from_5000_to_50(load: Load) -> None:
    made = load("cifar10").Imbalanced_CIFAR10(
        np.zeros((50_000, 3, 1, 1), np.uint8), np.arange(50_000) % 10
    )
    assert made.cls_num_list == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    assert torch.bincount(made.labels).tolist() == made.cls_num_list


def test_images_are_normalised_per_channel(load: Load) -> None:
    cifar10 = load("cifar10")
    shades = np.array([255 * m for m in cifar10.MEAN]).round().astype(np.uint8)
    images = np.broadcast_to(shades[None, :, None, None], (1, 3, 32, 32)).copy()
    assert cifar10.normalise(images).abs().max() < 0.01
    white = cifar10.normalise(np.full((1, 3, 1, 1), 255, np.uint8))[0, :, 0, 0]
    np.testing.assert_allclose(
        white, (1 - np.array(cifar10.MEAN)) / np.array(cifar10.STD), rtol=1e-5
    )


def test_published_archive_is_read(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, label in [(f"data_batch_{n}", n) for n in range(1, 6)] + [("test_batch", 9)]:
        batch = {b"data": np.full((2, 3072), label, np.uint8), b"labels": [label, 0]}
        (folder / name).write_bytes(pickle.dumps(batch))
    training, validation, counts = load("cifar10").loaders(str(tmp_path), 4)
    assert len(training.dataset) == 10
    assert [y.tolist() for _, y in validation] == [[9, 0]]
    assert counts == [5, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    training, validation, counts = load("cifar10").loaders(str(tmp_path), 4, images=3)
    assert (len(training.dataset), len(validation.dataset), sum(counts)) == (3, 2, 3)


def test_missing_data_is_told_with_what_to_do(load: Load, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="unpack the archive"):
        load("cifar10").loaders(str(tmp_path), 4)


@pytest.mark.parametrize("name", sorted(p.name for p in (SUITE / "start" / "configs").iterdir()))
def test_every_configuration_makes_a_solver(load: Load, data: Path, name: str) -> None:
    settings = load("train").read(SUITE / "start" / "configs" / name)
    made = load("solver").Solver(**{**settings, "data": str(data)})
    assert made.settings["steps"] == [6, 8]
    assert made.optimizer.defaults["lr"] == settings["learning_rate"] < 1


@pytest.mark.slow
def test_training_learns_and_saves_the_best_weights(
    load: Load, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    numbers = {"learning_rate": 0.05, "momentum": 0.9, "batch_size": 6, "epochs": 40}
    made = load("solver").Solver(data=str(data), steps=[30, 35], loss_type="Focal", **numbers)
    told: list[tuple[int, float, float]] = []
    accuracies = made.train(lambda *line: told.append(line))
    assert [line[0] for line in told] == list(range(1, 41))
    assert told[-1][1] < told[0][1] / 2
    assert max(accuracies) == made.best_accuracy
    saved = torch.load(tmp_path / "checkpoints" / "twolayernet.pth", weights_only=True)
    made.model.load_state_dict(saved)
    assert made.evaluate() == made.best_accuracy


def test_learning_rate_warms_up_and_drops_after_the_steps(load: Load, data: Path) -> None:
    made = load("solver").Solver(data=str(data), learning_rate=1.0, warmup=2)
    rates = []
    for epoch in range(1, 11):
        made._set_learning_rate(epoch)
        rates.append(made.optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.5, 1, 1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])


def test_unknown_setting_is_refused(load: Load) -> None:
    with pytest.raises(ValueError, match="unknown settings speed"):
        load("solver").Solver(speed=3)


def test_negative_gamma_is_refused(load: Load) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        load("losses.focal_loss").FocalLoss(gamma=-1.0)


def test_checkpoints_and_their_configurations_are_of_one_training(load: Load) -> None:
    folder = assignments.load(ROOT, SLUG).reference_dir
    for name in ("config_twolayer.yaml", "config_vanilla_cnn.yaml"):
        handed_in = load("train").read(folder / "configs" / name)
        assert handed_in == load("train").read(SUITE / "start" / "configs" / name)
    sizes = [path.stat().st_size for path in (folder / "checkpoints").glob("*.pth")]
    assert len(sizes) == 3
    assert max(sizes) < 4e6
