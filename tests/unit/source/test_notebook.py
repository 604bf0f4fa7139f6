"""Notebooks as modules: how they are laid out, how tracebacks read, what is refused."""

import importlib.util
import json
import time
import traceback
import tracemalloc

import pytest

from grader.source import notebook, notebook_reader, statements
from tests.support import machine


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


def test_every_statement_of_a_cell_stays_where_it_stands():
    text = "import a\ntrain(\n  1)\n# why\ndef f(): ...\n\nx += 1"
    assert cell(text) == text


def test_line_ends_are_those_that_python_reads():
    source = {"cell_type": "code", "source": "import a\rtrain()\r\nfit()"}
    data = json.dumps({"nbformat": 4, "cells": [source]}).encode()
    read = notebook.translate({"layers.ipynb": data}, ["layers.py"])
    assert read.files["layers.ipynb, cell 1"] == b"import a\ntrain()\nfit()"


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


@pytest.mark.parametrize("marked", ["# grader: keep\nx = f()", ("x = f()", ["grader"])])
def test_marked_cell_is_as_good_as_a_definition(marked):
    table = statements.decode(translated(marked).files["layers.ipynb, statements"])
    assert [row.kind for row in table] == ["definition"]


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install numpy",
        "?np.sum",
        "np.sum??",
    ],
)
def test_magic_and_shell_lines_are_removed_even_from_marked_cells(line):
    text = cell(f"# grader: keep\nif True:\n    {line}\n{line}\nx = 5 ")
    assert text == "# grader: keep\nif True:\n    pass\npass\nx = 5 "


@pytest.mark.parametrize(
    ("line", "python"),
    [("files = !ls -l", "files = []"), ("t = %timeit -o f()", "t = None")],
)
def test_name_that_a_magic_gives_a_value_is_there(line, python):
    text = cell(f"# grader: keep\nif True:\n    {line}\n{line}\nx = 5 ")
    assert text == f"# grader: keep\nif True:\n    {python}\n{python}\nx = 5 "


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
    assert set(files) == {"layers.py", "layers.ipynb, cell 1", "layers.ipynb, statements"}


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


def test_cell_that_is_no_python_is_named():
    cells = "import a", "%%bash\nls", "x = 1", "%%html\n<b>hello</b>"
    assert translated(*cells).notes == (
        "layers.ipynb: left out, because it is not Python: cell 2 (%%bash), cell 4 (%%html).",
    )


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
        (b'{"nbformat": 3, "cells": []}', "is in notebook format 3"),
        (b'{"nbformat": 2, "worksheets": []}', "is in notebook format 2"),
        (b'{"nbformat": 4}', "format 4"),
        (b" " * (notebook_reader.MAX_BYTES + 1), "larger than 60 MB"),
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
    made = {"a2_code.py", "a2-code.ipynb, cell 1", "a2-code.ipynb, statements"}
    assert set(read.files) == made
    assert set(notebook.origins("a2_code.py", read.files)) == {"a2-code.ipynb, cell 1"}
    for name, content in read.files.items():
        (tmp_path / name).write_bytes(content)
    spec = importlib.util.spec_from_file_location("a2_code", tmp_path / "a2_code.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ZeroDivisionError) as caught:
        module.f()
    assert caught.traceback[-1].path.name == "a2-code.ipynb, cell 1"


TWINS = {
    "light": b"# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n# ---\n\nx = 2\n",
    "percent": b"# -*- coding: utf-8 -*-\n# ---\n# jupyter:\n#   kernelspec:\n# ---\n\n# %%\nx = 2",
    "nbconvert": b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\nx = 2\n",
}


@pytest.mark.parametrize("twin", TWINS)
def test_script_that_was_made_of_the_notebook_is_not_used(twin):
    files = {"layers.ipynb": saved("x = 1").encode(), "layers.py": TWINS[twin]}
    read = notebook.translate(files, ["layers.py"])
    assert read.files["layers.ipynb, cell 1"] == b"x = 1"
    assert b"layers.ipynb" in read.files["layers.py"]
    assert read.notes == ("layers.py: is not used, because layers.ipynb was also sent.",)


def test_notebook_that_is_asked_for_counts_more_than_a_module_beside_it():
    files = {"a2-code.ipynb": saved("x = 1").encode(), "a2_code.py": b"x = 2"}
    read = notebook.translate(files, ["a2_code.py"], ["a2-code.ipynb"])
    assert read.files["a2-code.ipynb, cell 1"] == b"x = 1"
    assert read.notes == ("a2_code.py: is not used, because a2-code.ipynb was also sent.",)


def test_file_that_a_cell_writes_is_made_of_it():
    cells = "%%writefile helpers.py\nK = 2\n", "%%writefile -a ./helpers.py\nL = 3\n", "x = 1"
    read = translated(*cells)
    assert read.files["helpers.py"] == b"K = 2\nL = 3\n"
    assert [note.partition(":")[0] for note in read.notes] == [
        "layers.ipynb, cell 1",
        "layers.ipynb, cell 2",
    ]


def test_cell_that_writes_the_module_itself_counts_where_it_stands():
    read = translated("import a", "%%writefile layers.py\n\ndef f():\n    return 1\n")
    assert read.files["layers.ipynb, cell 2"] == b"\n\ndef f():\n    return 1\n"
    assert read.notes == ()


@pytest.mark.parametrize("name", ["../x.py", "/x.py", "x.txt", "a b.py", "$x.py", "~/x.py"])
def test_file_that_may_not_lie_in_the_submission_is_named_only(name):
    read = translated(f"%%writefile '{name}'\nx = 1")
    assert set(read.files) == {"layers.ipynb, cell 1", "layers.ipynb, statements", "layers.py"}
    assert read.notes == (
        "layers.ipynb: left out, because it is not Python: cell 1 (%%writefile).",
    )


def test_file_that_was_sent_is_not_written_over():
    files = {
        "layers.ipynb": saved("%%writefile helpers.py\nx = 1").encode(),
        "helpers.py": b"x = 2",
    }
    assert notebook.translate(files, ["layers.py"]).files["helpers.py"] == b"x = 2"


def test_more_statements_than_a_notebook_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(statements, "MAX_STATEMENTS", 3)
    assert translated("a = 1\nb = 1\nc = 1").reasons == ()
    assert "more than 3 statements" in translated("a = 1\nb = 1", "c = 1\nd = 1").reasons[0]


def test_of_two_spellings_the_modules_own_is_used_and_the_other_named():
    one, other = saved("x = 1").encode(), saved("x = 2").encode()
    files = {"a2_code.ipynb": one, "a2-code.ipynb": other}
    read = notebook.translate(files, ["a2_code.py"])
    assert read.files["a2_code.ipynb, cell 1"] == b"x = 1"
    assert read.notes == ("a2-code.ipynb: is not used, because a2_code.ipynb was also sent.",)


def test_notebook_beside_its_module_is_not_used():
    files = {"a2-code.ipynb": saved("x = 1").encode(), "a2_code.py": b"x = 2"}
    read = notebook.translate(files, ["a2_code.py"])
    assert read.files == files
    assert read.notes == ("a2-code.ipynb: is not used, because a2_code.py was also sent.",)


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
    assert time.monotonic() - started < 3 * machine.slowness(time.monotonic)


# ---- the work and the template next to it --------------------------------------------------

HOLE = "def f():\n    # TODO(task 1)\n    raise NotImplementedError('task 1')"
DONE = "def f():\n    return 1"
BOTH = HOLE + "\n\ndef g():\n    raise NotImplementedError"
GIVEN = {"a2-code.ipynb": saved("import math", BOTH).encode()}


def chosen(files, asked=("a2-code.ipynb",)):
    read = notebook.translate(files, ["a2_code.py"], asked, GIVEN)
    used = "a2-code.ipynb" if "a2-code.ipynb, cell 1" in read.files else "a2_code.py"
    return used, read.notes


@pytest.mark.parametrize(
    "cells",
    [("import math", BOTH), ("import math\n", BOTH, "print(1)"), ("%matplotlib inline", BOTH)],
)
def test_notebook_as_it_was_given_takes_nothing_from_a_module(cells):
    files = {"a2-code.ipynb": saved(*cells).encode(), "a2_code.py": DONE.encode()}
    note = "a2-code.ipynb: is not used, because it is as it was given; a2_code.py is used."
    assert chosen(files) == ("a2_code.py", (note,))


def test_module_as_it_was_given_takes_nothing_from_a_notebook():
    files = {"a2-code.ipynb": saved(DONE).encode(), "a2_code.py": BOTH.encode()}
    note = "a2_code.py: is not used, because it is as it was given; a2-code.ipynb is used."
    assert chosen(files, asked=()) == ("a2-code.ipynb", (note,))


def test_notebook_with_a_hole_takes_nothing_from_a_finished_module():
    files = {
        "a2-code.ipynb": saved(DONE, "def g():\n    raise NotImplementedError").encode(),
        "a2_code.py": (DONE + "\n\ndef g():\n    return 2").encode(),
    }
    note = "a2-code.ipynb: is not used, because it is not finished; a2_code.py is, and is used."
    assert chosen(files) == ("a2_code.py", (note,))


def test_finished_function_may_refuse_some_inputs():
    refuses = "def f(x):\n    if x:\n        raise NotImplementedError\n    return 1"
    other = "def g():\n    return 2"
    files = {
        "a2-code.ipynb": saved(refuses, other).encode(),
        "a2_code.py": f"{DONE}\n\n{other}".encode(),
    }
    assert chosen(files)[0] == "a2-code.ipynb"


def test_of_work_that_was_all_changed_the_notebook_that_is_asked_for_counts():
    files = {"a2-code.ipynb": saved(DONE).encode(), "a2_code.py": DONE.encode()}
    note = "a2_code.py: is not used, because a2-code.ipynb was also sent."
    assert chosen(files) == ("a2-code.ipynb", (note,))


def test_where_nothing_was_changed_the_notebook_that_is_asked_for_counts():
    used, _ = chosen({**GIVEN, "a2_code.py": BOTH.encode()})
    assert used == "a2-code.ipynb"
