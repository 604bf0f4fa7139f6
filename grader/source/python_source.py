"""A submitted Python file as text: can it be read, does it parse, what does it import.

Owns the checks of source that need no running of it. Does not run or compile anything; whether a
file stands where it is asked for is `grader.intake.uploads`.

Parsing is not free of danger: a megabyte of `1;1;1;` becomes a gigabyte of syntax tree, and a
long f-string takes quadratic time. So a rough count of tokens is taken first, by a regular
expression that costs microseconds; what is over the bound is refused unparsed. Measured with
CPython 3.11: a file at the bound takes under 80 MB and under 0.6 s. Names are normalised when they
are parsed, and that takes quadratic time for accents that are piled on one letter: so their number
is bounded, too.
"""

import ast
import io
import itertools
import re
import tokenize
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from grader import wording
from grader.source import filenames, newer_python, syntax

MAX_FILE_BYTES = 1 * wording.MB
MAX_FILE_TOKENS = 50_000  # about 5 000 ordinary lines
MAX_ALL_TOKENS = 150_000  # of all files of a submission
MAX_MARKS = 30  # combining characters in a row; no writing has ten

# Encodings in which every byte sequence has one plain meaning; others are programs of their own
# (utf-7, unicode_escape, punycode).
_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "ascii", "us-ascii", "iso-8859-1", "cp1252"})
_TOKEN = re.compile(rb"\w+|[^\w\s]|\n")
_BEYOND_ASCII = re.compile(rf"[^\0-\x7f]{{{MAX_MARKS + 1},}}+")
_TOO_DEEP = "nests expressions or blocks too deeply to be read; simplify it"


def faults(sources: Mapping[str, bytes]) -> list[str]:
    """Every reason not to accept these files, each a sentence with file and line.

    Args:
        sources: path -> bytes of Python files.
    """
    found = faults_by_file(sources)
    return [fault for faults in found.values() for fault in faults]


def faults_by_file(sources: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The same for each file that has faults; after too much text the rest stays unread."""
    found, tokens = dict[str, list[str]](), 0
    for path, source in sources.items():
        count = _count_tokens(source)
        if len(source) > MAX_FILE_BYTES or count > MAX_FILE_TOKENS:
            found[path] = [
                f"{path}: is longer than {wording.megabytes(MAX_FILE_BYTES)} or {MAX_FILE_TOKENS} "
                "words and signs; keep data out of source files."
            ]
            continue
        tokens += count
        if tokens > MAX_ALL_TOKENS:
            found[path] = [
                f"{path}: from here on the Python files have more than {MAX_ALL_TOKENS} words and "
                "signs in all; keep data out of source files."
            ]
            later = list(sources)[list(sources).index(path) + 1 :]
            return found | {key: [] for key in later}
        if faults := _faults_of(path, source):
            found[path] = faults
    return found


def _count_tokens(source: bytes) -> int:
    """About how many tokens the source has; counting stops above the bound of one file."""
    return sum(1 for _ in itertools.islice(_TOKEN.finditer(source), MAX_FILE_TOKENS + 1))


def _faults_of(path: str, source: bytes) -> list[str]:
    try:
        text = _decoded(source)
    except _NotText as exc:
        return [f"{path}:{exc.line}: {exc}; save the file as UTF-8 text."]
    if line := _line_of_pile(text):
        return [f"{path}:{line}: more than {MAX_MARKS} accents stand on one letter; remove them."]
    try:
        syntax.parsed(text, feature_version=newer_python.VERSION)
        if newer_python.RUNS_NEWER and (line := newer_python.reused_quotes(text)):
            return [f"{path}:{line}: {newer_python.needed(newer_python.QUOTES)}"]
    except SyntaxError as exc:
        if remedy := newer_python.remedy(text):
            return [f"{path}:{exc.lineno or 1}: {newer_python.needed(remedy)}"]
        why = filenames.shown(exc.msg)
        return [f"{path}:{exc.lineno or 1}: {why}; Python cannot read this file, fix it."]
    except (RecursionError, MemoryError, OverflowError, ValueError):
        return [f"{path}: {_TOO_DEEP}."]
    return []


def _line_of_pile(text: str) -> int:
    """The first line with too many combining characters in a row; 0 where there is none."""
    for run in _BEYOND_ASCII.finditer(text):
        piles = itertools.groupby(run[0], key=lambda char: unicodedata.combining(char) > 0)
        if any(marks and sum(1 for _ in pile) > MAX_MARKS for marks, pile in piles):
            return text.count("\n", 0, run.start()) + 1
    return 0


class _NotText(Exception):
    """Why the bytes are not Python text, and in which line."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


def _decoded(source: bytes) -> str:
    """The text by PEP 263."""
    if b"\0" in source:
        raise _NotText("holds a NUL byte", _line_of(source, source.index(b"\0")))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError as exc:  # its own words explain neither case
        raise _NotText("is not UTF-8, or names an encoding that does not exist", 1) from exc
    if encoding not in _ENCODINGS:
        raise _NotText(f"is in {encoding}, which is not accepted", 1)
    try:
        return source.decode(encoding)
    except UnicodeDecodeError as exc:
        line = _line_of(source, exc.start)
        raise _NotText(f"a byte of this line is not {encoding}", line) from exc


def _line_of(source: bytes, offset: int) -> int:
    return source.count(b"\n", 0, offset) + 1


def imports(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """(line, bound name, dotted module or member) of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, "", alias.name
                first = alias.name.partition(".")[0]
                yield node.lineno, *((alias.asname, alias.name) if alias.asname else (first, first))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.lineno, alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Call) and (name := dynamic_import(node)):
            yield node.lineno, "", name


def dynamic_import(call: ast.Call) -> str:
    """The module of `__import__("x")` or `importlib.import_module("x")`; else empty."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in ("__import__", "import_module") or not call.args:
        return ""
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _dotted(node: ast.expr, max_dots: int) -> str:
    """`a.b.c` for a chain of plain names with at most so many dots, else empty."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < max_dots:
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


# ---- for rules that do not refuse an upload -----------------------------------------------


def tree_of(source: bytes) -> ast.Module:
    """The syntax tree of a file in which `faults` found nothing."""
    return syntax.parsed(_decoded(source))


def calls(tree: ast.AST, names: Sequence[str]) -> list[tuple[int, str]]:
    """(line, "calls eval") for every call of these.

    Args:
        names: builtins (`eval`), members of modules (`numpy.convolve`), methods (`.backward`).
    """
    bound = {name: target for _, name, target in imports(tree)}
    longest = max((name.count(".") for name in names), default=0)
    places = set[tuple[int, str]]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = _dotted(node.func, longest).partition(".")
            written = {f"{bound.get(first, first)}{dot}{rest}"}
            if isinstance(node.func, ast.Attribute):
                written.add(f".{node.func.attr}")
            places |= {(node.lineno, f"calls {name}") for name in written & set(names)}
    return sorted(places)
