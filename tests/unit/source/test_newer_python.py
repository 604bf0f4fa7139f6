"""Source of a newer Python: recognised for what it is, and never taken for a plain mistake."""

import time
from pathlib import Path

import pytest

from grader.source import newer_python, python_source
from tests.support import machine

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('f"{d["name"]}"', "other quotes"),
        ('print(f"acc: {r["acc"]:.3f} {{}} {x!r:>{w["a"]}} {y=}")\nx = 1', "other quotes"),
        ("x = f\"{'\\n'.join(a)}\"", "no backslash"),
        ('f"""{\nx # why\n}"""', "comment"),
        ('f"{f"{1 + 1}"}"', "other quotes"),
        ('f"{x["a"] != 3}"', "other quotes"),
        ("type X = int", "X = ..."),
        ("def f[T](x: T) -> T: ...", "TypeVar"),
        ("class A[T]: ...", "TypeVar"),
        ('type P[T] = tuple[T, T]\nx = f"{d["a"]}"', "X = ... (line 1); in the braces"),
    ],
)
def test_feature_is_recognised_with_what_to_write_instead(text, hint):
    assert hint in newer_python.remedy(text)


def test_each_of_several_features_has_its_line_and_no_other_is_mentioned():
    text = '"""Of a time when\ntype X = int\nwas new."""\ndef f[T](x: T): ...\n\ny = f"{d["a"]}"\n'
    first, second = newer_python.remedy(text).split("; ")
    assert first == "use typing.TypeVar instead of brackets behind the name (line 4)"
    assert second.startswith("in the braces of an f-string")
    assert second.endswith("comment (line 6)")


@pytest.mark.parametrize(
    "text",
    [
        'x = 1\nf"{d["name"]}"',
        '\nprint(f"acc: {r["acc"]:.3f} {{}} {x!r:>{w["a"]}}")',
        '# f"{a}"\nf"{f"{1 + 1}"}"',
        "'''f'{'''\nrf'{x['a']}'",
    ],
)
def test_quotes_used_again_are_found_where_a_newer_python_parses_them(text):
    """A server on such a Python has no syntax error to go by."""
    assert newer_python.reused_quotes(text) == 2


def test_server_on_a_newer_python_names_the_line(monkeypatch):
    """As if: this Python would not parse them, so a comment stands for the quotes."""
    monkeypatch.setattr(newer_python, "RUNS_NEWER", True)
    monkeypatch.setattr(newer_python, "reused_quotes", lambda text: 2 if "again" in text else 0)
    (fault,) = python_source.faults({"a.py": b"x = 1\n# again\n", "b.py": b"x = 1\n"})
    assert fault.startswith("a.py:2: needs Python 3.12; the grader runs 3.11: in the braces")


def test_no_source_that_this_python_parses_uses_quotes_again():
    paths = [*ROOT.glob("grader/**/*.py"), *ROOT.glob("tests/unit/**/*.py")]
    assert len(paths) > 200
    assert [path for path in paths if newer_python.reused_quotes(path.read_text())] == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(:",
        "x = 5 +",
        "if x\n  y = 1",
        'x = f"a {',
        'f"{x:"',
        'x = f"{a["b"]}" +',
        "print 'x'",
    ],
)
def test_mistake_stays_a_mistake(text):
    assert newer_python.remedy(text) == ""


@pytest.mark.parametrize(
    "text", ['f"{' * 100_000, 'f"' * 100_000, "'" * 200_000, 'f"{x:' * 50_000, 'f"{f"{' * 50_000]
)
def test_hostile_text_takes_little_time(text):
    started = time.process_time()
    newer_python.remedy(text)
    newer_python.reused_quotes(text)
    assert time.process_time() - started < 3 * machine.slowness()
