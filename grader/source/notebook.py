"""From a submitted notebook to the module that it stands for. Pure: bytes in, bytes out.

Owns how the module is laid out, so that the sandbox can run it statement by statement and that
tracebacks name notebook cells. Nothing is run here. Which of several files is used is
`source.rivals`', the file's format `source.notebook_reader`'s, IPython's syntax
`source.ipython_cells`'s, what may depend on a statement `source.statements`', whether an
assignment takes notebooks `intake.uploads`'.

Theory of operation
    layers.ipynb  ->  layers.ipynb, cell 1      the cell in Python, one file each, its lines unmoved
                      layers.ipynb, cell 2
                      layers.ipynb, statements  where each statement stands; see `source.statements`
                      layers.py                 runs them in order (`rpc.statements`)

A cell is compiled under its file's name, so a traceback says `layers.ipynb, cell 2, line 5` and
finds the line's text. Only code cells that hold something count, from 1: the number that
Jupyter shows after "Restart and run all".
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.source import (
    filenames,
    ipython_cells,
    notebook_reader,
    python_source,
    rivals,
    statements,
    syntax,
)

SUFFIX = ".ipynb"
MAX_FILES = 2 * notebook_reader.MAX_CELLS + 1  # that one turns into; a cell may write another
TABLE = ", statements"
_NUMBER = ", cell "


@dataclass(frozen=True, slots=True)
class Translation:
    """A submission with modules in the place of notebooks, remarks, and reasons to refuse it."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def translate(
    files: Mapping[str, bytes],
    modules: Collection[str],
    asked: Collection[str] = (),
    template: Mapping[str, bytes] | None = None,
) -> Translation:
    """Put a module in the place of each notebook that stands for a wanted file.

    Args:
        modules: paths such as `layers.py`; other notebooks stay what they are, plain files.
        asked: notebooks that the assignment asks for.
        template: files that students were given to complete; `source.rivals` says what asked and
            template decide.
    """
    whole = Translation(dict(files))
    for module in sorted(modules):
        path, notes = _chosen(module, files, asked, template or {})
        read = _read(path, module, files) if path != module else Translation({})
        kept = {name: body for name, body in whole.files.items() if name != path or path == module}
        notes, reasons = [*notes, *read.notes], (*whole.reasons, *read.reasons)
        whole = Translation({**kept, **read.files}, (*whole.notes, *notes), reasons)
    return whole


def unused(
    files: Mapping[str, bytes],
    modules: Collection[str],
    asked: Collection[str] = (),
    template: Mapping[str, bytes] | None = None,
) -> tuple[str, ...]:
    """The notes of `translate` on files that another one is used in place of."""
    notes = (_chosen(module, files, asked, template or {})[1] for module in sorted(modules))
    return tuple(note for each in notes for note in each)


def _chosen(
    module: str,
    files: Mapping[str, bytes],
    asked: Collection[str],
    template: Mapping[str, bytes],
) -> tuple[str, list[str]]:
    """The file that a module is made of, itself if nothing else means it, and notes."""
    found = _sent_for(module, files)
    if found in ([], [module]):
        return module, []
    given = {name: template[name] for name in _sent_for(module, template)}
    return rivals.chosen(module, found, files, asked, given)


def _sent_for(module: str, paths: Collection[str]) -> list[str]:
    """The module itself, if it is there, and the notebooks that mean it."""
    own = [module] if module in paths else []
    return own + sorted(path for path in paths if stands_for(path, module))


def _read(path: str, module: str, files: Mapping[str, bytes]) -> Translation:
    """What a notebook turns into: its cells, their table, the module, and files that it writes."""
    try:
        cells = notebook_reader.code_cells(files[path])
        taken = _taken(path, module, cells)
    except (notebook_reader.Unreadable, ipython_cells.CellNotTaken) as exc:
        return Translation({}, (), (f"{path}: {exc}.",))
    texts = {_cell_path(path, n): cell.text.encode() for n, cell in taken.items()}
    if faults := python_source.faults(texts):
        return Translation({}, (), tuple(faults))
    trees = {n: syntax.parsed(cell.text) for n, cell in taken.items()}
    if sum(len(tree.body) for tree in trees.values()) > statements.MAX_STATEMENTS:
        most = f"has more than {statements.MAX_STATEMENTS} statements; keep data in files"
        return Translation({}, (), (f"{path}: {most}.",))
    table = statements.table(trees, [n for n in cells if cells[n].is_marked])
    written, notes = _written(path, taken, files)
    made = {path + TABLE: statements.encode(table), module: _module(path)}
    return Translation({**texts, **made, **written}, tuple(notes))


def _taken(
    path: str, module: str, cells: Mapping[int, notebook_reader.CodeCell]
) -> dict[int, ipython_cells.Taken]:
    """The cells in Python; the text of one that writes the module itself counts where it stands."""
    whole = "\n".join(cell.text for cell in cells.values())
    found = dict[int, ipython_cells.Taken]()
    for number, cell in cells.items():
        try:
            taken = ipython_cells.taken(cell.text, whole)
            if taken.writes and _place(path, taken.writes) == module:
                above = taken.text.count("\n") - taken.content.count("\n")
                taken = ipython_cells.taken("\n" * above + taken.content, whole)
        except ipython_cells.CellNotTaken as exc:
            raise ipython_cells.CellNotTaken(f"cell {number} {exc}") from exc
        found[number] = taken
    return found


def _written(
    path: str, taken: Mapping[int, ipython_cells.Taken], files: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[str]]:
    """Python files that cells write (`%%writefile`), and notes on cells that are left out."""
    written, left_out, notes = dict[str, bytes](), list[str](), list[str]()
    for number, cell in taken.items():
        target = _place(path, cell.writes) if cell.writes else ""
        if target and target not in files:
            before = written.get(target, b"") if cell.appends else b""
            written[target] = before + cell.content.encode()
            notes.append(f"{path}, cell {number}: {target} is made of what this cell writes.")
        elif cell.left_out:
            left_out.append(f"cell {number} ({filenames.shown(cell.left_out, 30)})")
    if left_out:
        notes.append(f"{path}: left out, because it is not Python: {', '.join(left_out)}.")
    return written, notes


def _place(path: str, name: str) -> str:
    """Where a file that a notebook writes lies in the submission; "" if it may not lie there."""
    place = (PurePosixPath(path).parent / name.removeprefix("./")).as_posix()
    wrong = filenames.escape_fault(name.removeprefix("./")) or filenames.rule_fault(place)
    return place if place.endswith(".py") and not wrong else ""


# ---- names --------------------------------------------------------------------------------


def origins(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in which a module's source was written: itself, or a notebook's cells in order."""
    cells = {name: name.rpartition(_NUMBER)[::2] for name in files if is_cell(name)}
    own = [name for name, (notebook, _) in cells.items() if stands_for(notebook, path)]
    own.sort(key=lambda name: int(cells[name][1]))
    return {name: files[name] for name in own} or {path: files[path]}


def is_cell(path: str) -> bool:
    """Whether a file is a notebook's cell; no uploaded file can bear such a name."""
    return re.search(r"\.ipynb, cell \d+$", path) is not None


def made(paths: Collection[str]) -> set[str]:
    """Files that are no student's text: modules made of notebooks, and tables of statements."""
    tables = {path for path in paths if path.endswith(TABLE)}
    notebooks = [table.removesuffix(TABLE) for table in tables]
    return tables | {path for path in paths if any(stands_for(one, path) for one in notebooks)}


def stands_for(path: str, module: str) -> bool:
    """Whether a notebook means a module by its name; a hyphen counts as the underscore."""
    return path.endswith(SUFFIX) and module_of(path) == module


def module_of(path: str) -> str:
    """The module that a notebook stands for: `a2_code.py` for `a2-code.ipynb`."""
    whole = PurePosixPath(path)
    return str(whole.with_name(whole.stem.replace("-", "_") + ".py"))


def _cell_path(path: str, number: int) -> str:
    return f"{path}{_NUMBER}{number}"


_MODULE = '''\
"""Made of {path}: its cells are next to this file, so that tracebacks name them."""

from grader.rpc import statements as _statements

_statements.run(globals(), {whole!r})
'''


def _module(path: str) -> bytes:
    return _MODULE.format(path=PurePosixPath(path).name, whole=path).encode()
