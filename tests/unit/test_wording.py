"""Sizes, long lists and invisible characters as people read them."""

import pytest

from grader import wording


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 MB"),
        (1, "0.1 MB"),
        (999_999, "1 MB"),
        (1_000_000, "1 MB"),
        (1_000_001, "1.1 MB"),
        (1024 * 1024, "1.1 MB"),
        (60_000_000, "60 MB"),
    ],
)
def test_size_over_a_limit_never_reads_as_the_limit(size_bytes, said):
    assert wording.megabytes(size_bytes) == said


@pytest.mark.parametrize(
    ("lines", "kept"),
    [([], []), (["a", "b"], ["a", "b"]), (["a", "b", "c"], ["a", "b", "And 1 more."])],
)
def test_rest_of_a_long_list_is_counted(lines, kept):
    assert wording.shortened(lines, 2) == kept


def test_rest_has_words_of_its_own_where_asked_for():
    assert wording.shortened("abcd", 1, "... and {} more") == ["a", "... and 3 more"]


def test_invisible_characters_are_shown_and_what_is_kept_stays():
    assert wording.visible("é\u202e\0\n\t\ud800") == "é\\u202e\\x00\\n\\t\\ud800"
    assert wording.visible("a\n\x1b[0m", keep="\n\t") == "a\n\\x1b[0m"


def test_list_of_no_names_is_nothing():
    assert wording.listed([]) == ""
    assert wording.listed(["2b", "3b", "4b"]) == "2b, 3b and 4b"
