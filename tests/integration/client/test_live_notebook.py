"""A notebook's kernel under test: what is defined, what is not yet, what a test changes."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each starts an interpreter or a kernel, and tests in another

ROOT = Path(__file__).parents[3]
TESTS = """\
import numpy as np
from grader.suite import close, given, task
from grader.suite import strategies as st


@task("1a", hint="The sum runs along each row, axis 1.")
@given(x=st.arrays((2, 2)))
def test_softmax(student, x):
    powers = np.exp(x)
    close(student.layers.softmax(x), powers / powers.sum(axis=1, keepdims=True))


@task("1b")
def test_relu(student):
    close(student.layers.relu(np.array([-1.0, 2.0])), np.array([0.0, 2.0]))


@task("1c")
@__import__("pytest").mark.parametrize("round_", [1, 2])
def test_count(student, round_):
    close(student.layers.count(), 1)


@task("1d")
def test_loop(student):
    student.layers.loop()


@task("1e")
def test_uses_softmax_of_the_notebook(student):
    close(student.model.total(np.zeros((1, 2))), 1.0)
"""
SOFTMAX = """
def softmax(x):
    print("inside")
    powers = np.exp(x)
    return powers / powers.sum(axis={axis}, keepdims=True)
"""


@pytest.fixture
def homework(tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "public_tests" / "test_layers.py").write_text(TESTS)
    (tmp_path / "layers.ipynb").write_text("{}")
    (tmp_path / "model.py").write_text(
        "from layers import softmax\n\n\ndef total(x):\n    return softmax(x).sum()\n"
    )
    return tmp_path


def interpreter(folder, code, status=0):
    """What a plain interpreter prints after running the code, as `__main__`."""
    done = subprocess.run(
        [sys.executable, "-c", "import numpy as np\nimport grader\n" + textwrap.dedent(code)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def test_wrong_definition_is_shown_with_its_smallest_example(homework):
    said = interpreter(homework, SOFTMAX.format(axis=0) + "done = grader.check('1a')")
    assert "0 of 1 public tests pass" in said
    assert "With x = [[" in said
    assert "Hint: The sum runs along each row" in said
    assert "Printed: inside" in said


def test_what_is_not_defined_yet_is_no_failure(homework):
    code = SOFTMAX.format(axis=1) + "done = grader.check('1a', '1b')\nprint(done.passed)"
    said = interpreter(homework, code)
    assert "ok: its test passes" in said
    assert "not written yet: relu" in said
    assert "wrong" not in said
    assert said.endswith("False\n")


def test_tests_leave_the_notebook_as_it_was(homework):
    code = """
    N = 0
    def count():
        global N
        N += 1
        return N
    grader.check("1c")
    print(N)
    """
    said = interpreter(homework, code)
    assert "ok: all 2 tests pass" in said
    assert said.endswith("\n0\n")


def test_files_next_to_the_notebook_use_what_it_defines(homework):
    code = SOFTMAX.format(axis=1) + "grader.check('1e')\nimport sys; print('model' in sys.modules)"
    said = interpreter(homework, code)
    assert "ok: its test passes" in said
    assert said.endswith("False\n")


def test_kernel_that_cannot_fork_answers_itself(homework):
    code = """
    from grader.client import live_guest
    live_guest.can_fork = lambda: False
    def relu(x):
        print("seen")
        return x * (x > 1)
    def count():
        return 1
    done = grader.check("1b", "1c")
    """
    said = interpreter(homework, code)
    assert "ok: its test passes" in said
    assert "ok: all 2 tests pass" in said


def test_missing_tests_and_unknown_tasks_are_said_in_a_sentence(homework, tmp_path):
    said = interpreter(homework, "grader.check('9z')", status=1)
    assert "No public test is for task 9z." in said
    (empty := tmp_path / "empty" / "a" / "b" / "c").mkdir(parents=True)
    said = interpreter(empty, "grader.check()", status=1)
    assert "grader.download(" in said


def test_import_loads_nothing(homework):
    code = "import sys; print([m for m in sys.modules if m.startswith('grader.')])"
    assert interpreter(homework, code) == "[]\n"


def test_interrupt_ends_a_loop_and_leaves_no_process(homework):
    code = """
    import os, signal, threading
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
    def loop():
        while True: pass
    threading.Timer(6, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        grader.check("1d")
    except KeyboardInterrupt:
        print("interrupted")
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("no child is left")
    """
    assert interpreter(homework, code) == "interrupted\nno child is left\n"


def run_cells(folder, *sources):
    """Outputs of each cell, run by a real kernel."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(book, timeout=120, resources=resources).execute()
    return [cell.outputs for cell in book.cells]


def test_real_kernel_shows_html_once_and_names_the_cell(homework, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    outputs = run_cells(
        homework,
        "import numpy as np\nimport grader",
        "def relu(x):\n    y = x\n    raise ValueError('<b>oh</b>')",
        'grader.check("1b")',
    )
    shown = outputs[2]
    assert [one.output_type for one in shown] == ["display_data"], json.dumps(shown, default=str)
    (bundle,) = (one.data for one in shown)
    assert "cell 2, line 3, in relu" in bundle["text/plain"]
    assert "&lt;b&gt;oh&lt;/b&gt;" in bundle["text/html"]
    assert "<b>oh" not in bundle["text/html"]
