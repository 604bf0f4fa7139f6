"""Notebooks as modules: what is kept, how tracebacks read, what is refused."""

import importlib.util
import json
import time
import traceback
import tracemalloc

import pytest

from grader.source import notebook


def saved(*cells, **fields):
    """A notebook file of these cells: source, or (source, tags)."""
    listed = []
    for cell in cells:
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        listed.append(
            {
                "cell_type": "code",
                "source": source.splitlines(keepends=True),
                "metadata": {"tags": tags, "collapsed": True},
                "outputs": [{"data": {"image/png": "iVBOR"}}],
                "execution_count": 7,
            }
        )
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": listed} | fields
    )


def translated(*cells):
    return notebook.translate({"layers.ipynb": saved(*cells).encode()}, ["layers.py"])


def cell(*cells, number=1):
    return translated(*cells).files[f"layers.ipynb, cell {number}"].decode()


def refusal(data):
    (reason,) = notebook.translate({"layers.ipynb": data}, ["layers.py"]).reasons
    return reason


def loaded(folder, *cells):
    """The module as the sandbox imports it."""
    for name, content in translated(*cells).files.items():
        (folder / name).write_bytes(content)
    spec = importlib.util.spec_from_file_location("layers", folder / "layers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("import numpy as np\nfrom a import b", True),
        ("def f(x):\n    return train(x)", True),
        ("@jit\n@other(1)\nclass A(B):\n    x = f()", True),
        ("SIZES, RATE = (3, 4), -1e-4 * 2", True),
        ("NAMES: list[str] = ['a', {'b': 1}]", True),
        ("try:\n    import cupy\nexcept ImportError:\n    cupy = None", True),
        ("losses = train(model)", False),
        ("plt.plot(losses)", False),
        ("model.rate = 3", False),
        ("for i in range(10):\n    step(i)", False),
        ("if __name__ == '__main__':\n    main()", False),
        ("x += 1", False),
        ("'a note'", False),
    ],
)
def test_statement_is_kept_if_it_is_import_definition_or_literal(text, kept):
    assert cell(text) == (text if kept else "\n" * text.count("\n"))


IMPORTS = """\
import os.path as p
from collections import namedtuple
from typing import Any, TypeAlias, TypeVar
import numpy as np, numpy.typing as npt, torch
import torch.nn as nn, xml.dom as plt
"""


@pytest.mark.parametrize(
    "text",
    [
        "X1 = np.array([[-3.0, 0, 3]])",
        "X1: npt.NDArray[Any] = np.array([1.0]).reshape(1, 1) / 16",
        "Array: TypeAlias = npt.NDArray[Any]",
        "DTYPE = np.dtype('float64')",
        "T = TypeVar('T', bound=np.floating)",
        "Point = namedtuple('Point', ['x', 'y'])",
        "DEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "PATH = p.join('data', f'{len(str(3))}.npz')",
        "NAMES = [name.upper() for name in ('a', 'b')]",
        "Loss = nn.CrossEntropyLoss()",
        "if torch.cuda.is_available():\n    DEVICE = 0\nelse:\n    DEVICE = torch.device('cpu')",
        "if len('a') == 2:\n    A = 'a'\nelif np is None:\n    A = 'b'\nelse:\n    A = 3.0",
        "try:\n    import cupy as Np\nexcept ImportError:\n    Np = np",
        "relu = lambda x: train(x)",
    ],
)
def test_constant_made_by_a_known_library_is_kept(text):
    assert cell(IMPORTS, text, number=2) == text


@pytest.mark.parametrize(
    "text",
    [
        "Losses = train(net)",
        "Net = MyNet()",
        "Net = nn.Sequential(MyNet())",
        "X = np.load('train.npz')",
        "X = np.array(rows_not_bound)",
        "Figure = plt.getDOMImplementation()",
        "Data = open('x').read()",
        "Text = p.join('a', input())",
        "Loss = Loss.backward()",
        "Net = torch.hub.load('pytorch/vision', 'resnet18')",
        "Late = np.array(later); later = 3",
        "if torch.cuda.is_available():\n    train(net)",
    ],
)
def test_assignment_that_may_fail_or_train_is_left_out(text):
    assert "=" not in cell(IMPORTS, "Loss, MyNet = 1, 2", text, number=3).replace("later = 3", "")
    assert "train(" not in cell(IMPORTS, text, number=2)


def test_value_in_small_letters_is_kept_only_for_a_definition_that_uses_it():
    cells = "import numpy as np", "a = np.ones(3)\nb = 2 * a\nc = np.ones(4)\nx = np.ones(5)"
    use = "def f(x):\n    return lambda: x + b"
    assert cell(*cells, use, number=2) == "a = np.ones(3)\nb = 2 * a\n\n"
    assert cell(*cells, number=2) == "\n\n\n"


def test_reference_with_its_constants_works_as_a_notebook(tmp_path):
    constants = "Array: TypeAlias = npt.NDArray[Any]\nrng = np.random.default_rng(0)"
    module = loaded(tmp_path, IMPORTS, constants, "def f(x: Array) -> Array:\n    return rng, x")
    assert module.f(4)[1] == 4


HEX = "0x" + "f" * 5000  # Python reads it and cannot write it in decimal digits


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"k = {HEX}", f"k = {HEX}"),
        (f"def f(): return {HEX}\ntrain()", f"def f(): return {HEX}\n"),
        (f"train(); k = {HEX}", f"k = {HEX}"),
        ("train(); k = 1" + "+1" * 900, "k = 1" + "+1" * 900),
        ("import a; train(); K = [1,\n2]; fit()\nx = 1", "import a; K = [1,\n2]\nx = 1"),
        ("É = 'é'; train(); K = 'é'", "É = 'é'; K = 'é'"),
        ("import a\rtrain()\r\rfit()", "import a\n\n\n"),
    ],
    ids=["value", "function", "shared line", "long sum", "two lines", "letters", "old line ends"],
)
def test_what_cannot_be_written_anew_is_kept_as_it_stands(text, kept):
    source = {"cell_type": "code", "source": text}
    data = json.dumps({"nbformat": 4, "cells": [source]}).encode()
    read = notebook.translate({"layers.ipynb": data}, ["layers.py"])
    assert read.files["layers.ipynb, cell 1"].decode() == kept


def test_names_are_known_of_what_cannot_be_written_anew():
    text = f"import numpy as np\nwidth = np.float32(3)\ndef f(): return width + {HEX}"
    assert cell(text) == text


def test_cells_are_counted_before_they_are_made():
    many = b'{"nbformat":4,"cells":[' + b",".join([b'{"cell_type":"a"}'] * 200_000) + b"]}"
    tracemalloc.start()
    told = refusal(many)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 1000 cells" in told
    assert most < 30e6


def test_number_of_a_format_is_not_told_at_length():
    told = refusal(b'{"nbformat":' + b"9" * 4000 + b"}")
    assert "notebook" in told
    assert len(told) < 300


def test_lines_keep_their_numbers_where_statements_are_left_out():
    assert (
        cell("import a\ntrain(\n  1)\n# why\ndef f(): ...") == "import a\n\n\n# why\ndef f(): ..."
    )


def test_statements_on_one_line_are_told_apart():
    assert cell("run(); import a; x = 1; run()") == "import a; x = 1"


@pytest.mark.parametrize("marked", ["# grader: keep\nx = f()", ("x = f()", ["grader"])])
def test_marked_cell_is_kept_whole(marked):
    assert cell(marked).endswith("x = f()")


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install numpy",
        "files = !ls -l",
        "t = %timeit -o f()",
        "?np.sum",
        "np.sum??",
    ],
)
def test_magic_and_shell_lines_are_removed_even_from_marked_cells(line):
    text = cell(f"# grader: keep\nif True:\n    {line}\n{line}\nx = 5 ")
    assert text == "# grader: keep\nif True:\n    pass\npass\nx = 5 "


def test_percent_sign_that_is_no_magic_stays():
    text = 'a = (7\n% 4)\nb = """\n%magic\n!x\n"""\nc = 9 \\\n% 5\n# (\n'
    assert cell("# grader: keep\n" + text + "%magic") == "# grader: keep\n" + text + "pass"


def test_cell_in_another_language_is_empty_and_a_timed_one_is_not():
    assert cell("%%bash\ndef f(): rm -rf") == "\n"
    assert cell("# c\n%%time\ndef f(): ...") == "\n\ndef f(): ..."


def test_markdown_and_empty_cells_do_not_count():
    cells = [{"cell_type": "markdown", "source": "# T"}, {"cell_type": "code", "source": " "}]
    cells += [{"cell_type": "code", "source": "import a"}, {"cell_type": "raw", "source": "x"}]
    data = json.dumps({"nbformat": 4, "cells": cells}).encode()
    files = notebook.translate({"layers.ipynb": data}, ["layers.py"]).files
    assert set(files) == {"layers.py", "layers.ipynb, cell 1"}


def test_definitions_of_all_cells_share_one_module(tmp_path):
    module = loaded(
        tmp_path, "from __future__ import annotations", "K = 2", "def f(x: No): return x * K"
    )
    assert module.f(4) == 8


def test_traceback_names_cell_and_line_and_shows_the_line(tmp_path):
    module = loaded(tmp_path, "import math", "x = 1\n\ndef f():\n    return math.nothing")
    with pytest.raises(AttributeError) as caught:
        module.f()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.endswith("layers.ipynb, cell 2")
    assert (last.lineno, last.line) == (4, "return math.nothing")


def test_note_says_which_cells_were_cut():
    (note,) = translated("import a", "run()", "x = 1\nrun()").notes
    assert note.startswith("layers.ipynb: of cells 2, 3 only imports")


def test_module_of_that_name_wins_over_the_notebook():
    files = {"layers.ipynb": saved("x = 1").encode(), "layers.py": b"y = 1"}
    found = notebook.translate(files, ["layers.py"])
    assert found.files == files
    assert "is not used, because layers.py" in found.notes[0]


def test_other_notebooks_stay_plain_files():
    files = {"layers.py": b"", "plots.ipynb": b"not read"}
    assert notebook.translate(files, ["layers.py"]) == notebook.Translation(files)


def test_origins_of_a_module_are_its_cells_in_order():
    files = translated(*[f"X{n} = 1" for n in range(1, 12)]).files
    assert [n.rpartition(" ")[2] for n in notebook.origins("layers.py", files)] == [
        str(n) for n in range(1, 12)
    ]
    assert notebook.origins("a.py", {"a.py": b"1"}) == {"a.py": b"1"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a notebook"),
        (b"{}", "is not a notebook"),
        (b'{"nbformat": 4, "cells": [{"cell_type": 5}]}', "is not a notebook"),
        (b'{"nbformat": "4"}', "is not a notebook"),
        (b'{"nbformat": 4, "x": ' + b"[" * 100_000, "is not a notebook"),
        (b'{"nbformat": 4, "cells": "\xff"}', "is not a notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "is in notebook format 3"),
        (b'{"nbformat": 4}', "format 4"),
        (b" " * (notebook.MAX_BYTES + 1), "larger than 10 MB"),
        (
            b'{"nbformat": 4, "cells": ['
            + b'{"cell_type": "code"},' * 1000
            + b'{"cell_type": "a"}]}',
            "more than 1000 cells",
        ),
    ],
)
def test_file_that_is_no_usable_notebook_is_refused_with_a_sentence(data, words):
    reason = refusal(data)
    assert reason.startswith("layers.ipynb: ")
    assert words in reason


def test_syntax_error_is_told_with_cell_and_line():
    data = saved("import a", "x = 1\nif x\n").encode()
    assert refusal(data).startswith("layers.ipynb, cell 2:2: expected ':'")


def test_hyphen_in_a_notebooks_name_counts_as_underscore(tmp_path):
    files = {"a2-code.ipynb": saved("def f():\n    return 1 / 0").encode()}
    read = notebook.translate(files, ["a2_code.py"])
    assert set(read.files) == {"a2_code.py", "a2-code.ipynb, cell 1"}
    assert set(notebook.origins("a2_code.py", read.files)) == {"a2-code.ipynb, cell 1"}
    for name, content in read.files.items():
        (tmp_path / name).write_bytes(content)
    spec = importlib.util.spec_from_file_location("a2_code", tmp_path / "a2_code.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ZeroDivisionError) as caught:
        module.f()
    assert caught.traceback[-1].path.name == "a2-code.ipynb, cell 1"


def test_of_two_spellings_the_modules_own_is_used_and_the_other_named():
    one, other = saved("x = 1").encode(), saved("x = 2").encode()
    files = {"a2_code.ipynb": one, "a2-code.ipynb": other}
    read = notebook.translate(files, ["a2_code.py"])
    assert read.files["a2_code.ipynb, cell 1"] == b"x = 1"
    assert read.notes == ("a2-code.ipynb: is not used, because a2_code.ipynb was sent, too.",)


def test_notebook_beside_its_module_is_not_used():
    files = {"a2-code.ipynb": saved("x = 1").encode(), "a2_code.py": b"x = 2"}
    read = notebook.translate(files, ["a2_code.py"])
    assert read.files == files
    assert read.notes == ("a2-code.ipynb: is not used, because a2_code.py was sent, too.",)


@pytest.mark.parametrize(
    "text",
    [
        "'''\\" * 100_000,
        '"\\' * 200_000,
        "(" * 300_000,
        "a.\n" * 100_000,
        "%\n" * 20_000,
        "x " * 200_000,
        "".join(" " * depth + "if 1:\n" for depth in range(60)) + f"{' ' * 60}x=1\n" * 4_000,
        "if 1: x=1\n" + "elif 1: x=1\n" * 5_000,
        "x=y\n" * 4_000,
    ],
    ids=[
        *("open strings", "escapes", "brackets", "dots", "magics", "words"),
        *("nested blocks", "many branches", "many names"),
    ],
)
def test_hostile_text_takes_little_time(text):
    started = time.monotonic()
    translated(text)
    assert time.monotonic() - started < 3
