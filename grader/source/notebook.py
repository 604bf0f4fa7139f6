"""From a submitted notebook to the module that it stands for. Pure: bytes in, bytes out.

Owns reading `.ipynb` and how the module is laid out so that tracebacks name notebook cells.
Nothing is run here. Which statements of a cell count is `source.notebook_filter`'s, whether an
assignment takes notebooks `intake.uploads`'s, whether source can be parsed safely
`source.python_source`'s.

Theory of operation
    layers.ipynb  ->  layers.ipynb, cell 1    the cell's text, one file each, its lines unmoved
                      layers.ipynb, cell 2
                      layers.py               compiles and runs these files in order

A cell is compiled under its file's name, so a traceback says `layers.ipynb, cell 2, line 5` and
finds the line's text. Only code cells that hold something count, from 1: the number that
Jupyter shows after "Restart and run all". Of a cell imports, definitions and constants are kept;
other statements (training, plots) become empty lines, unless the cell is tagged `grader` or holds
the comment `# grader: keep`. Magics and shell lines are never kept.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from grader import wording
from grader.source import notebook_filter, python_source

MAX_BYTES = 10 * wording.MB  # with the pictures that its outputs hold
MAX_CELLS = 1000
SUFFIX = ".ipynb"
_NUMBER = ", cell "


class _Metadata(msgspec.Struct):
    tags: list[str] = []


class _Cell(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _Notebook(msgspec.Struct):
    nbformat: int
    cells: list[msgspec.Raw] | None = None  # counted before any is made


class _Unreadable(Exception):
    """Why a notebook cannot be used, in words that follow its name."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A submission with modules in the place of notebooks, remarks, and reasons to refuse it."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def translate(files: Mapping[str, bytes], modules: Collection[str]) -> Translation:
    """Put a module in the place of each notebook that stands for a wanted file.

    Args:
        modules: paths such as `layers.py`; other notebooks stay what they are, plain files.
    """
    changed, notes, reasons = dict(files), list[str](), list[str]()
    for module in sorted(modules):
        notebooks = sorted(name for name in files if stands_for(name, module))
        if module in files or len(notebooks) > 1:
            used = module if module in files else notebooks.pop()
            notes += [f"{path}: is not used, because {used} was sent, too." for path in notebooks]
            notebooks = [] if module in files else [used]
        if not notebooks:
            continue
        path = notebooks[0]
        del changed[path]
        try:
            cells = _code_cells(files[path])
        except _Unreadable as exc:
            reasons.append(f"{path}: {exc}.")
            continue
        texts = {_cell_path(path, number): text for number, (text, _) in cells.items()}
        if faults := python_source.faults({name: text.encode() for name, text in texts.items()}):
            reasons += faults
            continue
        essences = notebook_filter.essences(cells)
        notes += _left_out(path, [n for n, text in essences.items() if text != cells[n][0]])
        changed |= {_cell_path(path, n): text.encode() for n, text in essences.items()}
        changed[module] = _module(path, list(essences))
    return Translation(changed, tuple(notes), tuple(reasons))


def origins(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in which a module's source was written: itself, or a notebook's cells in order."""
    cells = {name: name.rpartition(_NUMBER)[::2] for name in files if is_cell(name)}
    own = [name for name, (notebook, _) in cells.items() if stands_for(notebook, path)]
    own.sort(key=lambda name: int(cells[name][1]))
    return {name: files[name] for name in own} or {path: files[path]}


def is_cell(path: str) -> bool:
    """Whether a file is a notebook's cell; no uploaded file can bear such a name."""
    return re.search(r"\.ipynb, cell \d+$", path) is not None


def stands_for(path: str, module: str) -> bool:
    """Whether a notebook means a module by its name; a hyphen counts as the underscore."""
    return path.endswith(SUFFIX) and module_of(path) == module


def module_of(path: str) -> str:
    """The module that a notebook stands for: `a2_code.py` for `a2-code.ipynb`."""
    whole = PurePosixPath(path)
    return str(whole.with_name(whole.stem.replace("-", "_") + ".py"))


def _cell_path(path: str, number: int) -> str:
    return f"{path}{_NUMBER}{number}"


# ---- reading ------------------------------------------------------------------------------


def _code_cells(data: bytes) -> dict[int, tuple[str, bool]]:
    """Number -> text without magics, and whether all of it is kept."""
    if len(data) > MAX_BYTES:
        raise _Unreadable(
            f"is larger than {wording.megabytes(MAX_BYTES)}; clear its outputs and save it again"
        )
    try:
        cells = _cells(msgspec.json.decode(data, type=_Notebook))
    except (msgspec.DecodeError, RecursionError, ValueError) as exc:
        raise _Unreadable(
            "is not a notebook (not the JSON that Jupyter writes); save it again with Jupyter"
        ) from exc
    code = [cell for cell in cells if cell.cell_type == "code" and _text(cell).strip()]
    return {n: (_without_magics(_text(cell)), _is_marked(cell)) for n, cell in enumerate(code, 1)}


def _cells(read: _Notebook) -> list[_Cell]:
    if read.nbformat != 4 or read.cells is None:
        raise _Unreadable(
            f"is in notebook format {str(read.nbformat)[:9]}; open it with a current Jupyter and "
            "save it in format 4"
        )
    if len(read.cells) > MAX_CELLS:
        raise _Unreadable(f"has more than {MAX_CELLS} cells; join some")
    return [msgspec.json.decode(cell, type=_Cell) for cell in read.cells]


def _text(cell: _Cell) -> str:
    whole = cell.source if isinstance(cell.source, str) else "".join(cell.source)
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")  # as Python reads them
    return lines.encode("utf-8", "replace").decode()  # lone surrogates


def _is_marked(cell: _Cell) -> bool:
    comment = re.search(r"^[ \t]*#[ \t]*grader:[ \t]*keep\b", _text(cell), re.MULTILINE)
    return comment is not None or "grader" in cell.metadata.tags


# ---- magics -------------------------------------------------------------------------------

_PYTHON_MAGICS = frozenset({"time", "capture", "prun"})  # their cells are ordinary Python
_CELL_MAGIC = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*%%(\w*)[^\n]*")
# Strings, comments and brackets are read too: a line in them that begins with % is no magic.
# Possessive, and an open string reaches to the end: the time is linear in any text.
_SCAN = re.compile(
    r"""
    (?P<skip> \"{3}(?:\\.|(?!\"{3})[^\\])*+(?:\"{3}|\\?\Z)
            | '{3}(?:\\.|(?!'{3})[^\\])*+(?:'{3}|\\?\Z)
            | \"(?:\\.|[^\\\"\n])*+\"? | '(?:\\.|[^\\'\n])*+'?
            | \#[^\n]*+ | \\\n[ \t]*+[%!?]? )
    | (?P<open> [(\[{] ) | (?P<close> [)\]}] )
    | ^(?P<indent>[ \t]*+)(?: [%!?][^\n]*+
                            | [\w.]++\?{1,2}[ \t]*+$
                            | [\w,. \t]++=[ \t]*+[%!][^\n]*+ )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def _without_magics(text: str) -> str:
    """The cell with `pass` for magics, help and shell lines; empty if not in Python."""
    if magic := _CELL_MAGIC.match(text):
        if magic[1] not in _PYTHON_MAGICS:
            return "\n" * text.count("\n")
        text = "\n" * magic[0].count("\n") + text[magic.end() :]
    done, position, depth = list[str](), 0, 0
    while token := _SCAN.search(text, position):
        done.append(text[position : token.start()])
        position = token.end()
        depth += (token["open"] is not None) - (token["close"] is not None)
        if token["indent"] is None:
            done.append(token[0])
        elif depth > 0:  # an expression that goes on; the rest of the line is still to be read
            position = token.end("indent") + 1
            done.append(text[token.start() : position])
        else:
            done.append(f"{token['indent']}pass")
    return "".join([*done, text[position:]])


def _left_out(path: str, numbers: Sequence[int]) -> Iterator[str]:
    if numbers:
        listed = ", ".join(map(str, numbers))
        yield (
            f"{path}: of cells {listed} only imports, definitions and constants are used. A cell "
            "with the comment '# grader: keep' is used whole."
        )


# ---- the module ---------------------------------------------------------------------------

_MODULE = '''\
"""Made of {path}: its cells lie beside this file, so that tracebacks name them."""


def _run_cells(numbers):
    import __future__

    later = __future__.annotations.compiler_flag  # of one cell holds in those after it
    flags = 0
    for number in numbers:
        path = __file__.removesuffix({module!r}) + {path!r} + ", cell " + str(number)
        with open(path, encoding="utf-8") as cell:
            code = compile(cell.read(), path, "exec", flags, True)
        flags |= code.co_flags & later
        exec(code, globals())


_run_cells({numbers!r})
'''


def _module(path: str, numbers: Sequence[int]) -> bytes:
    name = PurePosixPath(path).name
    module = module_of(name)
    return _MODULE.format(path=name, module=module, numbers=list(numbers)).encode()
