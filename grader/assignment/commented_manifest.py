"""A commented `assignment.toml` with every key there is, made from the schema itself.

Owns the text: the order, what stands as an example, and where a key's meaning is read (the comment
next to the field, or the `Attributes` of its class). The schema is `assignment.manifest`'s, so a
new key is described here without anybody writing it down twice.
"""

import enum
import inspect
import io
import json
import re
import textwrap
import tokenize
import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec

from grader.assignment import manifest

HEAD = """\
# Every key of an assignment.toml. What has a # in front is optional and shows its default, or an
# example of what has none. Made from the schema by `grader suite manifest`.
"""
# Of what has no default, and of what would say nothing by it.
EXAMPLES: dict[str, Any] = {
    "slug": "hw1",
    "title": "Homework 1",
    "course": "Deep learning",
    "total_points": 10,
    "required": ["layers.py"],
    "id": "1a",
    "task.title": "Softmax of each row",
    "task.points": 10,
    "text": "The derivation is complete.",
    "points": 2,
    "name": "part 1",
    "files": ["modules/relu.py"],
    "kind": "call",
    "action": "zero",
    "names": ["numpy.convolve"],
    "tasks": ["1a"],
    "opens": "2026-09-25T08:00:00-05:00",
    "due": "2026-10-09T23:59:00-05:00",
    "publish_at": "2026-10-16T12:00:00-05:00",
    "requests_until": "2026-10-30T12:00:00-05:00",
    "time_zone": "America/Chicago",
    "cutoff_h": 120,
    "memory_mb": 512,
    "packages": ["timm==1.0.9"],
    "facets": "{ forward = 60, backward = 40 }",
    "report": "*_hw1.pdf",
    "size": 2,
}
BARE = (
    "opens",
    "due",
    "publish_at",
    "requests_until",
    "facets",
)  # written as they are, without quotes
WIDTH = 100
COLUMN = 44  # where comments begin


def text() -> str:
    """The whole file. Without the # of its optional keys it is a manifest as well."""
    return "\n".join([HEAD, *_table(manifest.Manifest, "", optional=False), ""])


def _table(kind: type[msgspec.Struct], path: str, *, optional: bool) -> Iterator[str]:
    """A table's own keys, then the tables in it."""
    meanings, tables = described(kind), list[tuple[str, Any, bool]]()
    for field in msgspec.structs.fields(kind):
        inner, many = _struct(field.type)
        if inner is not None:
            tables.append((field.encode_name, inner, many))
            continue
        yield from _key(field, path, meanings.get(field.name, ""), optional=optional)
    for name, inner, many in tables:
        whole = f"{path}.{name}".removeprefix(".")
        is_optional = optional or whole not in ("submission", "task")
        mark = "# " if is_optional else ""
        yield ""
        yield from textwrap.wrap(
            _first_paragraph(inner), WIDTH, initial_indent="# ", subsequent_indent="# "
        )
        yield f"{mark}[[{whole}]]" if many else f"{mark}[{whole}]"
        yield from _table(inner, whole, optional=is_optional)


def _key(field: msgspec.structs.FieldInfo, path: str, meaning: str, *, optional: bool) -> list[str]:
    """A key with its example, and what it means next to it or above."""
    mark = "# " if optional or not field.required else ""
    if f"{path}.{field.name}" == "submission.required":
        mark = ""  # one of `required` and `part` is needed
    line = f"{mark}{field.encode_name} = {_example(field, path)}"
    allowed = allowed_values(field.type)
    words = "; ".join(filter(None, [meaning, f"one of {', '.join(allowed)}" if allowed else ""]))
    if not words:
        return [line]
    joined = f"{line:{COLUMN}}# {words}"
    if len(line) < COLUMN and len(joined) <= WIDTH:
        return [joined]
    above = textwrap.wrap(words, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return [*above, line]


def _example(field: msgspec.structs.FieldInfo, path: str) -> str:
    name = next((n for n in (f"{path}.{field.name}", field.name) if n in EXAMPLES), "")
    if name and (field.required or field.default in (None, "", (), 0, msgspec.NODEFAULT)):
        return str(EXAMPLES[name]) if field.name in BARE else _toml(EXAMPLES[name])
    if field.default_factory is not msgspec.NODEFAULT:
        return _toml(field.default_factory())
    return _toml(field.default)


def _toml(value: Any) -> str:
    """A value as TOML writes it; of texts, numbers and lists that is JSON."""
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)


def allowed_values(kind: Any) -> list[str]:
    """The values that a key may have, where these are few."""
    if isinstance(kind, enum.EnumType):
        return [str(member.value) for member in typing.cast("type[enum.Enum]", kind)]
    if typing.get_origin(kind) is typing.Literal:
        return [str(value) for value in typing.get_args(kind)]
    found = [allowed_values(inner) for inner in typing.get_args(kind)]
    return next(filter(None, found), [])


def _struct(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The table that a key is, and whether it may stand several times."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    if typing.get_origin(kind) is tuple:
        return _struct(typing.get_args(kind)[0])[0], True
    if typing.get_origin(kind) in (types.UnionType, typing.Annotated):
        return _struct(typing.get_args(kind)[0])
    return None, False


def described(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> what its class says of it."""
    return _comments(inspect.getsource(kind)) | _attributes(inspect.getdoc(kind) or "")


def _attributes(doc: str) -> dict[str, str]:
    """The entries of a docstring's `Attributes`; one entry may name several."""
    found, names = dict[str, str](), list[str]()
    for line in doc.partition("Attributes:\n")[2].splitlines():
        if entry := re.match(r"    (\w+(?:, \w+)*): (.*)", line):
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        elif names:
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return {name: text.rstrip(".") for name, text in found.items()}


def _comments(source: str) -> dict[str, str]:
    """The comments that stand next to fields."""
    found = dict[str, str]()
    for token in tokenize.generate_tokens(io.StringIO(textwrap.dedent(source)).readline):
        named = re.match(r"    (\w+): ", token.line)
        if token.type == tokenize.COMMENT and named:
            found[named[1]] = token.string.lstrip("# ")
    return found


def _first_paragraph(kind: type[msgspec.Struct]) -> str:
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())
