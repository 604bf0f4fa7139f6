"""Source of a newer Python: recognised for what it is, and never taken for a plain mistake."""

import time

import pytest

from grader.source import newer_python


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
        ('type P[T] = tuple[T, T]\nx = f"{d["a"]}"', "X = ...; in the braces"),
    ],
)
def test_feature_is_recognised_with_what_to_write_instead(text, hint):
    assert hint in newer_python.remedy(text)


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
    assert time.process_time() - started < 3
