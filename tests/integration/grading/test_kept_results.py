"""A regrade runs what can have changed, and its report is the one of a whole run."""

import contextlib
import dataclasses
import shutil
import textwrap
import uuid

import msgspec
import pytest

from grader import models, settings
from grader.grading import submission_grader
from grader.sandbox import container, pool
from grader.scoring import redaction
from tests.support import attacked, checked

WRONG = """
def one():
    print("one is asked")
    return 2
def double(x):
    return 3 * x
"""
ANOTHER = """
from grader.suite import close, task

@task("honest", weight=3)
def test_new_in_the_hidden_file(student):
    close(student.layers.one(), 2)
"""


class CountedSandboxes:
    """A pool that says how many of its sandboxes were asked for."""

    def __init__(self, real):
        self._real = real
        self.leased = 0
        self.was_killed, self.kill = real.was_killed, real.kill

    def lease(self, profile):
        self.leased += 1
        return self._real.lease(profile)

    def spare(self, profile):
        return contextlib.nullcontext()


@pytest.fixture(scope="module")
def sandboxes(docker_engine, tmp_path_factory):
    engine = container.Engine(tmp_path_factory.mktemp("run"), f"test-{uuid.uuid4().hex[:8]}")
    with contextlib.closing(pool.Pool(engine, 1)) as real:
        yield CountedSandboxes(real)


@pytest.fixture(scope="module")
def grade(sandboxes, suites):
    image = settings.from_environment().sandbox_image
    grader = submission_grader.Grader(sandboxes, suites, image)

    def run(assignment, earlier=None, source=WRONG, **more):
        tree = models.FileTree({"layers.py": textwrap.dedent(source).encode()})
        upload = checked.upload(assignment, tree)
        return grader.grade(assignment, upload, earlier=earlier, **more)

    return run


@pytest.fixture
def assignment(tmp_path):
    return attacked.write(tmp_path, "CANARY")


def told(report):
    """All of a report but how long it took, and how it was come by."""
    unmeasured = {"wall_s": None, "cpu_s": None, "memory_bytes": None}
    tests = tuple(dataclasses.replace(test, **unmeasured) for test in report.tests)
    return dataclasses.replace(report, tests=tests, timing=models.Timing(), ran=0, kept=0)


def test_change_of_one_file_runs_that_file(grade, assignment):
    before = grade(assignment)
    assert (before.ran, before.kept) == (4, 0)
    [path] = (assignment.suite_dir / "hidden").iterdir()
    path.write_text(path.read_text() + ANOTHER)
    seen = []
    after = grade(assignment, before, progress=seen.append)
    assert (after.ran, after.kept) == (3, 2)
    assert told(after) == told(grade(assignment))
    assert "test_new_in_the_hidden_file" in {t.name.split("::")[1] for t in after.tests}
    ended = [news for news in seen if isinstance(news, models.Tested)]
    assert [news.done for news in ended] == [1, 2, 3, 4, 5]
    phases = [news.phase for news in seen if isinstance(news, models.PhaseEnded)]
    assert phases == [models.Phase.PUBLIC, models.Phase.HIDDEN]


def test_change_of_points_runs_nothing_and_takes_no_sandbox(grade, assignment, sandboxes):
    before = grade(assignment)
    tasks = tuple(msgspec.structs.replace(task, points=20) for task in assignment.manifest.task)
    changed = msgspec.structs.replace(
        assignment, manifest=msgspec.structs.replace(assignment.manifest, task=tasks)
    )
    leased = sandboxes.leased
    after = grade(changed, before)
    assert (after.ran, after.kept) == (0, 4)
    assert sandboxes.leased == leased
    assert told(after) == told(grade(changed))


def test_other_submission_keeps_nothing(grade, assignment):
    before = grade(assignment)
    after = grade(assignment, before, source=attacked.HONEST)
    assert (after.score, after.ran, after.kept) == (40, 4, 0)


def test_kept_results_are_kept_again(grade, assignment):
    first = grade(assignment)
    [path] = (assignment.suite_dir / "hidden").iterdir()
    path.write_text(path.read_text() + ANOTHER)
    second = grade(assignment, first)
    third = grade(assignment, second)
    assert (third.ran, third.kept) == (0, 5)
    assert told(third) == told(second)


def test_student_reads_nothing_of_it(grade, assignment):
    report = grade(assignment)
    assert report.basis.files
    now = report.release.due
    shown = redaction.redact(report, models.Audience.STUDENT, now)
    assert (shown.ran, shown.kept, shown.basis) == (0, 0, None)


def test_changed_suite_takes_effect_at_the_next_grading(grade, assignment):
    assert grade(assignment, source=attacked.HONEST).score == 40
    folder = assignment.suite_dir / "public"
    [path] = folder.iterdir()
    shutil.copy(path, path.with_suffix(".bak"))
    path.write_text(path.read_text().replace("student.layers.one(), 1", "student.layers.one(), 7"))
    changed = grade(assignment, source=attacked.HONEST)
    assert changed.score < 40
    shutil.move(path.with_suffix(".bak"), path)
    assert grade(assignment, source=attacked.HONEST).score == 40
