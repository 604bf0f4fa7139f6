"""The suite's judgement of submissions that are not the reference: no false alarm, none missed.

Checkpoints are the reference's, carried over to each submission's own names of layers, except for
those whose architecture is the submission's own: these lie in its folder, trained by its code.
"""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from grader.assignment import manifest as assignments
from grader.grading import bench
from grader.source import notebook
from tests.acceptance import judging
from tests.support.checked import violations

torch = pytest.importorskip("torch", reason="the submissions are PyTorch")

HERE = Path(__file__).parent
SLUG = HERE.name
EXPECTED = judging.expected(SLUG)
REFERENCE = judging.ROOT / "reference" / SLUG
CHECKPOINTS = {
    "mnist_cnn.pt": ("prob4_CNN", ("CNN", "Net")),
    "mnist_ae.pt": ("prob5_AE", ("Autoencoder", "AE")),
    "mnist_cae.pt": ("prob6_CAE", ("ConvAutoencoder",)),
    "mnist-cae-skip.pt": ("prob6_CAE", ("ConvAutoencoderSkip",)),
}


def new_model(folder: Path, file: str, names: tuple[str, ...]) -> Any:
    """A model of a folder of modules, under the first of its names that is there."""
    spec = importlib.util.spec_from_file_location(f"{folder.name}_{file}", folder / f"{file}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # For data and pictures only, and in the sandbox alone.
    with mock.patch.dict(sys.modules, torchvision=mock.MagicMock()):
        spec.loader.exec_module(module)
    return next(getattr(module, name) for name in names if hasattr(module, name))()


def carried_over(model: Any, checkpoint: Path) -> dict[str, Any]:
    """A checkpoint of the reference under a model's own names: weights by shape, then biases."""
    trained = list(torch.load(checkpoint, weights_only=True).values())
    pairs = {w.shape: (w, b) for w, b in zip(trained[::2], trained[1::2], strict=True)}
    state = model.state_dict()
    names = list(state)
    for weight, bias in zip(names[::2], names[1::2], strict=True):
        state[weight], state[bias] = pairs[state[weight].shape]
    return state


def prepared(name: str, scratch: Path) -> Path:
    """A submission with all its checkpoints."""
    folder = scratch / "submission"
    shutil.copytree(HERE / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    modules = scratch / "modules"
    modules.mkdir()
    stems = {f"{file}.py" for file, _ in CHECKPOINTS.values()}
    for path, content in notebook.translate(files, stems).files.items():
        (modules / path).write_bytes(content)
    for checkpoint, (file, names) in CHECKPOINTS.items():
        if checkpoint not in files:
            model = new_model(modules, file, names)
            torch.save(carried_over(model, REFERENCE / checkpoint), folder / checkpoint)
    return folder


def test_submission_in_the_shape_of_the_starter_earns_everything(
    graded: judging.Graded, tmp_path: Path
) -> None:
    report = graded(SLUG, prepared("as_given", tmp_path))
    lost = [f"{t.name}: {t.message}" for t in report.tests if t.score != t.max_score]
    assert report.score == report.max_score, lost


def test_every_submission_folder_has_an_expectation() -> None:
    assert judging.submissions(SLUG) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_loses_points_on_expected_tasks_only(
    judge: judging.Judge, name: str, tmp_path: Path
) -> None:
    judged = judge(SLUG, prepared(name, tmp_path))
    assert sorted(judged.failures) == EXPECTED[name]["loses"], judged.failures
    for task, failures in judged.failures.items():
        assert len(failures) < judged.tests[task] / 2, f"one mistake cost most of task {task}"


def test_reference_loses_the_tasks_of_checkpoints_that_the_handout_asks_for_only(
    judge: judging.Judge, tmp_path: Path
) -> None:
    """What our files would show, the answers and mnist_cnn.pt, is marked by a person."""
    for path in REFERENCE.glob("prob*.py"):
        shutil.copy(path, tmp_path)
    shutil.copy(REFERENCE / "mnist-cae-skip.pt", tmp_path / "mnist_cae_skip.pt")
    judged = judge(SLUG, tmp_path)
    assert set(judged.failures) == {"5.4-checkpoint", "6.1-checkpoint"}
    for failures in judged.failures.values():
        assert all("was not submitted" in text for text in failures), failures
    marked = {f"{part}-answers" for part in ("2.2", "2.3", "3.1", "3.2", "3.3", "4.1")}
    assert not (marked | {"4.2-checkpoint"}) & set(judged.tests)


def test_untouched_template_fails_every_test(judge: judging.Judge) -> None:
    judged = judge(SLUG, judging.ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    for failures in judged.failures.values():
        assert all("NotImplementedError: task " in failure for failure in failures)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_breaks_no_rule(name: str) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    tree = bench.read([HERE / name], assignment.manifest)
    assert violations(assignment, tree) == ()


def test_autograd_in_the_answers_costs_their_tasks(tmp_path: Path) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    for path in REFERENCE.glob("*.py"):
        shutil.copy(path, tmp_path)
    answers = tmp_path / "answers.py"
    used = answers.read_text().replace("\n    return ", "\n    torch.zeros(1)\n    return ", 1)
    answers.write_text(f"{used}\n\nimport torch\n")
    tree = bench.read([tmp_path], assignment.manifest)
    (violation,) = violations(assignment, tree)
    assert violation.tasks
    assert all(task.endswith("-answers") for task in violation.tasks)
    assert "answers.py:" in violation.places[0]
