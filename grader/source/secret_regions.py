"""nbgrader's regions that no student may see: hidden tests and mark schemes. Pure.

    ### BEGIN HIDDEN TESTS        ### BEGIN MARK SCHEME
    ...                           ...
    ### END HIDDEN TESTS          ### END MARK SCHEME

Owns these markers and the cutting. A marker that cannot be understood is refused rather than passed
over: what is not cut away is published. Solutions are `grader.authoring.template_builder`'s.
"""

import io
import re
import tokenize
from dataclasses import dataclass

from grader import errors

# Loose on purpose: whatever resembles a marker must then also be a right one.
_LIKE = re.compile(r"#.*\b(begin|end)[\s_-]*(hidden[\s_-]*tests?|mark[\s_-]*scheme)", re.IGNORECASE)
_MARKER = re.compile(r"#+\s*(?P<end>BEGIN|END) (?P<kind>HIDDEN TESTS|MARK SCHEME)\s*")


@dataclass(frozen=True, slots=True)
class _Marker:
    line: int
    opens: bool
    kind: str


def lines(source: str) -> list[int]:
    """The lines on which something resembles such a marker, from 1; text in strings is none."""
    return [token.start[0] for token in _comments(source)]


def cut(source: str, name: str) -> str:
    """The text without these regions.

    Args:
        name: what errors call the file.

    Raises:
        SuiteError: a marker is no marker, stands behind code, or has no other end.
    """
    text = source.split("\n")
    opened: _Marker | None = None
    regions: list[tuple[int, int]] = []
    for marker in [_marker(token, name) for token in _comments(source)]:
        if marker.opens == (opened is not None) or (opened and opened.kind != marker.kind):
            raise errors.SuiteError(
                f"{name}:{marker.line}: BEGIN and END {marker.kind} do not come in pairs here, so "
                "what students may not see would be handed out."
            )
        if opened:
            regions.append((opened.line - 1, marker.line))
        opened = marker if marker.opens else None
    if opened:
        raise errors.SuiteError(f"{name}:{opened.line}: BEGIN {opened.kind} is never ended.")
    for first, last in reversed(regions):
        del text[first:last]
    return "\n".join(text)


def _comments(source: str) -> list[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [t for t in tokens if t.type == tokenize.COMMENT and _LIKE.match(t.string)]


def _marker(token: tokenize.TokenInfo, name: str) -> _Marker:
    line, column = token.start
    found = _MARKER.fullmatch(token.string)
    if found is None or token.line[:column].strip():
        raise errors.SuiteError(
            f"{name}:{line}: `{token.string}` must be `### BEGIN` or `### END`, then `HIDDEN "
            "TESTS` or `MARK SCHEME`, alone on its line."
        )
    return _Marker(line, found["end"] == "BEGIN", found["kind"])
