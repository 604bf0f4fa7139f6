"""The suite's judgement of submissions that are not the reference: no false alarm, none missed."""

from pathlib import Path

import pytest

from tests.acceptance import judging

HERE = Path(__file__).parent
SLUG = HERE.name
EXPECTED = judging.expected(SLUG)

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
    own, follows = EXPECTED[name]["loses"], EXPECTED[name]["follows"]
    assert sorted(judged.failures) == sorted([*own, *follows]), judged.failures
    for task in own:
        failed = len(judged.failures[task])
        assert failed < judged.tests[task] / 2, f"one mistake cost most of task {task}"


def test_submission_in_the_shape_of_the_starter_earns_everything(
    graded: judging.Graded, tmp_path: Path
) -> None:
    report = graded(SLUG, judging.completed(SLUG, "as_given", tmp_path))
    lost = [f"{t.name}: {t.message}" for t in report.tests if t.score != t.max_score]
    assert report.score == report.max_score, lost
    (unused,) = (note for note in report.notes if "scipy" in note)
    assert "None of it does" in unused


def test_untouched_template_fails_every_test_with_its_task_named(judge: judging.Judge) -> None:
    judged = judge(SLUG, judging.ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    for task, failures in judged.failures.items():
        named = f"NotImplementedError: task {task_of_code(task)}: "
        assert all(named in failure for failure in failures), failures


def task_of_code(task: str) -> str:
    """The task whose code a task's tests run first: training (2c, 3c, 4c) needs the model."""
    return task[0] + "b" if task in ("2c", "3c", "4c") else task
