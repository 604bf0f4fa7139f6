"""CPSC 663, exercise II: the reference's checkpoints, the given loader, the suite's helpers."""

import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference is PyTorch")

ROOT = Path(__file__).parents[3]
SLUG = "cpsc663_ex2"
REFERENCE, SUITE = ROOT / "reference" / SLUG, ROOT / "tests" / "suites" / SLUG
MIB = 1024 * 1024
MODELS = {
    "mnist_cnn.pt": ("prob4_CNN", "CNN", 726_630),
    "mnist_ae.pt": ("prob5_AE", "Autoencoder", None),
    "mnist_cae.pt": ("prob6_CAE", "ConvAutoencoder", 16_859),
    "mnist-cae-skip.pt": ("prob6_CAE", "ConvAutoencoderSkip", None),
}


@pytest.fixture(autouse=True)
def as_in_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reference's files, the given ones and the package `stage`, importable by their names."""
    for folder in (REFERENCE, SUITE / "given"):
        monkeypatch.syspath_prepend(folder)
    stage = types.ModuleType("stage")
    stage.__path__ = [str(SUITE / "guest")]
    monkeypatch.setitem(sys.modules, "stage", stage)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("stage.", "prob", "mnist_data", "another")):
            del sys.modules[name]


def stage(name: str) -> Any:
    return importlib.import_module(f"stage.{name}")


def test_checkpoints_are_small_and_fit_their_models() -> None:
    sizes = [(REFERENCE / name).stat().st_size for name in MODELS]
    assert max(sizes) < 4 * MIB
    assert sum(sizes) < 10 * MIB
    for name, (file, kind, count) in MODELS.items():
        model = stage("models").model(file, kind)
        model.load_state_dict(torch.load(REFERENCE / name, weights_only=True))
        assert count in (None, sum(p.numel() for p in model.parameters()))


def test_given_loader_reads_both_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(5 * 784).reshape(5, 28, 28).astype(np.uint8), np.arange(5)
    for half, split in (("public", "train"), ("heldback", "test")):
        (tmp_path / half / "mnist").mkdir(parents=True)
        np.savez(tmp_path / half / "mnist" / f"{split}.npz", x=x, y=y)
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "public"))
    mnist_data = importlib.import_module("mnist_data")
    images, labels = next(iter(mnist_data.loader("test", batch_size=4)))
    assert images.shape == (4, 1, 28, 28)
    assert images[1, 0, 0, 3] == x[1, 0, 3] / np.float32(255)
    assert labels.tolist() == [0, 1, 2, 3]
    seen = [y for _, batch in mnist_data.loader("train", batch_size=2) for y in batch.tolist()]
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_missing_data_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="grader data fetch mnist"):
        importlib.import_module("mnist_data").images()


def another(**classes: type) -> None:
    """A submitted file `another.py` that holds these classes."""
    module = types.ModuleType("another")
    for name, kind in classes.items():
        named = type(name, (kind,), {"__module__": "another"})
        setattr(module, name, named)
    sys.modules["another"] = module


def test_only_model_that_fits_is_taken_under_another_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reference = importlib.import_module("prob6_CAE")
    another(Plain=reference.ConvAutoencoder, Skipping=reference.ConvAutoencoderSkip)
    assert type(stage("models").model("another", "ConvAutoencoder")).__name__ == "Plain"
    assert type(stage("models").model("another", "ConvAutoencoderSkip")).__name__ == "Skipping"
    assert "another.py: Plain was taken for the class ConvAutoencoder." in capsys.readouterr().out


@pytest.mark.parametrize(("names", "told"), [((), "no other"), (("One", "Two"), "2 other")])
def test_no_model_is_guessed(names: tuple[str, ...], told: str) -> None:
    kind = importlib.import_module("prob5_AE").Autoencoder
    another(**dict.fromkeys(names, kind))
    with pytest.raises(AttributeError, match=f"no class Autoencoder, and {told} model"):
        stage("models").model("another", "Autoencoder")


def test_cuts_tell_skips_from_none() -> None:
    reference, run = importlib.import_module("prob6_CAE"), stage("cuts").run_with
    one, two = torch.rand(2, 1, 1, 28, 28)
    for kind, skips in ((reference.ConvAutoencoder, False), (reference.ConvAutoencoderSkip, True)):
        torch.manual_seed(3)
        model = kind()
        assert torch.equal(run(model, one, conv2=0.0), run(model, two, conv2=0.0)) is not skips
        assert torch.equal(run(model, one, conv1=0.3), run(model, two, conv1=0.3))
        assert torch.equal(run(model, one), model(one))
