"""From a cell as IPython takes it to plain Python whose lines keep their numbers. Text in and out.

Owns what becomes of magics, shell and help lines, prompts and indentation. IPython's own input
transformer finds and splits them; here is decided what stands in their place: code that a magic
would run (`%time x = f()`), `pass` for what talks to a shell, a browser or a person, and where its
value is used (`files = !ls`) what IPython would give, or `None`. Nothing is run. Which cells a
notebook has is `source.notebook_reader`'s.

IPython belongs to the `notebooks` extra: at home a student who writes notebooks has it already.
"""

import ast
import contextlib
import functools
import importlib
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.source import syntax

# Each magic means that the cell is read again: a bound on both together, a fifth of a second.
MAX_MAGIC_WORK = 200_000
LACKS_IPYTHON = (
    "cannot be read, because IPython is not installed here; `pip install ipython` adds it"
)

UNKNOWN, LINES = "None", "[]"  # what a magic gives, and what a shell would have printed
_RUN_A_LINE = frozenset({"magic", "run_line_magic"})
_RUNS_ITS_CELL = frozenset({"capture", "ipytest", "prun", "time", "wandb"})  # as ordinary Python
_WRITES = frozenset({"file", "writefile"})
_AUTOMAGIC = (  # works without its % where no variable is called so
    *("alias", "autoreload", "cat", "cd", "clear", "conda", "config", "cp", "env", "ldir", "less"),
    *("lf", "lk", "ll", "load_ext", "ls", "lsmagic", "lx", "magic", "mamba", "man", "matplotlib"),
    *("micromamba", "mkdir", "more", "mv", "pdb", "pip", "pwd", "reload_ext", "rm", "rmdir", "run"),
    *("time", "timeit", "uv", "who", "whos"),
)
_CELL_MAGIC = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*%%(\w+)(?![\w?])([^\n]*)\n?")
_MAY_BE_MAGIC = re.compile(r"^[ \t]*(?:[%!?/,;]|>>>)|\?[ \t]*$|=[ \t]*[%!]|^[ \t]*In \[", re.M)
_BARE = re.compile(rf"^([ \t]*)((?:{'|'.join(_AUTOMAGIC)})(?:[ \t]+[^=\s(,.].*)?)$", re.M)
_WORD = re.compile(r"\w+|[^\w\s]")


class CellNotTaken(Exception):
    """Why a cell cannot be taken, in words that follow its name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A cell in Python.

    Attributes:
        text: its lines, magics replaced; empty lines where it is no Python.
        left_out: the cell magic for whose sake all of it is left out.
        writes: the file that it writes ("" if none) and what it writes there.
        appends: whether that is added to what the file holds.
    """

    text: str
    left_out: str = ""
    writes: str = ""
    content: str = ""
    appends: bool = False


def prepare() -> None:
    """Import what reading cells needs, while files can be read."""
    with contextlib.suppress(CellNotTaken):  # said of the notebook that needs it
        _transformer()


def taken(text: str, bound_elsewhere: str = "") -> Taken:
    """A cell as IPython would take it.

    Args:
        bound_elsewhere: the notebook's whole text; a name that it gives a value is no magic.

    Raises:
        CellNotTaken: IPython is not installed, or there are too many magics.
    """
    if magic := _CELL_MAGIC.match(text):
        return _of_cell_magic(magic[1], magic[2].strip(), text, magic.end())
    return Taken(_in_python(text, bound_elsewhere))


def _of_cell_magic(name: str, options: str, text: str, end: int) -> Taken:
    above, body = "\n" * text.count("\n", 0, end), text[end:]
    if name in _RUNS_ITS_CELL:
        return Taken(above + _in_python(body, text))
    blank = "\n" * text.count("\n")
    if name in _WRITES and (words := _words(options)):
        return Taken(blank, f"%%{name}", words[-1], body, "-a" in words)
    return Taken(blank, f"%%{name}")


def _words(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError:
        return options.split()


# ---- IPython's transformer ----------------------------------------------------------------


def _in_python(text: str, bound_elsewhere: str) -> str:
    """The text without IPython's own syntax."""
    if len(text.strip().splitlines()) == 1 or not _parses(text):
        text = _BARE.sub(functools.partial(_as_magic, bound_elsewhere), text)
    if not _MAY_BE_MAGIC.search(text) and not text[:1].isspace():
        return text
    count = sum(1 for _ in _MAY_BE_MAGIC.finditer(text))
    if count * sum(1 for _ in _WORD.finditer(text)) > MAX_MAGIC_WORK:
        raise CellNotTaken("has too many lines that may be magics; split it into several cells")
    blank = next((n for n, line in enumerate(text.split("\n")) if line.strip()), 0)
    new = "\n" * blank + str(_transformer().transform_cell(text))
    return new if text.endswith("\n") else new.removesuffix("\n")


def _parses(text: str) -> bool:
    try:
        syntax.parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _as_magic(bound_elsewhere: str, found: re.Match[str]) -> str:
    """A line such as `pip install x` with the % that IPython would add."""
    word = found[2].split()[0]
    bound = rf"\b(?:def|class|import|as|for)\s+{word}\b|\b{word}\s*(?:=|,.*=)"
    return found[0] if re.search(bound, bound_elsewhere) else f"{found[1]}%{found[2]}"


@functools.cache
def _transformer() -> Any:
    """IPython's transformer, whose results are rewritten one by one."""
    try:
        theirs = importlib.import_module("IPython.core.inputtransformer2")
    except ImportError as exc:
        raise CellNotTaken(LACKS_IPYTHON) from exc
    manager = theirs.TransformerManager()
    manager.line_transforms = []  # cell magics are seen to before
    manager.token_transformers = [_Finder(each) for each in manager.token_transformers]
    return manager


@dataclass(frozen=True, slots=True)
class _Finder:
    """One of IPython's transformers; it finds one piece of special syntax at a time."""

    theirs: Any

    def find(self, tokens_by_line: Sequence[Any]) -> "_Found | None":
        """The first piece of its kind."""
        found = self.theirs.find(tokens_by_line)
        return None if found is None else _Found(found)


@dataclass(frozen=True, slots=True)
class _Found:
    """A piece of special syntax, where IPython found it."""

    theirs: Any

    @property
    def start_line(self) -> int:
        """Counted from 0."""
        return int(self.theirs.start_line)

    @property
    def start_col(self) -> int:
        """Where the piece, without what stands before it, begins."""
        return int(self.theirs.start_col)

    @property
    def priority(self) -> int:
        """IPython's: which of two in one place counts."""
        return int(self.theirs.priority)

    def sortby(self) -> tuple[int, int, int]:
        """IPython's order."""
        return self.start_line, self.start_col, self.priority

    def transform(self, lines: list[str]) -> list[str]:
        """The lines with Python in its place, and empty ones for what it went on over."""
        new = self.theirs.transform(lines)
        before, call = (
            new[self.start_line][: self.start_col],
            new[self.start_line][self.start_col :],
        )
        gone = ["\n"] * (len(lines) - len(new))
        line = _replaced(before, call.rstrip("\n")) + "\n"
        return [*new[: self.start_line], line, *gone, *new[self.start_line + 1 :]]


# ---- what stands in a magic's place -------------------------------------------------------


def _replaced(before: str, call: str) -> str:
    """A line with what IPython made of a magic, as it shall be graded.

    Args:
        before: indentation, or the left side of an assignment.
        call: `get_ipython().run_line_magic('time', 'x = f()')`; or ordinary Python (`/f x`).
    """
    if not call.startswith("get_ipython("):
        return before + call
    indent = before[: len(before) - len(before.lstrip())]
    method, words = _call(call)
    if before != indent:
        return indent + bound(before.lstrip(), value_of(method, words))
    code = _run_by(*words) if method == "run_line_magic" else ""
    return indent + (code or "pass")


def _call(call: str) -> tuple[str, list[str]]:
    """The method of `get_ipython()` that IPython calls, and its arguments."""
    match syntax.parsed(call).body[0]:
        case ast.Expr(ast.Call(ast.Attribute(attr=method), args)):
            return method, [ast.literal_eval(arg) for arg in args]
    return "", []


def value_of(method: str, words: Sequence[str]) -> str:
    """A Python expression, on one line, for what a call of IPython gives.

    What nobody knows here is `None`, so that only code that needs the value fails.

    Args:
        method: of `get_ipython()`.
        words: its arguments.
    """
    if code := run_by(method, words):
        return code if _is_expression(code) else f"exec({code!r})"
    magic = "".join(words[:1]).partition(" ")[0] if method in _RUN_A_LINE else method
    return _GIVES.get(magic, UNKNOWN)


def bound(left: str, value: str) -> str:
    """An assignment of such a value; each name that would unpack an unknown one is `None`.

    Args:
        left: its left side, up to where the value begins.
    """
    try:
        statement = syntax.parsed(f"{left}0").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "pass"
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if value in (UNKNOWN, LINES) and any(isinstance(one, ast.Tuple | ast.List) for one in targets):
        names = [ast.unparse(name) for one in targets for name in _unpacked(one)]
        return " = ".join([*names, UNKNOWN])
    return left + value


def _unpacked(target: ast.expr) -> Iterator[ast.expr]:
    match target:
        case ast.Tuple(elts=inner) | ast.List(elts=inner):
            for one in inner:
                yield from _unpacked(one)
        case ast.Starred(value=inner):
            yield from _unpacked(inner)
        case _:
            yield target


def _is_expression(code: str) -> bool:
    body = syntax.parsed(code).body
    return len(body) == 1 and isinstance(body[0], ast.Expr)


def run_by(method: str, words: Sequence[str]) -> str:
    """The Python, on one line, that a call of IPython in a script runs; empty if none.

    Args:
        method: of `get_ipython()`; all but those that run a magic run nothing.
        words: its arguments.
    """
    if method == "run_cell_magic":
        name, _, body = (*words, "", "", "")[:3]
        return f"exec({body!r})" if name in _RUNS_ITS_CELL else ""
    if method not in _RUN_A_LINE:
        return ""
    name, _, options = " ".join(words).partition(" ")
    code = _run_by(name, options)
    return "" if "\n" in code else code


def _run_by(magic: str, options: str) -> str:
    """The Python that a line magic runs; empty if none."""
    run = _RUN_BY.get(magic)
    return run(options) if run else ""


def _statement(options: str) -> str:
    return options if _parses(options) else ""


def _script(options: str) -> str:
    """`%run helpers.py` brings the names of another file into the notebook."""
    path = next((word for word in _words(options) if not word.startswith("-")), "")
    return f"exec(compile(open({path!r}).read(), {path!r}, 'exec'))" if path[-3:] == ".py" else ""


def _variable(options: str) -> str:
    name, _, value = options.replace("=", " ", 1).partition(" ")
    return f"__import__('os').environ[{name!r}] = {value.strip()!r}" if value.strip() else ""


def _pylab(_options: str) -> str:
    return (
        "import numpy, matplotlib, numpy as np, matplotlib.pyplot as plt; "
        "from pylab import *; from numpy import *"
    )


_RUN_BY: dict[str, Callable[[str], str]] = {
    "time": _statement,
    "prun": _statement,
    "run": _script,
    "env": _variable,
    "set_env": _variable,
    "pylab": _pylab,
}
_GIVES = {"getoutput": LINES, "sx": LINES, "pwd": "__import__('os').getcwd()"}
