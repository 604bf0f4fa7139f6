"""Words that pages, messages and mails do not use, and the texts that people read.

Owns the list and the finding of texts: string literals of the package that are no docstrings, and
what templates and scripts say. Rendered pages are looked through with the same list.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "grader"
# Pattern -> what to write instead.
BANNED = {
    r"\bhand(?:s|ed|ing)?[ -]in\b": "submit",
    r"\bmend(?:s|ed|ing)?\b": "fix, needs work",
    r"\bcall(?:s|ed|ing)? (?:it |them )?off\b": "cancel",
    r"\bgo(?:es)? on with\b": "resume",
    r"\bsave the files\b": "download",
    r"\bbeside\b": "next to, besides",
    r"\brenew(?:s|ed|ing)?\b": "update",
    r"\bshall\b": "must",
    r"\banew\b": "again",
    r"\bbegun\b": "started",
    r"\btold\b": "says, reports",
    r"(?<!or )\btells\b(?! apart)": "says, shows",
    r", too\b": "also",
    r"\d %(?!\w)": "10% without a space",
    r"\(any more\)|\btaken any more\b": "no longer",
    r"\b(?:is|are) taken off\b": "a penalty",
    r"\bstands? (?:twice|there|before|already|at the top)\b": "is",
    r"\bin force\b": "in use",
    r"\bis no (?:number|address|PDF|proof|text|file|zip|notebook|date)\b": "is not a",
    r"\bbears? (?:the|this|that|a) name\b": "is named",
    r"\bthe way back\b|\bno way back\b": "cannot be undone",
    r"\bfor ever\b": "without a limit",
    r"\bat this moment\b": "right now",
    r"\bfell silent\b": "stopped answering",
    r"\b(?:thereof|herein|hereby|whereof)\b": "",
}
PATTERNS = {re.compile(pattern, re.IGNORECASE): better for pattern, better in BANNED.items()}


def findings(text: str) -> list[str]:
    """Each banned word in a text, with what is around it."""
    return [
        f"{text[max(match.start() - 30, 0) : match.end() + 30]!r}: write {better!r}"
        for pattern, better in PATTERNS.items()
        for match in pattern.finditer(text)
    ]


# Names of columns and of statements, which other programs rely on; nobody reads them as sentences.
KEPT = {("gradebook_columns.py", "handed in"), ("regrades.py", "WITH told"), ("runs.py", "told AS")}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of the strings of a module that somebody may read; no docstrings."""
    tree = ast.parse(path.read_text())
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_piece(value) for value in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parent = parents[node]
            if not isinstance(parent, (ast.Expr, ast.JoinedStr)):
                yield node.lineno, node.value


def _piece(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) else "0"


class _Text(HTMLParser):
    """What people read of markup: its text, and attributes that are shown or read out."""

    SHOWN = ("title", "alt", "aria-label", "placeholder", "value", "summary")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "code", "pre")
        self.parts += [value for name, value in attrs if name in self.SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of(markup: str) -> str:
    """What people read of a page; code and output are somebody else's words."""
    parser = _Text()
    parser.feed(markup)
    return " ".join(" ".join(parser.parts).split())


def template_text(path: Path) -> str:
    """What a template says; what it fills in is "0"."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", path.read_text(), flags=re.DOTALL)
    return text_of(re.sub(r"\{\{.*?\}\}", "0", source, flags=re.DOTALL))
