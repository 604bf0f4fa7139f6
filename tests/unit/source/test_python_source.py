"""Python source that cannot be read, and source made to hurt."""

import subprocess
import sys

import pytest

from grader.source import python_source


def faults(text, path="layers.py"):
    return python_source.faults({path: text})


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xef\xbb\xbfx = '\xc3\xa9'\r\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"\n" * 40_000,
        b"import torch\nfrom torch import nn\nfrom .scipy import x\nfrom . import scipy\n",
        b"import torch.optimizer\nx.optim = 1\nself.torch.optim\n",
        b"match x:\n    case 1: pass\n",
    ],
    ids=["empty", "bom", "latin-1", "blank lines", "relative", "similar names", "match"],
)
def test_honest_source_has_no_fault(text):
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"x = 1\nif x\n", "layers.py:2: expected ':'"),
        (b"x = 1\ny = '\xe9'\nz = 1\n", "layers.py:2: a byte of this line is not utf-8"),
        (b"\xe9\n", "layers.py:1: is not UTF-8"),
        (b"x = 1\n\n\ny = '\xe9'\n", "layers.py:4: a byte of this line is not utf-8"),
        (b"# coding: utf-7\n", "layers.py:1: is in utf-7, which is not accepted"),
        (b"# coding: nonsense\n", "layers.py:1: is not UTF-8, or names an encoding"),
        (b"x = 1\n\0", "layers.py:2: holds a NUL byte"),
        ("x = 1\n".encode("utf-16"), "layers.py:1: holds a NUL byte"),
        (b"(" * 300, "layers.py:1: too many nested parentheses"),
        (b"-" * 20_000 + b"1", "nests expressions or blocks too deeply"),
        (b"x = 1" + b"+1" * 20_000, "nests expressions or blocks too deeply"),
        (b"".join(b" " * i + b"if 1:\n" for i in range(150)), "too many levels of indentation"),
        (b"9" * 10_000, "layers.py:1: Exceeds the limit"),
        ("x = 1 \u202e+ 2\n".encode(), "layers.py:1: invalid non-printable character U+202E"),
        (b"x" * (python_source.MAX_FILE_BYTES + 1), "is longer than 1 MB"),
        (b"1;" * python_source.MAX_FILE_TOKENS, "is longer than 1 MB"),
    ],
)
def test_unreadable_source_is_told_with_its_line(text, expected):
    (fault,) = faults(text)
    assert expected in fault
    assert fault.isprintable()


def test_all_files_are_told_of_at_once():
    found = python_source.faults({"a.py": b"(", "b.py": b")", "c.py": b""})
    assert [fault.partition(":")[0] for fault in found] == ["a.py", "b.py"]


def test_files_too_long_together_are_not_all_parsed():
    one = b"1;" * (python_source.MAX_FILE_TOKENS // 2 - 1)
    found = python_source.faults({f"f{i}.py": one for i in range(200)})
    assert len(found) == 1
    assert "f3.py: from here on" in found[0]


@pytest.mark.parametrize(
    "pattern",
    ["'a\\n' * 24_900", "'1;' * 24_900", "\"f'\" + '{a}' * 16_600 + \"'\"", "'a+b\\n' * 12_400"],
    ids=["names", "statements", "f-string", "sums"],
)
def test_source_at_the_bound_costs_little(pattern):
    """A megabyte of the same, unbounded, takes up to 86 s or a gigabyte of syntax tree."""
    probe = (
        "import resource, time; from grader.source import python_source\n"
        f"text = ({pattern}).encode()\n"
        "before, started = resource.getrusage(0).ru_maxrss, time.monotonic()\n"
        "assert python_source.faults({f'{i}.py': text for i in range(3)}) == []\n"
        "print(time.monotonic() - started, (resource.getrusage(0).ru_maxrss - before) / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    seconds, mib = map(float, done.stdout.split())
    assert mib < 100
    assert seconds < 5  # a bound against hanging; measured 0.3 to 0.9 s
