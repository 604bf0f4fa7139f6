"""Cells as IPython takes them: what becomes of magics, and that lines keep their numbers."""

import contextlib
import sys
import time

import pytest

from grader.source import ipython_cells
from tests.support import machine


def python(text, elsewhere=None):
    taken = ipython_cells.taken(text, text if elsewhere is None else elsewhere)
    assert taken.text.count("\n") == text.count("\n"), "lines must keep their numbers"
    return taken.text


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!pip install -q \\\n  torch \\\n  x\nk = 1\n", "pass\n\n\nk = 1\n"),
        ("pip install x", "pass"),
        ("cd a/b", "pass"),
        ("ls -l", "pass"),
        ("import os\npip install x\nk = 1", "import os\npass\nk = 1"),
        ("time k = f()", "k = f()"),
        ("   a = 1\n   b = 2\n", "a = 1\nb = 2\n"),
        (">>> W = 3\n>>> def f():\n...     return 1\n", "W = 3\ndef f():\n    return 1\n"),
        ("In [3]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("nn.*Norm*?", "pass"),
        ("?np.sum\nnp.sum??\nx = 5", "pass\npass\nx = 5"),
        ("\n\n  \n%time z = 3\n", "\n\n\nz = 3\n"),
        ("%prun z = f(1)", "z = f(1)"),
        ("x = %time f()", "x = f()"),
        ("x = !ls\ny = %timeit -o f()", "x = []\ny = None"),
        ("n, (a, *b) = !ls", "n = a = b = None"),
        ("if a:\n    d['k'] = %pwd", "if a:\n    d['k'] = __import__('os').getcwd()"),
        ("x = %time y = f()", "x = exec('y = f()')"),
        (
            "if a:\n    %cd foo\n    !ls\nelse:\n  b = 1",
            "if a:\n    pass\n    pass\nelse:\n  b = 1",
        ),
        ("/f x\n,g a b\n;h a b", 'f(x)\ng("a", "b")\nh("a b")'),
        ("%run x.ipynb", "pass"),
        ("%env A=5", "__import__('os').environ['A'] = '5'"),
        ("%%time\nx = 1\n", "\nx = 1\n"),
        ("# why\n%%time\nx = 1", "\n\nx = 1"),
        ("%%capture out\n!ls\ny = 2", "\npass\ny = 2"),
        ("%%bash\nls\n", "\n\n"),
        ("await f()", "await f()"),
        ("%time?\nx = 1", "pass\nx = 1"),
    ],
)
def test_cell_becomes_the_python_that_ipython_would_run(cell, expected):
    assert python(cell) == expected


def test_script_that_a_cell_runs_brings_in_its_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helpers.py").write_text("k = 2\n")
    names = {}
    exec(python("%run -i helpers.py"), names)
    assert names["k"] == 2


@pytest.mark.parametrize("text", ["ls = 5\nls", "def run(x): pass", "run(5)", "time.sleep(1)"])
def test_name_of_the_notebook_s_own_is_no_magic(text):
    assert python(text) == text


def test_name_that_another_cell_binds_is_no_magic():
    assert python("ls -l", "ls = 3\nl = 2") == "ls -l"


def test_what_a_cell_writes_is_told_with_its_name():
    taken = ipython_cells.taken("%%writefile -a 'my layers.py'\nx = 1\n")
    assert (taken.writes, taken.content, taken.appends) == ("my layers.py", "x = 1\n", True)
    assert taken.text == "\n\n"


@pytest.mark.parametrize("name", ["bash", "html", "javascript", "latex", "timeit", "script", "sql"])
def test_cell_in_another_language_is_left_out_by_name(name):
    assert ipython_cells.taken(f"%%{name} x\n<b>").left_out == f"%%{name}"


def test_percent_sign_that_is_no_magic_stays():
    text = 'a = (7\n% 4)\nb = """\n%magic\n!x\n"""\nc = 9 \\\n% 5\n# (\n'
    assert python(text + "%magic") == text + "pass"


@pytest.mark.parametrize(
    "text",
    ["%\n" * 20_000, "%x\n" + "x=1\n" * 20_000, "a.\n" * 100_000, "'''\\" * 100_000, "=%" * 10_000],
    ids=["magics", "many words", "dots", "open strings", "assignments"],
)
def test_hostile_text_takes_little_time(text):
    started = time.process_time()
    with contextlib.suppress(ipython_cells.CellNotTaken):
        ipython_cells.taken(text, text)
    assert time.process_time() - started < 3 * machine.slowness()


def test_missing_ipython_is_said_with_how_to_add_it(monkeypatch):
    ipython_cells._transformer.cache_clear()
    monkeypatch.setitem(sys.modules, "IPython.core.inputtransformer2", None)
    with pytest.raises(ipython_cells.CellNotTaken, match="pip install ipython"):
        ipython_cells.taken("%matplotlib inline")
    assert ipython_cells.taken("x = 1").text == "x = 1", "plain Python needs none"
    ipython_cells._transformer.cache_clear()
