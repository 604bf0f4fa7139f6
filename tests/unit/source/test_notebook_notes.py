"""Notes on what did not run: places from our own table, words of the submission cut."""

import ast

from grader.source import notebook_notes, statements

ROWS = statements.table({2: ast.parse("a = 1\nb = 2\n\n\nc = 3")})
FILES = {"layers.ipynb, statements": statements.encode(ROWS)}


def said(*claims):
    return notebook_notes.notes(FILES, claims)


def test_place_and_reason_are_named():
    assert said(("layers.ipynb", 2, "raised", "ValueError: no")) == [
        "layers.ipynb: skipped, because it raised an error: cell 2, line 5 (ValueError: no)."
    ]


def test_claims_about_nothing_are_dropped():
    claims = [("x.ipynb", 0, "raised", ""), ("layers.ipynb", 3, "raised", "")]
    assert (
        said(*claims, ("layers.ipynb", -1, "slow", ""), ("layers.ipynb", 0, "nonsense", "")) == []
    )


def test_damaged_table_has_no_statements():
    assert notebook_notes.notes({"a.ipynb, statements": b"{"}, [("a.ipynb", 0, "slow", "")]) == []


def test_long_and_invisible_texts_are_cut_and_shown():
    (note,) = said(("layers.ipynb", 0, "raised", "\x1b[0m" + "x" * 1000))
    assert "\\x1b" in note
    assert len(note) < 250


def test_many_places_are_counted():
    (note,) = said(*[("layers.ipynb", 0, "slow", "")] * 20)
    assert note.endswith("and 12 more.")
