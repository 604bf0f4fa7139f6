"""From the bytes of an `.ipynb` file to the text of its code cells. Pure; nothing is run.

Owns the file format: versions 3 and 4, and what tools write that is no JSON by the book
(papermill's NaN, half of a surrogate pair in an output, a byte order mark). What a cell's text
means in Python is `source.ipython_cells`'s.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from grader import wording

MAX_BYTES = 60 * wording.MB  # with the pictures that its outputs hold
MAX_CELLS = 1000


class Unreadable(Exception):
    """Why a notebook cannot be used, in words that follow its name."""


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell.

    Attributes:
        text: as it was written, lines ending in LF.
        is_marked: its author wants the whole of it to be used.
    """

    text: str
    is_marked: bool = False


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] | None = None
    input: str | list[str] | None = None  # its name in format 3
    metadata: Any = None


T = TypeVar("T")  # a cell before it is made: raw JSON, or what a lenient reader made of it


class _Worksheet(msgspec.Struct, Generic[T]):
    cells: list[T] = []


class _Notebook(msgspec.Struct, Generic[T]):
    nbformat: int
    cells: list[T] | None = None
    worksheets: list[_Worksheet[T]] | None = None


def code_cells(data: bytes) -> dict[int, CodeCell]:
    """The code cells that hold something, by the number that "Restart and run all" gives them.

    Raises:
        Unreadable: it is no notebook, or too large.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"is larger than {wording.megabytes(MAX_BYTES)}; clear its outputs and save it again"
        )
    try:
        cells = _cells(_decoded(data))
    except (msgspec.DecodeError, RecursionError, ValueError) as exc:
        raise Unreadable(
            "is not a notebook (not the JSON that Jupyter writes); save it again with Jupyter"
        ) from exc
    code = [cell for cell in cells if cell.cell_type == "code" and _text(cell).strip()]
    return {n: CodeCell(_text(cell), _is_marked(cell)) for n, cell in enumerate(code, 1)}


# ---- JSON, nearly -------------------------------------------------------------------------


def _decoded(data: bytes) -> _Notebook[Any]:
    """The notebook, by a strict reader if possible: it makes no cell before all are counted."""
    encoding = json.detect_encoding(data)
    if encoding != "utf-8":
        data = data.decode(encoding).encode()
    try:
        return msgspec.json.decode(data, type=_Notebook[msgspec.Raw])
    except msgspec.ValidationError:
        raise  # it is JSON, and no notebook
    except (msgspec.DecodeError, UnicodeDecodeError):
        if data.count(b'"cell_type"') > 2 * MAX_CELLS:  # an output may hold some
            raise _too_many_cells() from None
        return msgspec.convert(json.loads(data), type=_Notebook[Any])


def _cells(read: _Notebook[Any]) -> list[_Cell]:
    found = read.cells if read.nbformat == 4 else None
    if read.nbformat == 3 and read.worksheets is not None:
        found = [cell for sheet in read.worksheets for cell in sheet.cells]
    if found is None:
        raise Unreadable(
            f"is in notebook format {str(read.nbformat)[:9]}; open it with a current Jupyter and "
            "save it in format 4"
        )
    if len(found) > MAX_CELLS:
        raise _too_many_cells()
    return [_cell(each) for each in found]


def _cell(found: Any) -> _Cell:
    if isinstance(found, msgspec.Raw):
        return msgspec.json.decode(found, type=_Cell)
    return msgspec.convert(found, type=_Cell)


def _too_many_cells() -> Unreadable:
    return Unreadable(f"has more than {MAX_CELLS} cells; join some")


def _text(cell: _Cell) -> str:
    source = cell.input if cell.source is None else cell.source
    whole = source if isinstance(source, str) else "".join(source or ())
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")  # as Python reads them
    return lines.encode("utf-8", "replace").decode()  # lone surrogates


def _is_marked(cell: _Cell) -> bool:
    said = re.search(r"^[ \t]*#[ \t]*grader:[ \t]*keep\b", _text(cell), re.MULTILINE)
    tags = cell.metadata.get("tags") if isinstance(cell.metadata, dict) else None
    return said is not None or (isinstance(tags, list) and "grader" in tags)
