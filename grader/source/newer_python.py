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


def needed(remedy: str) -> str:
    """That a newer Python is needed, and what to write instead; the end of a sentence."""
    return f"needs Python {ADDED_IN}; the grader runs {SANDBOX}: {remedy}."


def remedy(text: str) -> str:
    """What to write instead, for a source that only a newer Python can read; else empty."""
    hints = list[str]()
    for rewrite, hint in (
        (_plain_types, _TYPE),
        (_bare, _PARAMETERS),
        (_without_f_strings, QUOTES),
    ):
        changed = rewrite(text)
        if changed != text:
            hints.append(hint)
            text = changed
        if hints and _parses(text):
            return "; ".join(hints)
    return ""


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


def _parses(text: str) -> bool:
    try:
        syntax.parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


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
