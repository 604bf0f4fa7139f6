"""Suite, plugin, host and guest together, with a subprocess as the sandbox."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader import models
from grader.datasets import files
from grader.grading import bench
from grader.rpc import host
from grader.suite import events, home_check, local_run, plugin, run_terms
from tests.support import local_course

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow  # each test starts guests, in processes of their own


@pytest.fixture
def course(tmp_path):
    return local_course.Course(tmp_path)


def test_correct_function_passes(course):
    found = course.run(
        "def double(x): return 2 * x",
        """
        @task("1a")
        @given(x=st.arrays(st.shapes(N=(1, 4))))
        def test_double(student, x):
            close(student.layers.double(x), 2 * x)
        """,
    )
    assert found["test_double"].verdict is models.Verdict.PASSED
    assert found["test_double"].message == ""


def test_wrong_function_is_told_with_the_shrunk_example(course):
    found = course.run(
        "def double(x): return 2 * x if x.shape[0] < 3 else x",
        """
        @task("1a", hint="Every length counts.")
        @given(x=st.arrays(st.shapes(N=(1, 9), M=(2, 5))), max_examples=50)
        def test_double(student, x):
            close(student.layers.double(x), 2 * x, name="y")
        """,
    )
    assert found["test_double"].verdict is models.Verdict.WRONG_ANSWER
    assert "With x = " in found["test_double"].message
    assert "of shape (3, 2)" in found["test_double"].message
    assert "y: got" in found["test_double"].message


def test_examples_are_the_same_in_every_run(tmp_path):
    messages = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found = local_course.Course(tmp_path / name).run(
            "def f(x): return x + 1",
            hidden="""
            @task("1a")
            @given(x=st.arrays((2,)))
            def test_f(student, x):
                close(student.layers.f(x), x)
            """,
        )
        messages.add(found["test_f"].message)
    assert len(messages) == 1


def test_each_kind_of_ending_has_its_verdict_and_costs_only_its_test(course):
    found = course.run(
        """
        import os, sys
        def leave(): os._exit(0)
        def stop(): sys.exit(0)
        def interrupt(): raise KeyboardInterrupt
        def skip():
            import pytest
            pytest.skip("please")
        def spin():
            while True: pass
        def none(): return None
        def forge():
            for fd in range(3, 20):
                try: os.write(fd, b"\\0" * 64)
                except OSError: pass
        def fine(): return 1
        """,
        """
        @task("1a")
        def test_leave(student): student.layers.leave()
        @task("1a")
        def test_stop(student): student.layers.stop()
        @task("1a")
        def test_interrupt(student): student.layers.interrupt()
        @task("1a")
        def test_skip(student): student.layers.skip()
        @task("1a")
        def test_spin(student): student.layers.spin()
        @task("1a")
        def test_none(student): a, b = student.layers.none()
        @task("1a")
        def test_forge(student): student.layers.forge()
        @task("1a")
        def test_missing(student): student.layers.absent()
        @task("1a")
        def test_no_file(student): student.models.absent()
        @task("1a")
        def test_fine(student): close(student.layers.fine(), 1)
        """,
        bounds=host.Bounds(1.0),
    )
    assert {name: outcome.verdict.value for name, outcome in found.items()} == {
        "test_leave": "crashed",
        "test_stop": "exception",
        "test_interrupt": "exception",
        "test_skip": "exception",
        "test_spin": "time_limit",
        "test_none": "wrong_answer",
        "test_forge": "protocol_violation",
        "test_missing": "exception",
        "test_no_file": "exception",
        "test_fine": "passed",
    }


TRICKLE = """
import os, struct, time
def trickle():
    for fd in range(3, 20):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("socket"):
                os.write(fd, struct.pack("!II", 1000, 0))
                while True:
                    os.write(fd, b"x")
                    time.sleep(0.05)
        except OSError:
            pass
"""


def test_reply_that_trickles_in_does_not_renew_the_time(course):
    public = '@task("1a")\ndef test_trickle(student): student.layers.trickle()\n'
    found = course.run(TRICKLE, public, bounds=host.Bounds(1.0))
    assert found["test_trickle"].verdict is models.Verdict.TIME_LIMIT
    assert found["test_trickle"].wall_s < 10


def test_output_beyond_every_bound_ends_the_test_and_not_the_next(course, monkeypatch):
    monkeypatch.setattr(host, "MAX_OUTPUT_BYTES", 100_000)
    found = course.run(
        "def shout(): print('x' * 10**7)\ndef one(): return 1\n",
        """
        @task("1a")
        def test_shout(student): student.layers.shout()
        @task("1a")
        def test_one(student): close(student.layers.one(), 1)
        """,
    )
    assert found["test_shout"].verdict is models.Verdict.OUTPUT_LIMIT
    assert found["test_one"].verdict is models.Verdict.PASSED


def test_exception_names_the_students_lines_and_no_other_path(course):
    found = course.run(
        """
        def outer(x):
            return inner(x)

        def inner(x):
            return x["missing"]
        """,
        """
        @task("1a")
        def test_outer(student): student.layers.outer({})
        """,
    )
    message = found["test_outer"].message
    assert "KeyError: 'missing'" in message
    assert 'layers.py, line 6, in inner: return x["missing"]' in message
    assert str(course.folder) not in message
    assert "guest.py" not in message


def test_printed_text_is_kept_up_to_the_cap_and_escaped(course):
    found = course.run(
        """
        def shout():
            print("hello \\x1b[31m red")
            print("x" * 300_000)
        """,
        """
        @task("1a")
        def test_shout(student): student.layers.shout()
        """,
        bounds=host.Bounds(20.0, output_bytes=1000),
    )
    output = found["test_shout"].output
    assert found["test_shout"].verdict is models.Verdict.PASSED
    assert output.startswith("hello \\x1b[31m red\n")
    assert "more bytes were printed and not kept" in output
    assert len(output) < 1200


def test_state_and_files_of_one_test_are_gone_in_the_next(course):
    found = course.run(
        """
        import pathlib
        seen = []
        def remember():
            seen.append(1)
            pathlib.Path("mark").write_text("x")
            pathlib.Path("layers.py").write_text("broken(")
        def count(): return len(seen) + pathlib.Path("mark").exists()
        """,
        """
        @task("1a")
        def test_first(student): student.layers.remember()
        @task("1a")
        def test_second(student): close(student.layers.count(), 0)
        """,
    )
    assert found["test_second"].verdict is models.Verdict.PASSED, found["test_second"].message


def test_input_changed_in_place_is_seen_by_put_and_value(course):
    found = course.run(
        "def relu(x):\n    x[x < 0] = 0\n    return x",
        """
        @task("1a")
        def test_unchanged(student):
            x = student.put(np.array([-1.0, 2.0]))
            student.layers.relu(x)
            close(x.value(), np.array([-1.0, 2.0]), exact=True, name="x after the call")
        """,
    )
    assert "x after the call: got [0., 2.]" in found["test_unchanged"].message


def test_objects_stay_with_the_student_and_can_be_used(course):
    found = course.run(
        """
        import numpy as np
        class Model:
            def __init__(self, n):
                self.params = {"W": np.zeros(n)}
                self.size = n
            def loss(self, x): return float((self.params["W"] * x).sum()), {"W": x}
        """,
        """
        @task("1a")
        def test_model(student):
            model = student.layers.Model(3)
            close(model.size, 3)
            model.params["W"] = np.ones(3)
            model.size = 4
            loss, grads = model.loss(np.arange(3.0))
            close(loss, 3.0)
            close(grads["W"], np.arange(3.0))
            close(model.size, 4)
            assert list(model.params) == ["W"] and len(model.params) == 1
        """,
    )
    assert found["test_model"].verdict is models.Verdict.PASSED, found["test_model"].message


def test_hidden_and_public_tests_get_their_visibility_from_the_folder(course):
    course.run(
        "",
        '@task("1a")\ndef test_p(student): pass\n',
        '@task("1a", visibility="after_due_date")\ndef test_h(student): pass\n'
        '@task("1a", weight="1/3")\ndef test_i(student): pass\n',
    )
    collected = next(e for e in course.events if isinstance(e, events.Collected))
    assert [(c.name, c.visibility.value, str(c.weight)) for c in collected.cases] == [
        ("public/test_public.py::test_p", "visible", "1"),
        ("hidden/test_hidden.py::test_h", "after_due_date", "1"),
        ("hidden/test_hidden.py::test_i", "hidden", "1/3"),
    ]


def test_suite_without_a_task_mark_is_the_authors_fault(course):
    course.run("", "def test_p(student): pass\n")
    assert "no @task" in str(course.fault)


def test_suite_that_does_not_import_is_the_authors_fault(course):
    course.run("", "import not_there\n")
    assert "not_there" in str(course.fault)


def test_tests_after_the_runs_time_are_not_run(course):
    found = course.run("", '@task("1a")\ndef test_p(student): pass\n', run_s=-1.0)
    assert found["test_p"].verdict is models.Verdict.NOT_RUN


def test_guest_that_cannot_be_replaced_ends_the_remaining_tests():
    class Gone:
        def guest(self):
            raise run_terms.NoMoreSandboxes("used up")

        def lost(self, loss):
            pass

        def renew(self):
            pass

    suite = plugin.Plugin(None, run_terms.RunTerms(Gone(), host.Bounds(1.0), 1.0, print))
    with pytest.raises(host.Stopped) as stopped:
        next(type(suite).student.__wrapped__(suite))
    assert stopped.value.verdict is models.Verdict.NOT_RUN


def test_check_in_the_students_folder_tells_lines_and_counts(tmp_path):
    """As a student runs it: inside the folder, whose files must not be imported directly."""
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "layers.py").write_text(
        "def f():\n    raise ValueError('no')\n\ndef g(): return 1\n"
    )
    (tmp_path / "public_tests" / "test_a.py").write_text(
        local_course.HEADER
        + '@task("1", hint="h")\ndef test_f(student): student.layers.f()\n'
        + '@task("1")\ndef test_g(student): close(student.layers.g(), 1)\n'
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli.main", "check", "."],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "layers.py, line 2, in f: raise ValueError('no')" in done.stdout
    assert "Hint: h" in done.stdout
    assert done.stdout.endswith("1 of 2 public tests pass\n")


def test_command_that_needs_more_packages_names_them(tmp_path):
    blocked = "import sys; sys.modules['docker'] = None; from grader.cli import main; main.main()"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "grade", str(tmp_path), "-a", "x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "pip install '.[server,torch]'" in done.stderr


def test_phases_run_in_their_order_and_each_end_is_told_once(course):
    found = course.run(
        "def one(): return 1",
        """
        @task("1a", slow=True)
        def test_training(student): close(student.layers.one(), 1)
        @task("1a", visibility="hidden")
        def test_kept_back(student): close(student.layers.one(), 1)
        @task("1a")
        def test_shown(student): close(student.layers.one(), 1)
        """,
        """
        @task("1a", slow=True)
        def test_secret_training(student): close(student.layers.one(), 1)
        @task("1a", visibility="visible")
        def test_shown_too(student): close(student.layers.one(), 1)
        """,
    )
    visible = ["test_shown", "test_shown_too", "test_training"]
    assert list(found) == [*visible, "test_kept_back", "test_secret_training"]


def test_slow_test_has_a_limit_of_its_own(course):
    found = course.run(
        "import time\ndef late(): time.sleep(2.5); return 1",
        """
        @task("1a")
        def test_quick(student): close(student.layers.late(), 1)
        @task("1a", slow=True)
        def test_slow(student): close(student.layers.late(), 1)
        """,
        bounds=host.Bounds(0.5),
    )
    assert found["test_quick"].verdict is models.Verdict.TIME_LIMIT
    assert found["test_slow"].verdict is models.Verdict.PASSED


@pytest.mark.parametrize(
    ("line", "library"),
    [("import torch.nn.functional as F", "torch"), ("# no torch here", "numpy")],
)
def test_library_that_public_tests_import_is_loaded_once(tmp_path, line, library):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "public_tests" / "test_a.py").write_text(f"import numpy\n{line}\n")
    assert local_run.library(tmp_path) == library


DATA_SUITE = """
from grader.suite import datasets

@task("1a")
def test_public_half(student):
    close(student.layers.total(), int(datasets.load("digits", "train").x.sum()))

@task("1a")
def test_held_back_half(student):
    close(student.layers.one(), len(datasets.load("digits", "test").y))
"""
READS_DATA = """
import os
import numpy as np

def total():
    with np.load(os.environ["GRADER_DATA"] + "/digits/train.npz") as data:
        return int(data["x"].sum())

def one(): return 1
"""


def test_data_sets_of_this_machine_are_used_and_missing_ones_named(course, monkeypatch):
    root = course.folder / "datasets"
    half = files.Split(np.ones((20, 8, 8), np.uint8), np.zeros(20, np.int64))
    files.save(root, files.DataSet("digits", half, half, "a test"))
    shutil.rmtree(root / "heldback" / "digits")
    monkeypatch.setenv("GRADER_DATASETS_DIR", str(root))
    found = course.run(READS_DATA, DATA_SUITE)
    assert found["test_public_half"].verdict is models.Verdict.PASSED
    assert found["test_held_back_half"].verdict is models.Verdict.NOT_RUN
    assert "`grader data fetch digits` gets it" in found["test_held_back_half"].message


def test_data_sets_fetched_into_the_homework_are_no_part_of_it(tmp_path):
    for name in ("a.py", "datasets/public/mnist/train.npz", "datasets/mine.py", "datasets/.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    assert [name for name, _ in local_run.read_folder(tmp_path)] == ["a.py", "datasets/mine.py"]
    assert [name for name, _ in bench.uploads_of(tmp_path)] == ["a.py", "datasets/mine.py"]


def test_tests_of_a_missing_library_are_named_and_the_others_run(tmp_path, capfd, monkeypatch):
    tests = tmp_path / "public_tests"
    tests.mkdir()
    (tmp_path / "layers.py").write_text("def double(x):\n    return 2 * x\n")
    passing = "@task('1')\ndef test_double(student):\n    assert student.layers.double(2) == 4\n"
    (tests / "test_double.py").write_text(local_course.HEADER + passing)
    (tests / "test_other.py").write_text(
        "from jax_of_the_future import numpy\n" + local_course.HEADER + passing
    )
    monkeypatch.chdir(tmp_path)
    assert home_check.check(tmp_path, tmp_path) == 1
    said = capfd.readouterr()
    assert "test_other.py: not run, because jax_of_the_future is not installed here" in said.err
    assert "1 of 1 public tests pass" in said.out
