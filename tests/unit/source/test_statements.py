"""The table of a notebook's statements: what may matter to a function, and what surely does not."""

import ast
import time

import pytest

from grader.source import statements
from tests.support import machine

HEAD = "import numpy as np\nclass Net: pass\ndef train(net, rate=1): return [1]\n"


def kinds(text, marked=()):
    """First line of each statement -> its row."""
    rows = statements.table({1: ast.parse(text)}, marked)
    lines = text.split("\n")
    return {lines[row.line - 1].strip(): row for row in rows}


def last(text):
    return list(kinds(HEAD + text).values())[-1]


@pytest.mark.parametrize(
    "text",
    [
        "import a",
        "from a import *",
        "@f(1)\ndef g(): ...",
        "async def g(): ...",
        "class A: ...",
        "if cuda:\n    def g(): ...\nelse:\n    def g(): ...",
        "try:\n    import cupy\nexcept ImportError:\n    cupy = None",
        "with a:\n    import b",
    ],
)
def test_what_defines_is_a_definition(text):
    assert last(text).kind == "definition"


@pytest.mark.parametrize(
    ("use", "text"),
    [
        ("def f(x): return TABLE[x]", "TABLE = build()"),
        ("def f(x): return TABLE[x]", "for i in range(3): TABLE = i"),
        ("def f(x, cfg=cfg): return x", "cfg = Net()"),
        ("def fill():\n    global T\n    T = 1\ndef f(): return T", "fill()"),
        ("def f(): return 1", "Net.forward = f"),
        ("def f(): return K", "exec('K = 1')"),
        ("def f(): return [g() for g in GS]", "GS, y = [], 1"),
    ],
)
def test_what_gives_a_name_that_a_function_reads_is_needed(use, text):
    assert last(f"{use}\n{text}").kind == "needed"


@pytest.mark.parametrize("text", ["W[:] = 1", "W.fill(2)", "train(W)", "W += 1; W.sort()"])
def test_what_may_change_an_object_that_a_function_reads_touches_it(text):
    row = last(f"W = np.zeros(3)\ndef f(x): return W\n{text}")
    assert row.kind == "needed" or row.touched == ("W",)


def test_what_only_the_notebook_itself_uses_is_neither():
    rows = kinds(HEAD + "losses = train(Net())\nplt.plot(losses)\nnp.random.seed(0)\nNet().fit()")
    assert {row.kind for row in list(rows.values())[3:]} == {"other"}
    assert rows["losses = train(Net())"].leaves == ("losses",)


def test_needed_value_makes_what_it_is_made_of_needed():
    rows = kinds("a = f()\nb = a + 1\nc = 3\ndef g(): return b")
    assert [rows[name].kind for name in ("a = f()", "b = a + 1", "c = 3")] == [
        "needed",
        "needed",
        "other",
    ]


def test_marked_cell_counts_as_definitions():
    rows = statements.table({1: ast.parse("x = 1\ny = f()")}, marked=[1])
    assert [row.kind for row in rows] == ["definition", "definition"]


def test_main_guard_is_known():
    assert last("if __name__ == '__main__': train(Net())").is_main
    assert not last("if train: train(Net())").is_main


def test_table_survives_its_form():
    rows = statements.table({3: ast.parse("x = 1\n\n@a\ndef f(): return x")})
    assert statements.decode(statements.encode(rows)) == rows
    assert [(row.cell, row.line) for row in rows] == [(3, 1), (3, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "x=y\n" * 10_000,
        "".join(f"def f{i}(): return f{i - 1}()+a{i}\na{i}=f{i}()\n" for i in range(2000)),
        f"k = 0x{'f' * 5000}\ndef f(): return k",
        "k = 1" + "+1" * 900,
    ],
    ids=["many", "chain", "number", "sum"],
)
def test_odd_source_takes_little_time(text):
    started = time.process_time()
    assert statements.table({1: ast.parse(text)})
    assert time.process_time() - started < 4 * machine.slowness()
