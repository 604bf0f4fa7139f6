"""What is wrong with a request, in words for whoever sent it.

Owns the words for what the framework's validation refuses, for routes and pages alike, and the body
whose unknown fields are refused. Does not own the schemas (`grader.api.schemas`) nor the answer
around the words (`grader.http.problems`, `grader.web.rendering`).

Theory of operation. The framework ignores what it does not know, so a misspelt `scop` would give a
token of the widest scope, and a misspelt `hold` would make a version live. Every body of JSON is a
`SentBody`, and whoever asks for the caller (`grader.api.callers`) has the address looked at.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pydantic
from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticCustomError

from grader.assignment import manifest_faults

MOMENT: Final = manifest_faults.MOMENT
NEAR: Final = 0.75  # a typing mistake, not another word
_UNKNOWN: Final = "unknown_name"
_OF_A_DATE: Final = re.compile(r"(date|datetime|timezone)_.*")
_OF_A_KIND: Final = re.compile(r"_(type|parsing|parsing_size|from_float)$")
_KINDS: Final = {  # by the first word of the fault's type
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be text",
    "list": "must be a list",
    "dict": "must be an object with named fields",
    "model": "must be an object with named fields",
    "model_attributes": "must be an object with named fields",
    "uuid": "must be an id, as the service gives it",
}
_BOUNDS: Final = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "string_pattern_mismatch": "must fit the pattern {pattern}",
    "string_unicode": "must be text that can be written in UTF-8",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "json_invalid": "is not JSON: {error}",
}
_LENGTHS: Final = {  # of text in characters, of a list in entries
    "string_too_long": ("at most", "max_length", "character", "characters"),
    "string_too_short": ("at least", "min_length", "character", "characters"),
    "too_long": ("at most", "max_length", "entry", "entries"),
    "too_short": ("at least", "min_length", "entry", "entries"),
}
_HALVES: Final = {"query": "in the address", "path": "in the address", "header": "in the headers"}


class SentBody(pydantic.BaseModel):
    """A body of a request; a field that does not exist is refused, with the nearest that does."""

    model_config = pydantic.ConfigDict(extra="forbid")

    @pydantic.model_validator(mode="before")
    @classmethod
    def _has_known_fields(cls, sent: Any) -> Any:
        for name in sent if isinstance(sent, dict) else ():
            if name not in cls.model_fields:
                advice = manifest_faults.advice(str(name), cls.model_fields, NEAR)
                raise PydanticCustomError(
                    _UNKNOWN, "has no field `{name}`{advice}", {"name": name, "advice": advice}
                )
        return sent


def require_known_parameters(request: Request) -> None:
    """Check that the route reads every parameter of the address.

    Raises:
        RequestValidationError: it does not.
    """
    known = set(_parameters(request.scope["route"].dependant))
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise RequestValidationError([_unknown_parameter(name, known) for name in unknown])


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for part in dependant.dependencies:
        yield from _parameters(part)


def _unknown_parameter(name: str, known: set[str]) -> dict[str, Any]:
    said = f"is not known here{manifest_faults.advice(name, sorted(known), NEAR)}"
    return {"type": _UNKNOWN, "loc": ("query", name), "msg": said}


def sentence(fault: Mapping[str, Any]) -> str:
    """One fault of a request to the API: where it is, and what is wrong there."""
    half, *steps = fault["loc"]
    words = predicate(fault)
    if half == "body":
        is_whole = not steps or fault["type"] == "json_invalid"  # which names a place in the text
        where = "The body" if is_whole else f"`{_named(steps)}`"
    else:
        where = f"`{_named(steps)}` {_HALVES[half]}"
    return f"{where} {words}{'' if words.endswith('.') else '.'}"


def _named(steps: Iterable[str | int]) -> str:
    return ".".join(map(str, steps))


def predicate(fault: Mapping[str, Any]) -> str:
    """What is wrong, without where: `must be a whole number`."""
    kind, facts = str(fault["type"]), fault.get("ctx") or {}
    if isinstance(fault.get("input"), bytes):
        return "is not read as JSON; send the header `Content-Type: application/json`"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(facts["error"])
    if kind in _LENGTHS:
        return _length(kind, facts)
    if template := _BOUNDS.get(kind):
        return template.format_map(facts)
    if _OF_A_DATE.fullmatch(kind):
        return f"must be a date and time with a time zone, like {MOMENT}"
    return _KINDS.get(_OF_A_KIND.sub("", kind), str(fault["msg"]))


def _length(kind: str, facts: Mapping[str, Any]) -> str:
    most, bound, one, several = _LENGTHS[kind]
    n = facts[bound]
    if (most, n) == ("at least", 1):
        return "must not be empty"
    return f"must have {most} {n:,} {one if n == 1 else several}"
