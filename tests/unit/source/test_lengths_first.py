"""What is over its bound is not normalised, matched or parsed; the inputs are at the bounds."""

import ast
import unicodedata

import pytest

from grader.assignment import manifest
from grader.intake import renamed_files
from grader.source import filenames, notebook, python_source

ACCENT = "\u0301"
LONG = "e" + ACCENT * filenames.MAX_SENT_CHARS


@pytest.fixture
def normalised(monkeypatch):
    """The lengths of all texts that are normalised."""
    lengths, normalize = [], unicodedata.normalize

    def noted(form, text):
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noted)
    return lengths


def test_long_name_is_refused_before_anything_is_done_with_it(normalised):
    assert "too long" in filenames.escape_fault(LONG)
    assert filenames.escape_fault(LONG[:-1]) is None
    assert filenames.rule_fault(LONG) is not None
    assert filenames.stored_key(LONG) == LONG
    assert not normalised


def test_names_that_can_be_stored_are_compared_in_one_form(normalised):
    composed = unicodedata.normalize("NFC", "e" + ACCENT)
    assert filenames.stored_key("E" + ACCENT) == filenames.stored_key(composed)
    assert max(normalised) <= filenames.MAX_NAME_BYTES


def test_names_of_copies_and_write_ups_are_bounded(normalised):
    rules = manifest.SubmissionRules(required=("layers.py",), report="*.pdf")
    renamed_files.meant([LONG + ".py", LONG + ".pdf"], rules)
    assert not [length for length in normalised if length > filenames.MAX_PART_CHARS]


@pytest.fixture
def parsed(monkeypatch):
    """All sources that are parsed."""
    sources, parse = [], ast.parse

    def noted(text, *args, **options):
        sources.append(text)
        return parse(text, *args, **options)

    monkeypatch.setattr(ast, "parse", noted)
    return sources


@pytest.mark.parametrize("source", ["x = 1\n{} = 2\n", "x = 1\n'{}'\n", "x = 1\n# {}\n"])
def test_pile_of_accents_is_refused_unparsed(parsed, source):
    over = source.format("e" + ACCENT * (python_source.MAX_MARKS + 1))
    (reason,) = python_source.faults({"layers.py": over.encode()})
    assert reason.startswith("layers.py:2: more than 30 accents")
    assert not parsed


def test_pile_in_a_notebook_cell_is_refused_unparsed(parsed):
    source = "e" + ACCENT * (python_source.MAX_MARKS + 1) + " = 1"
    cells = f'[{{"cell_type": "code", "source": "{source}"}}]'
    files = {"layers.ipynb": f'{{"nbformat": 4, "cells": {cells}}}'.encode()}
    (reason,) = notebook.translate(files, ["layers.py"]).reasons
    assert "accents stand on one letter" in reason
    assert not parsed


@pytest.mark.parametrize(
    "text",
    [
        "e" + ACCENT * python_source.MAX_MARKS,
        "\u4e2d\u6587" * 200,  # a comment in Chinese, without a space
        ("\u0e01\u0e33\u0e48" * 100),  # Thai, with its vowels and tones
        ("\u092e\u0902" * 100),  # Devanagari
    ],
)
def test_writing_of_every_kind_is_taken(text):
    assert python_source.faults({"layers.py": f"# {text}\n".encode()}) == []
