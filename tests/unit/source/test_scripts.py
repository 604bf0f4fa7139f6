"""Lines of a script that work only where it was written."""

import pytest

from grader.source import scripts

CALLS = [
    ("get_ipython().run_line_magic('matplotlib', 'inline')", "pass"),
    ("get_ipython().magic('matplotlib inline')", "pass"),
    ("get_ipython().run_line_magic('time', 'x = f()')", "x = f()"),
    ("get_ipython().system('pip install timm')", "pass"),
    ("files = get_ipython().getoutput('ls')", "files = []"),
    ("x = get_ipython().run_line_magic('timeit', '-o f()')", "x = None"),
    ("x = y = get_ipython().run_line_magic('time', 'f()')", "x = y = f()"),
    ("x = get_ipython().run_line_magic('time', 'y = f()')", "x = exec('y = f()')"),
    ("a, *b = get_ipython().run_line_magic(name, '')", "a = b = None"),
    ("a.b, c = get_ipython().run_line_magic('time', 'f()')", "(a.b, c) = f()"),
    ("x: list = get_ipython().getoutput('ls')", "x: list = ([])"),
    ("for f in get_ipython().getoutput('ls'): print(f)", "for f in ([]): print(f)"),
    ("if a:\n    get_ipython().system('ls')", "if a:\n    pass"),
    ("k(get_ipython().system(\n    get_ipython().getoutput('a')), 2)", "k((None), 2)\n"),
    ("get_ipython().run_cell_magic('time', '', 'x = 1\\ny = 2\\n')", "exec('x = 1\\ny = 2\\n')"),
    ("get_ipython().run_cell_magic('bash', '', 'ls\\n')", "pass"),
    ("c = 'google.colab' in str(get_ipython())", "c = 'google.colab' in str((None))"),
    ("try: get_ipython().system('ls')\nexcept OSError: pass", "try: pass\nexcept OSError: pass"),
    ("get_ipython().run_cell_magic(\n    'bash',\n    '', 'ls')", "pass\n\n"),
]


@pytest.mark.parametrize(("call", "python"), CALLS)
def test_exported_magic_is_what_it_is_in_a_notebook_and_lines_stay(call, python):
    found = scripts.adapt({"m.py": f"import math\n{call}\ny = 1\n".encode()})
    assert found.files["m.py"].decode() == f"import math\n{python}\ny = 1\n"
    line = 3 if call.startswith("if ") else 2
    why = "what only IPython runs counts as in a notebook; better submit the notebook itself"
    assert found.notes == (f"m.py, line {line}: {why}.",)


@pytest.mark.parametrize(
    "call",
    [
        "matplotlib.use('TkAgg')",
        "mpl.use(backend='Qt5Agg', force=True)",
        "plt.switch_backend('macosx')",
    ],
)
def test_backend_that_needs_a_screen_is_agg(call):
    source = f"import matplotlib\nif True:\n    'é'; {call}\n".encode()
    found = scripts.adapt({"m.py": source})
    assert b"Agg" in found.files["m.py"]
    assert not scripts._NEEDS_SCREEN.intersection(found.files["m.py"].decode().lower().split("'"))
    assert "m.py, line 3: there is no screen" in found.notes[0]
    assert scripts.adapt({"m.py": source}, screen=True).files["m.py"] == source


@pytest.mark.parametrize(
    "source",
    [
        b"x = f'{get_ipython().system(1)}'\n",
        b"import matplotlib\nmatplotlib.use('Agg')\n",
        b"try:\n    get_ipython()\nexcept NameError:\n    x = 1\n",
        b"try:\n    get_ipython().x()\nexcept:\n    x = 1\n",
        b"def get_ipython(): return {}\nx = get_ipython()\n",
        b"get_ipython(\n",
        b"# matplotlib\nlogger.use(x)\n",
    ],
)
def test_everything_else_stays(source):
    assert scripts.adapt({"m.py": source}) == scripts.Adapted({"m.py": source}, ())


def test_files_of_the_course_stay():
    given = {"g.py": b"get_ipython().system('ls')\n"}
    assert scripts.adapt(given, ["g.py"]).files == given


def test_only_what_needs_the_value_of_a_magic_fails():
    source = b"""\
best = get_ipython().run_line_magic('timeit', '-o f()')
files = get_ipython().getoutput('ls *.png')
n = len(files) + sum(1 for _ in files)
if best is not None:
    print(best.average)
def f(): return n
"""
    names = {}
    exec(scripts.adapt({"m.py": source}).files["m.py"], names)
    assert (names["best"], names["f"]()) == (None, 0)
