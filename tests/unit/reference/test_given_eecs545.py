"""What EECS 545 homework 4 gives: update rules, recurrent layers, solvers, the two experiments."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is the oracle of these tests")

ROOT = Path(__file__).parents[3]
SLUG = "eecs545_hw4"
FOLDERS = [ROOT / "reference" / SLUG, ROOT / "tests" / "suites" / SLUG / "given"]
NAMES = {path.stem for folder in FOLDERS for path in folder.glob("*.py")}
WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "cat": 3}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports the flat modules of a finished homework, and forgets them again."""
    for folder in FOLDERS:
        monkeypatch.syspath_prepend(str(folder))
    forget()
    yield importlib.import_module
    forget()


def forget() -> None:
    for name in NAMES:
        sys.modules.pop(name, None)


def run(script: str, *arguments: str, cwd: Path) -> str:
    """Output of an experiment in a folder that holds no data unless the test put some there."""
    path = os.pathsep.join(str(folder) for folder in FOLDERS)
    done = subprocess.run(
        [sys.executable, "-B", str(FOLDERS[1] / script), *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.99, eps=1e-8),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
}


@pytest.mark.parametrize("rule", OPTIMISERS)
def test_update_rule_agrees_with_pytorch_and_changes_no_argument(load: Any, rule: str) -> None:
    rng = np.random.default_rng(0)
    w, config = rng.standard_normal((3, 4)), {"learning_rate": 0.1}
    leaf = torch.tensor(w, requires_grad=True)
    optimiser = OPTIMISERS[rule]([leaf])
    for dw in rng.standard_normal((4, 3, 4)):
        before, kept = w.copy(), dict(config)
        leaf.grad = torch.tensor(dw)
        optimiser.step()
        new, new_config = getattr(load("optim"), rule)(w, dw, config)
        assert (w == before).all()
        assert config.keys() == kept.keys()
        w, config = new, new_config
        np.testing.assert_allclose(w, leaf.detach().numpy(), rtol=1e-10)


def test_recurrent_layers_agree_with_autograd(load: Any) -> None:
    rng, layers = np.random.default_rng(0), load("rnn_layers")
    shapes = [(5, 2, 3), (2, 4), (3, 4), (4, 4), (4,)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    x, h, wx, wh, b = leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    states = []
    for x_t in x:
        h = torch.tanh(x_t @ wx + h @ wh + b)
        states.append(h)
    out, cache = layers.rnn_forward(*arrays)
    np.testing.assert_allclose(out, torch.stack(states).detach().numpy())
    dh = rng.standard_normal(out.shape)
    torch.stack(states).backward(torch.tensor(dh))
    for got, leaf in zip(layers.rnn_backward(dh, cache), leaves, strict=True):
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-10)


def test_captions_sampled_end_with_null_behind_end(load: Any) -> None:
    np.random.seed(0)
    model = load("rnn").CaptioningRNN(WORDS, input_dim=2, wordvec_dim=3, hidden_dim=4)
    model.params["b_vocab"] = np.array([0.0, 0.0, 99.0, 0.0])  # <END> at once
    assert model.sample(np.ones((2, 2)), 3).tolist() == [[2, 0, 0]] * 2


def test_sampling_without_start_word_is_explained(load: Any) -> None:
    model = load("rnn").CaptioningRNN({"<NULL>": 0}, input_dim=2, wordvec_dim=3, hidden_dim=4)
    with pytest.raises(ValueError, match="<START>"):
        model.sample(np.ones((1, 2)))


def test_unknown_cell_type_is_refused(load: Any) -> None:
    with pytest.raises(ValueError, match="lstm"):
        load("rnn").CaptioningRNN(WORDS, cell_type="lstm")


def test_solver_puts_the_best_parameters_back(load: Any) -> None:
    class Worsening:
        def __init__(self) -> None:
            self.params = {"W": np.zeros(1)}

        def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
            right = self.params["W"][0] == 0
            scores = np.tile([float(right), 0.5], (len(X), 1))
            return scores if y is None else (1.0, {"W": np.ones(1)})

    x, y = np.zeros((4, 1)), np.zeros(4, dtype=int)
    data = {"X_train": x, "y_train": y, "X_val": x, "y_val": y}
    solver = load("solver").Solver(Worsening(), data, batch_size=2, num_epochs=1, verbose=False)
    solver.train()
    assert solver.val_acc_history == [1.0, 0.0]
    assert solver.model.params["W"] == 0


def test_digits_are_learned_without_mnist_and_its_absence_is_told(tmp_path: Path) -> None:
    said = run("digit_classification.py", "softmax", "--hidden", "20", "30", cwd=tmp_path)
    assert "mnist.npz is not here" in said
    assert float(said.split()[-1]) > 0.9


def test_mnist_is_read_where_it_lies(load: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    module: ModuleType = load("digit_classification")
    monkeypatch.setattr(module, "VALIDATION", 2)
    images, digits = np.full((5, 28, 28), 255, np.uint8), np.arange(5, dtype=np.uint8)
    np.savez("mnist.npz", x_train=images, y_train=digits, x_test=images, y_test=digits)
    data = module.load()
    assert data["X_train"].shape == (3, 1, 28, 28)
    assert data["X_train"].max() == 1.0
    assert data["y_val"].tolist() == [3, 4]


@pytest.mark.slow
def test_captions_are_learned_without_coco_and_its_absence_is_told(tmp_path: Path) -> None:
    said = run("image_captioning.py", "--epochs", "15", cwd=tmp_path)
    assert "coco_captioning/ is not here" in said
    assert "train: a " in said


def test_local_checker_names_the_missing_package(tmp_path: Path) -> None:
    script = FOLDERS[1] / "autograder.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script)], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "not installed" in done.stderr
