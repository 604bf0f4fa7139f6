"""Does a source that cannot be parsed need a newer Python than the sandbox has? Pure.

Owns recognising what Python 3.12 added, and what to write instead. Hosted notebooks run newer
Pythons than the sandbox: "invalid syntax" would be no help to a student whose code works there.

Each feature is rewritten into what older Pythons take; if the source can be parsed then, the
feature was what kept it from being parsed. A server on a newer Python parses it at once: there
`ast` is asked for the sandbox's version, and f-strings, for which it has no such question, are
compared with how an older Python ends them.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.source import syntax

SANDBOX = "3.11"  # the image's Python
VERSION = (3, 11)
RUNS_NEWER = sys.version_info[:2] > VERSION
ADDED_IN = "3.12"

QUOTES = (
    "in the braces of an f-string use other quotes than around it (f\"{d['key']}\"), and no "
    "backslash or comment"
)
_TYPE = "write X = ... instead of type X = ..."
_PARAMETERS = "use typing.TypeVar instead of brackets behind the name"

_START = re.compile(
    r"#[^\n]*|(?P<f>(?<!\w)(?:[fF][rR]?|[rR][fF]))?(?<![\"'])(?P<q>\"{3}|'{3}|\"|')"
)
_TYPE_LINE = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?:\[[^\]\n]*\])?[ \t]*=", re.M)
_GENERIC = re.compile(r"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)\[[^\n\]]*\]", re.M)

_MAX_DEPTH = 8  # f-strings in f-strings
_NEVER = "$"  # in no Python; stands for a string without an end


@dataclass(frozen=True, slots=True)
class _Feature:
    """Something new: how to write it for older Pythons, on the same lines, and the words for it."""

    rewrite: Callable[[str], str]
    hint: str


def needed(remedy: str) -> str:
    """That a newer Python is needed, and what to write instead; the end of a sentence."""
    return f"needs Python {ADDED_IN}; the grader runs {SANDBOX}: {remedy}."


def remedy(text: str) -> str:
    """What to write instead, for a source that only a newer Python can read; else empty.

    Of several features each is named with its line.
    """
    tried = list[_Feature]()
    for feature in (
        _Feature(_plain_types, _TYPE),
        _Feature(_bare, _PARAMETERS),
        _Feature(_without_f_strings, QUOTES),
    ):
        if feature.rewrite(text) != text:
            tried.append(feature)
        if tried and not _line_of_fault(_rewritten(text, tried)):
            return _listed(text, tried)
    return ""


def _listed(text: str, tried: Sequence[_Feature]) -> str:
    """The hints of those without which the rest does not help: the others are mentioned at most,
    in a docstring for example.
    """
    lines = [
        (_line_of_fault(_rewritten(text, [one for one in tried if one is not feature])), feature)
        for feature in tried
    ]
    found = [(line, feature.hint) for line, feature in lines if line]
    return "; ".join(f"{hint} (line {line})" if found[1:] else hint for line, hint in found)


def _rewritten(text: str, features: Sequence[_Feature]) -> str:
    for feature in features:
        text = feature.rewrite(text)
    return text


def reused_quotes(text: str) -> int:
    """The line of the first f-string with its own quotes in its braces; 0 if there is none.

    Older Pythons read an f-string as any string first: it ends at the next quote.

    Args:
        text: what the running Python can parse.
    """
    at = 0
    while found := _START.search(text, at):
        at = found.end()
        if found["q"]:
            at = _end_of_string(text, found.end(), found["q"])
        if found["f"] and _of_f_string(text, found.end(), found["q"], 0)[1] != at:
            return text.count("\n", 0, found.start()) + 1
    return 0


def _line_of_fault(text: str) -> int:
    """Where the sandbox's Python cannot read a source; 0 if it can."""
    try:
        syntax.parsed(text, feature_version=VERSION)
    except SyntaxError as exc:
        return exc.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return reused_quotes(text) if RUNS_NEWER else 0


def _plain_types(text: str) -> str:
    return _TYPE_LINE.sub(r"\1\2 =", text)


def _bare(text: str) -> str:
    return _GENERIC.sub(r"\1", text)


def _without_f_strings(text: str) -> str:
    """Each f-string as a tuple of the expressions in its braces, on as many lines."""
    done, at = list[str](), 0
    while found := _START.search(text, at):
        done.append(text[at : found.start()])
        if not found["q"]:
            done.append(found[0])
            at = found.end()
            continue
        if found["f"]:
            expressions, at = _of_f_string(text, found.end(), found["q"], 0)
            done.append(f"({expressions})" if expressions else "''")
        else:
            at = _end_of_string(text, found.end(), found["q"])
            done.append(text[found.start() : at])
    return "".join([*done, text[at:]])


def _end_of_string(text: str, at: int, quote: str) -> int:
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at
        else:
            at += 1
    return len(text)


def _of_f_string(text: str, at: int, quote: str, depth: int) -> tuple[str, int]:
    """The expressions of an f-string from behind its opening quote, and where it ends."""
    found = list[str]()
    while at < len(text) and not text.startswith(quote, at):
        if text[at] == "\n" and len(quote) == 1:
            return _NEVER, at
        if text[at] == "{" and text[at + 1 : at + 2] != "{" and depth < _MAX_DEPTH:
            expression, at = _of_braces(text, at + 1, depth)
            found.append(f"({expression}),")
        else:
            at += 2 if text[at] == "\\" or text[at : at + 2] == "{{" else 1
    return "".join(found) if at < len(text) else _NEVER, at + len(quote)


def _of_braces(text: str, at: int, depth: int) -> tuple[str, int]:
    """An expression from behind its opening brace, conversion and format left out."""
    done, open_brackets = list[str](), 0
    while at < len(text):
        sign = text[at]
        if found := _START.match(text, at):
            at = found.end()
            if found["f"]:
                inner, at = _of_f_string(text, at, found["q"], depth + 1)
                done.append(f"({inner})" if inner else "''")
            elif found["q"]:
                at = _end_of_string(text, at, found["q"])
                done.append("''")
            continue
        if sign in "]})" and open_brackets == 0:
            return _said("".join(done)), at + 1
        if open_brackets == 0 and (sign == ":" or (sign == "!" and text[at + 1 : at + 2] != "=")):
            return _said("".join(done)), _end_of_format(text, at, depth)
        open_brackets += (sign in "([{") - (sign in ")]}")
        done.append(sign)
        at += 1
    return _NEVER, at


def _said(expression: str) -> str:
    """Without the = that asks for the expression's own text."""
    return re.sub(r"(?<![=!<>])=\s*$", "", expression)


def _end_of_format(text: str, at: int, depth: int) -> int:
    while at < len(text) and text[at] != "}":
        if text[at] == "{" and depth < _MAX_DEPTH:
            _, at = _of_braces(text, at + 1, depth + 1)
        elif text[at] == "\n":
            return at
        else:
            at += 1
    return at + 1
