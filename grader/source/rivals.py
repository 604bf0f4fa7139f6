"""Which file a module is made of where several were sent: itself, or a notebook that means it.

Owns the rule and the words for what is not used. It is one rule at home and at the service, which
both know what students were given. What a notebook turns into is `source.notebook`'s.

Theory of operation. What a student changed counts more than what was given, so that a template
that lies next to the finished work takes nothing from it:

    as it was given    the same code as a file of the template, or every function that the
                       template leaves open is still open: used only if all are
    not finished       leaves a function open, while another file has written them all
    the others         a notebook that the assignment asks for, or of which the module was
                       exported, is used; otherwise the module; of two notebooks the last
"""

import ast
import contextlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.source import ipython_cells, notebook_reader, python_source, signatures

_NOTEBOOK = ".ipynb"
# How Jupytext and nbconvert begin a script that they make of a notebook.
_EXPORTED = re.compile(rb"\A(?:#[^\n]*\n|\s)*#\s*(?:jupyter:|-\*- .*jupytext|In\[[ \d]*\]:)", re.I)
_FIRST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Work:
    """How far a file is: whether it is as it was given, what is still open in it, what is not."""

    as_given: bool = False
    is_open: bool = False
    is_finished: bool = False


def chosen(
    module: str,
    paths: Sequence[str],
    files: Mapping[str, bytes],
    asked: Collection[str] = (),
    given: Mapping[str, bytes] | None = None,
) -> tuple[str, list[str]]:
    """The file that a module is made of, and a note on each that is not used.

    Args:
        paths: those that were sent for it, at least one.
        asked: notebooks that the assignment asks for.
        given: files of the template that stand for the module.
    """
    works = _works(paths, files, given or {}) if paths[1:] else {}
    changed = [path for path in paths if not works.get(path, _Work()).as_given] or list(paths)
    finished = [path for path in changed if path in works and works[path].is_finished]
    usable = [path for path in changed if not (finished and works[path].is_open)]
    used = _usual(module, usable, files, asked)
    left = [path for path in paths if path != used]
    return used, [_note(path, used, is_given=path not in changed, usable=usable) for path in left]


def _usual(
    module: str, paths: Sequence[str], files: Mapping[str, bytes], asked: Collection[str]
) -> str:
    """The one that counts among files that were all changed."""
    found = [path for path in paths if path != module]
    if module not in paths or not found:
        return paths[-1]
    made_of = [path for path in found if path in asked]
    if not made_of and is_exported(files[module]):
        made_of = found
    return made_of[-1] if made_of else module


def is_exported(source: bytes) -> bool:
    """Whether Jupytext or nbconvert made a script of a notebook."""
    return _EXPORTED.search(source[:_FIRST_BYTES]) is not None


def _note(path: str, used: str, *, is_given: bool, usable: Collection[str]) -> str:
    if is_given:
        return f"{path}: is not used, because it is as it was given; {used} is used."
    if path not in usable:
        return f"{path}: is not used, because it is not finished; {used} is, and is used."
    return f"{path}: is not used, because {used} was also sent."


# ---- how far a file is --------------------------------------------------------------------


def _works(
    paths: Sequence[str], files: Mapping[str, bytes], given: Mapping[str, bytes]
) -> dict[str, _Work]:
    originals = [_code(path, body) for path, body in given.items()]
    left_open = {name for code in originals for name, is_open in _bodies(code).items() if is_open}
    return {path: _work(_code(path, files[path]), originals, left_open) for path in paths}


def _work(code: list[str], originals: Collection[list[str]], left_open: Collection[str]) -> _Work:
    if code in originals:
        return _Work(as_given=True, is_open=bool(left_open))
    bodies = _bodies(code)
    still = [bodies[name] for name in left_open if name in bodies]
    is_whole = bool(left_open) and len(still) == len(left_open)
    return _Work(is_whole and all(still), any(still), is_whole and not any(still))


def _code(path: str, body: bytes) -> list[str]:
    """A file's code in pieces, without what programs change by themselves; none if unreadable."""
    if not path.endswith(_NOTEBOOK):
        return ["\n".join(line.rstrip() for line in body.decode(errors="replace").splitlines())]
    with contextlib.suppress(notebook_reader.Unreadable, ipython_cells.CellNotTaken):
        texts = [cell.text for cell in notebook_reader.code_cells(body).values()]
        return [ipython_cells.taken(text).text.rstrip() for text in texts]
    return []


def _bodies(code: Iterable[str]) -> dict[str, bool]:
    """Function or `Class.method` -> whether it is still to be written."""
    texts = {str(number): text.encode() for number, text in enumerate(code)}
    unreadable = python_source.faults_by_file(texts)
    read = signatures.read({name: texts[name] for name in texts if name not in unreadable})
    return {name: _is_open(found.node) for name, found in read.functions.items()}


def _is_open(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function raises NotImplementedError whatever it is given, as templates do where a
    solution belongs; for some inputs a finished one may.
    """
    raised = (node.exc for node in function.body if isinstance(node, ast.Raise))
    called = (exc.func if isinstance(exc, ast.Call) else exc for exc in raised)
    return any(isinstance(exc, ast.Name) and exc.id == "NotImplementedError" for exc in called)
