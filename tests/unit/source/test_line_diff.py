"""Two texts line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.source import line_diff

TEXTS = st.lists(st.sampled_from(["a", "b", "", "    return x", "é"]), max_size=30).map("\n".join)


def signs(diff):
    sign = {"same": " ", "added": "+", "removed": "-"}
    return [[sign[line.kind] + line.text for line in hunk] for hunk in diff.hunks]


def test_change_is_shown_with_three_lines_around_it():
    old = "\n".join("abcdefghij")
    diff = line_diff.between(old, old.replace("e", "X"))
    assert signs(diff) == [[" b", " c", " d", "-e", "+X", " f", " g", " h"]]
    assert (diff.added, diff.removed) == (1, 1)
    assert [(line.old, line.new) for line in diff.hunks[0]][2:5] == [(4, 4), (5, 0), (0, 5)]


def test_changes_far_apart_are_two_hunks():
    old = "\n".join("abcdefghijklmnop")
    diff = line_diff.between(old, old.replace("b", "X").replace("o", "Y"))
    assert len(diff.hunks) == 2


def test_equal_texts_and_other_ends_of_lines_have_no_hunks():
    assert line_diff.between("a\nb", "a\nb").hunks == ()
    assert line_diff.between("a\r\nb", "a\nb").hunks == ()


@pytest.mark.parametrize(("old", "new", "counts"), [("", "a\nb", (2, 0)), ("a\nb", "", (0, 2))])
def test_whole_file_is_added_or_removed(old, new, counts):
    diff = line_diff.between(old, new)
    assert (diff.added, diff.removed) == counts


def test_very_long_text_is_compared_as_far_as_the_bound():
    lines = ["x"] * line_diff.MAX_LINES
    diff = line_diff.between("\n".join(lines), "\n".join([*lines, "y"]))
    assert (diff.hunks, diff.is_cut) == ((), True)


@given(old=TEXTS, new=TEXTS)
def test_what_is_kept_and_added_makes_the_new_text_and_kept_and_removed_the_old(old, new):
    """Each line that is not shown stands in both, at places that the numbers around it give."""
    before, after = old.splitlines(), new.splitlines()
    diff = line_diff.between(old, new)
    shown = [line for hunk in diff.hunks for line in hunk]
    for line in shown:
        assert line.kind == "added" or before[line.old - 1] == line.text
        assert line.kind == "removed" or after[line.new - 1] == line.text
    assert len(before) - diff.removed == len(after) - diff.added


OLD = "def f(x):\n    y = x\n    return y\n\ndef g(x):\n    return x\n"


@pytest.mark.parametrize(
    ("new", "lines", "place"),
    [
        (OLD, (2, 2), 2),
        ("import torch\n\n" + OLD, (2, 2), 4),
        ("import torch\n\n" + OLD, (1, 3), 3),
        (OLD.replace("y = x", "y = 2 * x"), (2, 2), None),
        (OLD.replace("y = x", "y = 2 * x"), (1, 3), None),
        (OLD.replace("y = x", "y = 2 * x"), (6, 6), 6),
        ("", (1, 1), None),
        (OLD + "\n" * line_diff.MAX_LINES, (2, 2), None),
    ],
)
def test_unchanged_lines_are_found_where_they_are_now(new, lines, place):
    assert line_diff.moved(OLD, new, *lines) == place


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("a\nreturn\nb\nreturn\nc", "a\nreturn\nX\nreturn\nc", None),  # the line after is another
        ("a\nreturn\nb\nreturn\nc", "X\na\nreturn\nb\nreturn\nc", 3),  # those around it are there
        ("a\nreturn\nb", "a\nreturn\nX\nreturn\nb", None),  # one of two
    ],
)
def test_line_that_stands_twice_is_known_by_those_around_it(old, new, place):
    assert line_diff.moved(old, new, 2, 2) == place


@given(TEXTS, TEXTS, st.data())
def test_what_is_found_is_what_was_there(old, new, data):
    before, after = old.splitlines(), new.splitlines()
    first = data.draw(st.integers(1, max(len(before), 1)))
    last = data.draw(st.integers(first, max(len(before), first)))
    place = line_diff.moved(old, new, first, last)
    if place is not None and before:
        assert after[place - 1 : place + last - first] == before[first - 1 : last]
