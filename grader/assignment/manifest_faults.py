"""What is wrong with a manifest, said so that its author finds the place: item, field, what fits.

Owns the words for what the decoder refuses, and the nearest valid name. Does not own the schema
(`grader.assignment.manifest`) nor the checks of what is well formed but contradicts itself.
"""

import difflib
import enum
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

NEAR = 0.5  # two task ids of two characters, one of them the same
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
_NO_ZONE = re.compile(r"Expected `datetime` with a timezone component")
_NO_MOMENT = re.compile(
    r"Expected `datetime( \| null)?`, got `\w+`|Invalid RFC3339 encoded datetime"
)
_WRONG_KIND = re.compile(r"Expected `(?P<right>\w+)( \| null)?`, got `(?P<wrong>\w+)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_KINDS = {  # TOML's, as somebody says who writes it
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list in brackets",
    "object": "a table",
}
MOMENT = "2026-12-31T23:59:00-05:00"
_WRONG_VALUE = re.compile(r"Invalid enum value '(?P<value>[^']*)'")


def explained(fault: msgspec.DecodeError, text: bytes, schema: type[msgspec.Struct]) -> str:
    """A decoder's complaint with the item's own id, the nearest valid name, and all that fit."""
    message = str(fault)
    if not isinstance(fault, msgspec.ValidationError):
        return message  # not TOML: it names line and column
    place = _PLACE.search(message)
    steps = list(_steps(place["path"])) if place else []
    said = _in_words(_PLACE.sub("", message), _kind_at(schema, steps))
    return f"{_where(steps, text)}{said}"


def _in_words(said: str, kind: Any) -> str:
    """A decoder's complaint without its own terms.

    Args:
        kind: the type that the schema has at its place.
    """
    if unknown := _UNKNOWN_FIELD.fullmatch(said):
        return f"there is no field `{unknown['name']}`{advice(unknown['name'], _fields(kind))}"
    if wrong := _WRONG_VALUE.fullmatch(said):
        return f"{wrong['value']!r} is not allowed{advice(wrong['value'], _values(kind))}"
    if absent := _MISSING.fullmatch(said):
        return f"`{absent['name']}` is missing"
    if _NO_ZONE.fullmatch(said):
        return f"this date needs a time zone; write it like {MOMENT}"
    if _NO_MOMENT.fullmatch(said):
        return f"this must be a date, a time and a time zone without quotes, like {MOMENT}"
    if other := _WRONG_KIND.fullmatch(said):
        right, got = (_KINDS.get(other[name], other[name]) for name in ("right", "wrong"))
        return f"this must be {right}, not {got}"
    return said


def advice(name: str, known: Iterable[str], near: float = NEAR) -> str:
    """The end of a sentence on a name that does not exist: the nearest one, and all there are.

    Args:
        near: from 0 to 1, how alike two names must be for one to be meant by the other.
    """
    names = list(known)
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=near)
    meant = f"; did you mean `{nearest[0]}`?" if nearest else "."
    return f"{meant} Possible: {', '.join(names) or 'none'}."


def _steps(path: str) -> Iterator[str | int]:
    for name, index in _STEP.findall(path):
        yield name or (int(index) if index.isdigit() else index)


def _where(steps: list[str | int], text: bytes) -> str:
    """The place as its author knows it, `task "2b", points`, rather than by number."""
    item: Any = tomllib.loads(text.decode())
    words = list[str]()
    for step in steps:
        item = _inside(item, step)
        if isinstance(step, str):
            words.append(step)
        elif isinstance(item, dict):
            words[-1] += f" {_name_of(item, step)}"
    return f"{', '.join(words)}: " if words else ""


def _inside(item: Any, step: str | int) -> Any:
    try:
        return item[step]
    except (LookupError, TypeError):
        return None


def _name_of(item: dict[str, Any], index: Any) -> str:
    known = next((item[key] for key in ("id", "name", "kind", "title") if key in item), None)
    return f'"{known}"' if known is not None else f"number {int(index) + 1}"


def _kind_at(schema: Any, steps: list[str | int]) -> Any:
    """The type that the schema has at a place; None where that is no single one."""
    kind = schema
    for step in steps:
        kind = _plain(kind)
        if isinstance(step, str) and step in _fields(kind):
            kind = typing.get_type_hints(kind, include_extras=True)[step]
        else:
            kind = next(iter(typing.get_args(kind)), None)
    return _plain(kind)


def _plain(kind: Any) -> Any:
    """A type without its bounds, and without None as an alternative."""
    if typing.get_origin(kind) is typing.Annotated:
        return _plain(typing.get_args(kind)[0])
    if isinstance(kind, types.UnionType):
        first, *others = (one for one in typing.get_args(kind) if one is not type(None))
        return _plain(first) if not others else kind
    return kind


def _fields(kind: Any) -> tuple[str, ...]:
    return kind.__struct_fields__ if isinstance(kind, type(msgspec.Struct)) else ()


def _values(kind: Any) -> list[str]:
    if typing.get_origin(kind) is typing.Literal:
        return [str(value) for value in typing.get_args(kind)]
    members: Iterable[enum.Enum] = kind if isinstance(kind, enum.EnumType) else ()
    return [str(member.value) for member in members]
