"""The suite's judgement of submissions that are not the reference: no false alarm, none missed."""

import json
import shutil
from pathlib import Path

import pytest

from grader.assignment import manifest as assignments
from grader.grading import bench
from grader.source import notebook_writer
from tests.acceptance import judging
from tests.support.checked import violations

HERE = Path(__file__).parent
SLUG = HERE.name
EXPECTED = judging.expected(SLUG)
REFERENCE = judging.ROOT / "reference" / SLUG

pytest.importorskip("torch", reason="the assignment's networks are PyTorch's")


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
    (skipped,) = (note for note in report.notes if ": skipped, " in note)
    assert "cell 4, line 33 (URLError" in skipped  # the download, which the sandbox has no line for


def code_cell(text: str) -> dict[str, object]:
    """A cell that was run, with an output."""
    output = {"name": "stdout", "output_type": "stream", "text": ["nan\n"]}
    fields = {"metadata": {}, "execution_count": 3, "outputs": [output]}
    return {"cell_type": "code", "source": text.splitlines(keepends=True), **fields}


def test_notebook_is_graded_as_the_same_code_in_a_file(
    judge: judging.Judge, tmp_path: Path
) -> None:
    """With training, plots, magics and outputs between the classes; failures are the same, too."""
    folder = HERE / "three_mistakes"
    book = json.loads(notebook_writer.from_source((folder / "a2_code.py").read_text()))
    book["cells"].insert(2, code_cell("%matplotlib inline\n!nvidia-smi\nimport time"))
    book["cells"].insert(
        4, code_cell("%%time\nnet = train(PoolUpsampleNet)\nplt.plot(net.losses);")
    )
    book["cells"].append(code_cell("raise SystemExit('stop here')"))
    (tmp_path / "a2-code.ipynb").write_text(json.dumps(book))
    shutil.copy(folder / "answers.py", tmp_path)
    (tmp_path / "a2-writeup.pdf").write_bytes(b"%PDF-1.7\n")
    assert judge(SLUG, tmp_path) == judge(SLUG, folder)


def test_written_answers_are_marked_where_no_file_of_ours_holds_them(
    graded: judging.Graded, tmp_path: Path
) -> None:
    shutil.copy(REFERENCE / "a2_code.py", tmp_path)
    report = graded(SLUG, tmp_path)
    assert {test.task for test in report.tests} == {"4.1", "4.2", "5.1", "5.2", "6"}
    assert report.score == report.max_score == 1.5
    assert sum(task.max_score for task in report.tasks) == 13
    assert any(note.startswith("answers.py was not submitted.") for note in report.notes)


def test_untouched_template_fails_every_test_with_its_task_named(judge: judging.Judge) -> None:
    judged = judge(SLUG, judging.ROOT / "student_template" / SLUG)
    assert {task: len(failed) for task, failed in judged.failures.items()} == dict(judged.tests)
    for task, failures in judged.failures.items():
        asked = {"4.2": "4.1", "5.2": "5.1"}.get(task, task)  # training needs the network
        assert all(f"NotImplementedError: task {asked}: " in failure for failure in failures)


@pytest.mark.parametrize("name", EXPECTED)
def test_submission_breaks_no_rule(name: str) -> None:
    assignment = assignments.load(judging.ROOT, SLUG)
    tree = bench.read([HERE / name], assignment.manifest)
    assert violations(assignment, tree) == ()
