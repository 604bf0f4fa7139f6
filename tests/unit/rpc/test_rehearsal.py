"""Statements run once before the tests: which are skipped and why, and what the tests run then."""

import importlib
import importlib.util
import json
import os
import signal
import sys
import time

import pytest

from grader.rpc import bytecode, rehearsal, statements
from grader.source import notebook
from tests.support import notebooks


def files_of(*cells, module="layers.py"):
    path = module.replace(".py", ".ipynb")
    files = notebook.translate({path: notebooks.book(*cells)}, [module]).files
    return files | bytecode.of(files, 0).files


@pytest.fixture
def rehearse(tmp_path):
    """Statement's number -> reason and text, for a notebook of these cells."""

    def reap(pid):
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def run(*cells, data_bytes=0):
        skipped = rehearsal.of(files_of(*cells), data_bytes, tmp_path, lambda: None, reap)
        assert {one.path for one in skipped} <= {"layers.ipynb"}
        return {one.number: (one.reason, one.text) for one in skipped}

    return run


def test_notebook_in_a_folder_is_rehearsed_and_run_under_its_whole_path(tmp_path, monkeypatch):
    """The folder is a package beside another notebook of the same name."""
    files = files_of("y = 2", module="layers.py")
    files |= files_of("x = 1", "raise KeyError('gone')", "z = x + 1", module="losses/layers.py")

    def reap(pid):
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    skipped = rehearsal.of(files, 0, tmp_path / "rehearsal", lambda: None, reap)
    assert [(one.path, one.reason) for one in skipped] == [("losses/layers.ipynb", "raised")]
    for name, content in (files | rehearsal.as_files(skipped)).items():
        target = tmp_path / "run" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.syspath_prepend(str(tmp_path / "run"))
    for name in ("layers", "losses", "losses.layers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    loaded = importlib.import_module("losses.layers")
    assert (loaded.x, loaded.z) == (1, 2)
    assert importlib.import_module("layers").y == 2
    for name in ("layers", "losses", "losses.layers"):
        sys.modules.pop(name, None)


def test_what_works_quickly_is_kept(rehearse):
    assert rehearse("import json\nx = 1", "def f(): return x", "f()") == {}


def test_what_raises_is_skipped_with_its_words(rehearse):
    assert rehearse("x = 1\n[][1]\ny = nothing", "def f(): return x") == {
        1: ("raised", "IndexError: list index out of range"),
        2: ("raised", "NameError: name 'nothing' is not defined"),
    }


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "exit()", "import sys; sys.exit()"])
def test_program_that_ends_itself_goes_on_behind(rehearse, end):
    skipped = rehearse("import sys", end, "def f(): return 1")
    assert {reason for reason, _ in skipped.values()} == {"raised"}
    assert max(skipped) < 3


def test_process_that_ends_costs_the_statement_that_ended_it(rehearse):
    assert rehearse("import os", "os._exit(0)", "x = 1", "os.kill(os.getpid(), 9)", "y = x") == {
        1: ("ended", ""),
        3: ("ended", ""),
    }


def test_loop_without_end_is_stopped_and_the_rest_runs(rehearse):
    loop = "while True:\n    try:\n        pass\n    except BaseException:\n        pass"
    assert rehearse("x = 1", loop, "z = 1 / 0") == {
        1: ("slow", ""),
        2: ("raised", "ZeroDivisionError: division by zero"),
    }


def test_statement_that_idles_is_stopped(rehearse):
    assert rehearse("import time\ntime.sleep(600)", "x = 1") == {1: ("slow", "")}


def test_statement_deaf_to_its_timer_costs_itself_only(rehearse, monkeypatch):
    monkeypatch.setitem(rehearsal.PATIENCE_S, "other", 0.5)
    deaf = "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nsum(range(10**12))"
    assert rehearse(deaf, "x = 1") == {2: ("slow", "")}


BUSY = "import time\nbegan = time.process_time()\nwhile time.process_time() - began < 0.3: pass\n"


def test_half_a_second_is_quick_for_what_a_function_needs_and_slow_for_the_rest(rehearse):
    build = f"def build():\n    {BUSY.replace(chr(10), chr(10) + '    ')}\n    return 1\n"
    assert rehearse(build, "K = build()", "def f(): return K") == {}
    assert rehearse(build, "K = build()") == {1: ("slow", "")}


def test_object_that_can_change_and_a_function_reads_may_take_longer(rehearse):
    use = f"def use(it):\n    {BUSY.replace(chr(10), chr(10) + '    ')}\n"
    functions = "def f(): return table, width"
    assert rehearse("table, width = [], 3", use, functions, "use(table)") == {}
    assert rehearse("table, width = [], 3", use, functions, "use(width)") == {3: ("slow", "")}


def test_budget_that_is_used_up_leaves_definitions(rehearse, monkeypatch):
    monkeypatch.setattr(rehearsal, "TOTAL_CPU_S", 0.0)
    assert rehearse("import json", "x = 1", "def f(): return 1") == {1: ("untried", "")}


def test_all_that_every_test_would_run_again_has_a_bound(rehearse, monkeypatch):
    monkeypatch.setattr(rehearsal, "KEPT_CPU_S", 0.0)
    assert rehearse("x = 1", "def f(): return 1") == {0: ("slow", "")}


def test_child_that_a_statement_forks_reports_nothing(rehearse):
    assert rehearse("import os\nif os.fork() == 0:\n    x = 1", "[][1]") == {
        2: ("raised", "IndexError: list index out of range")
    }


def test_exception_whose_text_raises_is_named(rehearse):
    cell = "class Mute(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise Mute"
    assert rehearse(cell, "x = 1") == {1: ("raised", "Mute")}


def test_memory_of_the_process_is_bounded(rehearse):
    cells = "x = bytearray(2**31)", "def f(): return 1"
    assert rehearse(*cells, data_bytes=2**30) == {0: ("raised", "MemoryError: ")}


LIE = """
import os
from grader.rpc import statements
def say(line):
    os.write(statements.watch._writing, line)
"""


@pytest.mark.parametrize(
    "line",
    [b"nonsense\\n", b"x" * 10_000, b'["layers.ipynb", 99, "raised", ""]\\n', b'["", 0, 5]\\n'],
    ids=["no JSON", "endless", "no such statement", "other types"],
)
def test_nonsense_in_the_report_costs_the_statement_that_wrote_it(rehearse, line):
    skipped = rehearse(LIE, f"say({line!r})".replace("\\\\n", "\\n"), "def f(): return 1")
    assert set(skipped) == {3}


def test_process_that_says_it_is_done_is_believed(rehearse):
    line = '\'["", 0, "done", ""]\\n\''
    assert set(rehearse(LIE, f"say({line}.encode())", "[][1]")) <= {4}


def test_deadline_of_all_skips_what_was_not_tried(rehearse, monkeypatch):
    began = []

    def left_s(self):  # 0.3 s from the statement that sleeps on, however busy the machine is
        if self.running and self.running[1] == 2:
            began.append(time.monotonic())
        return began[0] + 0.3 - time.monotonic() if began else 60.0

    monkeypatch.setattr(rehearsal.Findings, "left_s", left_s)
    skipped = rehearse("x = 1", "import time\ntime.sleep(60)", "y = 2")
    assert skipped == {2: ("slow", ""), 3: ("untried", "")}


# ---- what the tests' processes run --------------------------------------------------------


@pytest.fixture
def load(tmp_path):
    """The module of these cells as a test's process imports it, some statements skipped."""

    def run(*cells, skipped=()):
        files = files_of(*cells)
        if skipped:
            files["layers.ipynb, skipped"] = json.dumps(dict(skipped)).encode()
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        spec = importlib.util.spec_from_file_location("layers", tmp_path / "layers.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return run


def test_future_holds_from_where_it_stands(load):
    module = load("import math\nfrom __future__ import annotations", "def f(x: No): return x")
    assert module.f(3) == 3


def test_statement_that_cannot_be_compiled_costs_itself(load):
    assert load("return 1\nx = 2").x == 2


def test_name_of_a_slow_statement_is_made_when_a_test_asks(load):
    cells = "net = 0", "net = 5", "W = net", "def f(): return 1"
    module = load(*cells, skipped=[(1, "slow"), (2, "raised")])
    assert "net" not in vars(module), "the value of before would be wrong"
    assert module.W == 5
    assert module.net == 5


def test_what_is_made_of_a_slow_statement_s_name_is_skipped_with_it(rehearse):
    build = f"def build():\n    {BUSY.replace(chr(10), chr(10) + '    ')}\n    return 1\n"
    assert rehearse("net = 0", build, "net = build()", "W = net + 1") == {
        2: ("slow", ""),
        3: ("raised", "NameError: name 'net' is not defined"),
    }


def test_name_that_nothing_binds_is_missing_as_in_any_module(load):
    module = load("x = 1 / 0", skipped=[(0, "raised")])
    with pytest.raises(AttributeError, match="module 'layers' has no attribute 'y'"):
        module.y  # noqa: B018  # the access is what is tested


def test_what_statements_print_is_dropped_and_what_functions_print_is_not(load, capfd):
    noise = "import os\nos.write(1, b'noise')\nos.system('echo noise')"
    load(noise, "def f(): print('said')").f()
    assert capfd.readouterr().out == "said\n"


def test_main_guard_holds_while_its_statement_runs(load):
    module = load("if __name__ == '__main__':\n    x = 1", "class A: pass")
    assert module.x == 1
    assert module.A.__module__ == "layers"


def test_shell_is_there_for_statements_only(load):
    module = load("on = 'colab' in str(get_ipython())\nget_ipython().system('x')", "def f(): ...")
    assert module.on is False
    assert not hasattr(module, "get_ipython")


def test_code_that_was_not_compiled_before_is_compiled_then(load, monkeypatch):
    monkeypatch.delattr(statements, "codes")
    assert load("def f():\n    return 4").f() == 4


def test_traceback_names_the_cell_where_it_lies(load, tmp_path):
    module = load("x = 1", "\n\ndef f():\n    return [][1]")
    with pytest.raises(IndexError) as caught:
        module.f()
    assert caught.traceback[-1].path == tmp_path / "layers.ipynb, cell 2"
    assert caught.traceback[-1].lineno + 1 == 4
