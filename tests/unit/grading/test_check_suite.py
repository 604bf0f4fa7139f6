"""What `grader suite check` finds before it opens a sandbox."""

import pytest

from grader import errors, settings
from grader.grading import bench
from tests.support import fakes_service as fakes


def test_test_of_an_unknown_task_is_named_with_its_line_before_a_sandbox_opens(
    tmp_path, monkeypatch
):
    course = fakes.course(tmp_path)
    hidden = course / "tests" / "suites" / fakes.SLUG / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "test_b.py").write_text('\n@task("9z")\ndef test_b(student): ...\n')
    monkeypatch.setattr(bench, "open_bench", lambda *_: pytest.fail("a sandbox is opened"))
    chosen = settings.chosen(course_dir=course)
    with pytest.raises(errors.SuiteError, match=r"test_b\.py, line 2: the rubric has no task '9z'"):
        bench.check_suite(chosen, fakes.SLUG, 0, 0, lambda _done, _total: None)
