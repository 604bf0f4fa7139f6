"""The suite's judgement of submissions that are not the reference: no false alarm, none missed."""

import runpy
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
MODELS = {
    "twolayernet": ("models/twolayer.py", "TwoLayerNet", (3072, 256, 10)),
    "vanillacnn": ("models/cnn.py", "VanillaCNN", ()),
    "mymodel": ("models/my_model.py", "MyModel", ()),
}

torch = pytest.importorskip("torch", reason="the models are PyTorch's")


def whole(name: str, folder: Path) -> Path:
    """A submission with the reference's files where it has none of its own."""
    made = root = folder / "submission"
    if (HERE / name / "part2-pytorch").is_dir():  # in the course's own folders, and complete
        shutil.copytree(HERE / name, made)
        root = made / "part2-pytorch"
        shutil.copytree(REFERENCE / "checkpoints", root / "checkpoints")
    else:
        shutil.copytree(REFERENCE, made)
        for notebook in (HERE / name).rglob("*.ipynb"):
            (made / notebook.relative_to(HERE / name)).with_suffix(".py").unlink()
        shutil.copytree(HERE / name, made, dirs_exist_ok=True)
    for checkpoint, (module, model, sizes) in MODELS.items():
        path = root / "checkpoints" / f"{checkpoint}.pth"
        own = runpy.run_path(str(root / module))[model](*sizes).state_dict()
        values = torch.load(path, weights_only=True).values()
        fitting = [
            v if torch.nn.parameter.is_lazy(p) or v.shape == p.shape else v.T
            for v, p in zip(values, own.values(), strict=True)
        ]
        torch.save(dict(zip(own, fitting, strict=True)), path)
    return made


def only(files: tuple[str, ...], folder: Path) -> Path:
    """Some files of the reference."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REFERENCE / name, folder / name)
    return folder


def test_every_submission_folder_has_an_expectation() -> None:
    assert judging.submissions(SLUG) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_loses_points_on_expected_tasks_only(
    judge: judging.Judge, name: str, tmp_path: Path
) -> None:
    judged = judge(SLUG, whole(name, tmp_path))
    assert sorted(judged.failures) == EXPECTED[name]["loses"], judged.failures
    for task, failures in judged.failures.items():
        assert len(failures) < judged.tests[task] / 2, f"one mistake cost most of task {task}"


def test_submission_in_the_shape_of_the_starter_earns_everything(
    graded: judging.Graded, tmp_path: Path
) -> None:
    made = whole("as_given", tmp_path)
    checkpoints = made / "part2-pytorch" / "checkpoints"
    shutil.copy(checkpoints / "mymodel.pth", checkpoints / "resnet-32_CE.pth")
    report = graded(SLUG, made)
    lost = [task.id for task in report.tasks if task.score not in (None, task.max_score)]
    assert lost == [], [test.message for test in report.tests if test.message]
    (note,) = (note for note in report.notes if "resnet-32_CE" in note)
    assert note.startswith("Left out, because this assignment does not ask for it")


def test_untouched_template_fails_every_test_with_a_task_named(judge: judging.Judge) -> None:
    judged = judge(SLUG, judging.ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    # Not always the test's own task: a backward pass comes behind its forward pass.
    failures = [failure for failed in judged.failures.values() for failure in failed]
    assert all("NotImplementedError: task " in failure for failure in failures)


def test_one_part_alone_loses_the_tasks_of_the_other_only(
    judge: judging.Judge, tmp_path: Path
) -> None:
    manifest = assignments.load(judging.ROOT, SLUG).manifest
    first, second = manifest.submission.part
    of_second = {"2.1", "2.2a", "2.2b", "2.2c", "3.1a", "3.1b"}
    judged = judge(SLUG, only((*first.files, "answers.py"), tmp_path / "first"))
    assert set(judged.failures) == of_second
    told = "\n".join(line for failed in judged.failures.values() for line in failed)
    for folder in ("models", "losses", "solver"):
        assert f"No module named '{folder}" in told
    rest = tuple(p for p in manifest.submission.optional if (REFERENCE / p).is_file())
    judged = judge(SLUG, only((*second.files, *rest), tmp_path / "second"))
    assert not of_second & set(judged.failures)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_breaks_no_rule(name: str, tmp_path: Path) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    tree = bench.read([whole(name, tmp_path)], assignment.manifest)
    assert violations(assignment, tree) == ()


def test_pytorch_in_part_1_is_refused_by_line(tmp_path: Path) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    folder = shutil.copytree(REFERENCE, tmp_path / "submission")
    path = folder / "modules" / "relu.py"
    path.write_text(path.read_text() + "\n\nfrom torch.nn.functional import relu\nReLU.f = relu\n")
    with pytest.raises(errors.UploadRefused, match=r"modules/relu\.py:\d+: uses torch"):
        violations(assignment, bench.read([folder], assignment.manifest))


def test_ready_made_network_costs_its_task_only(tmp_path: Path) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    folder = shutil.copytree(REFERENCE, tmp_path / "submission")
    path = folder / "models" / "my_model.py"
    path.write_text(
        path.read_text() + "\n\nfrom torchvision.models import resnet18\nMyModel.body = resnet18\n"
    )
    (violation,) = violations(assignment, bench.read([folder], assignment.manifest))
    assert violation.tasks == ("2.2c",)
