"""The file format: versions, and what tools write that is nearly JSON."""

import json

import pytest

from grader.source import notebook_reader
from tests.support import notebook_shapes


def texts(data):
    return [cell.text for cell in notebook_reader.code_cells(data).values()]


@pytest.mark.parametrize("name", notebook_shapes.FORMATS)
def test_format_is_read(name):
    assert any("def double" in text for text in texts(notebook_shapes.FORMATS[name]))


def test_numbers_that_are_none_and_half_characters_are_read():
    data = (
        b'{"nbformat": 4, "metadata": {"a": NaN, "b": -Infinity, "c": "NaN \\ud83d"},'
        b' "cells": [{"cell_type": "code", "source": "x = \'NaN \\ud83d\\ude00\'"}]}'
    )
    assert texts(data) == ["x = 'NaN \U0001f600'"]


def test_half_a_character_in_source_is_replaced():
    data = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = \'\\ud83d\'"}]}'
    assert texts(data) == ["x = '?'"]


def test_thirty_megabytes_of_outputs_are_read():
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [{"text": "A" * 30_000_000}]}
    book = {"nbformat": 4, "metadata": {"papermill": float("nan")}, "cells": [cell]}
    assert texts(json.dumps(book).encode()) == ["x = 1"]


def test_many_cells_are_not_made_even_where_the_json_is_none():
    cells = b",".join([b'{"cell_type":"a"}'] * 100_000)
    data = b'{"nbformat":4,"metadata":{"a":NaN},"cells":[' + cells + b"]}"
    with pytest.raises(notebook_reader.Unreadable, match="more than 1000 cells"):
        notebook_reader.code_cells(data)


@pytest.mark.parametrize(
    "cell", [{"source": "# grader: keep\nx = 1"}, {"source": "x", "metadata": {"tags": ["grader"]}}]
)
def test_marks_of_a_cell_are_seen(cell):
    data = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", **cell}]}).encode()
    assert notebook_reader.code_cells(data)[1].is_marked
