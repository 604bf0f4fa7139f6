"""The suite's judgement of submissions that are not the reference: no false alarm, none missed."""

import shutil
from pathlib import Path

import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.grading import bench
from tests.acceptance import judging
from tests.support.checked import violations

HERE = Path(__file__).parent
SLUG = HERE.name
EXPECTED = judging.expected(SLUG)
REFERENCE = judging.ROOT / "reference" / SLUG

pytest.importorskip("torch", reason="the hidden suite's oracles are PyTorch's")


def test_every_submission_folder_has_an_expectation() -> None:
    assert judging.submissions(SLUG) == set(EXPECTED)


@pytest.mark.parametrize(
    "name", sorted(EXPECTED.keys() - {"as_given"})
)  # that has a test of its own
def test_submission_loses_points_on_expected_tasks_only(
    judge: judging.Judge, name: str, tmp_path: Path
) -> None:
    judged = judge(SLUG, judging.completed(SLUG, name, tmp_path))
    assert sorted(judged.failures) == EXPECTED[name]["loses"], judged.failures
    for task, failures in judged.failures.items():
        assert len(failures) < judged.tests[task] / 2, f"one mistake cost most of task {task}"


def test_submission_in_the_shape_of_the_starter_earns_everything(
    graded: judging.Graded, tmp_path: Path
) -> None:
    report = graded(SLUG, judging.completed(SLUG, "as_given", tmp_path))
    lost = [f"{t.name}: {t.message}" for t in report.tests if t.score != t.max_score]
    assert report.score == report.max_score, lost


def test_reference_without_optional_files_loses_nothing(
    judge: judging.Judge, tmp_path: Path
) -> None:
    """What the files would show is marked by a person."""
    manifest = assignments.load(judging.ROOT, SLUG).manifest
    for name in manifest.submission.required:
        shutil.copy(REFERENCE / name, tmp_path)
    judged = judge(SLUG, tmp_path)
    assert judged.failures == {}
    tested = {task.id for task in manifest.task if task.kind == "auto"}
    assert tested - set(judged.tests) == {"2a-answers", "4b"}


def test_untouched_template_fails_every_test_with_its_task_named(judge: judging.Judge) -> None:
    judged = judge(SLUG, judging.ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    for task, failures in judged.failures.items():
        assert all(f"NotImplementedError: task {task}: " in failure for failure in failures)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_breaks_no_rule(name: str) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    tree = bench.read([HERE / name], assignment.manifest)
    found = violations(assignment, tree)
    assert [one for one in found if one.tasks] == []
    # The handout asks for comparisons with PyTorch's optimizers; importing them is named, no more.
    assert len(found) == (name == "as_given")


SHORTCUTS = [
    ("correlation.py", "correlate2d", "from scipy import signal", "signal.correlate2d(y, x)"),
    ("correlation.py", "correlate2d", "import torch.nn.functional as F", "F.conv2d(y, x)"),
    ("norms.py", "batch_norm", "from torch import nn", "nn.BatchNorm2d(3)(x)"),
]


def with_more(folder: Path, name: str, more: str) -> Path:
    """The reference with something at the end of a file."""
    made = shutil.copytree(REFERENCE, folder / "submission")
    (made / name).write_text(f"{(made / name).read_text()}\n\n{more}\n")
    return made


@pytest.mark.parametrize(("name", "function", "line", "call"), SHORTCUTS)
def test_library_doing_the_work_is_refused_by_line(
    tmp_path: Path, name: str, function: str, line: str, call: str
) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    more = f"{function} = lambda x, y=0: shortcut(x, y)\n{line}\ndef shortcut(x, y): return {call}"
    folder = with_more(tmp_path, name, more)
    number = len((folder / name).read_text().splitlines())
    with pytest.raises(errors.UploadRefused) as caught:
        violations(assignment, bench.read([folder], assignment.manifest))
    (reason,) = caught.value.reasons
    assert reason.startswith(f"{name}:{number}: calls ")


@pytest.mark.parametrize(("name", "function", "line", "call"), SHORTCUTS)
def test_library_to_compare_with_is_welcome(
    tmp_path: Path, name: str, function: str, line: str, call: str
) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    more = f"{line}\ndef compare(x, y): return {function}(x), {call}"
    folder = with_more(tmp_path, name, more)
    assert violations(assignment, bench.read([folder], assignment.manifest)) == ()


OPTIMIZERS = [
    "from torch.optim import SGD\nAdam.rule = SGD",
    "import torch\nAdam = torch.optim.Adam",
]


@pytest.mark.parametrize("more", OPTIMIZERS)
def test_optimizer_of_pytorch_is_refused_by_line(tmp_path: Path, more: str) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    folder = with_more(tmp_path, "optimizers.py", more)
    number = len((folder / "optimizers.py").read_text().splitlines())
    with pytest.raises(errors.UploadRefused, match=r"torch\.optim") as caught:
        violations(assignment, bench.read([folder], assignment.manifest))
    assert caught.value.reasons[0].startswith(f"optimizers.py:{number}: ")


def test_scheduler_and_comparison_with_pytorch_are_graded(tmp_path: Path) -> None:
    more = """from torch.optim.lr_scheduler import StepLR
import torch.optim as optim

def compare(model):
    return optim.Adam(model.parameters())
"""
    assignment = assignments.load(judging.ROOT, SLUG)
    folder = with_more(tmp_path, "optimizers.py", more)
    (note,) = violations(assignment, bench.read([folder], assignment.manifest))
    assert note.tasks == ()
    assert "imports torch.optim, which graded code may not use. None of it does" in note.places[0]
