"""`grader schedule`: see and change a homework's dates on a service, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import json
from typing import Annotated, Any

import typer

from grader import errors
from grader.cli import options, submit


def schedule(
    slug: options.Slug,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE, e.g. due=2026-10-11T23:59; may be repeated."),
    ] = None,
    reset: Annotated[
        list[str] | None, typer.Option(help="A field to have as in the homework; may be repeated.")
    ] = None,
    section: Annotated[str, typer.Option(help="For this section only.")] = "",
    student: Annotated[str, typer.Option(help="For this student only, by login.")] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Show a homework's dates, attempts and what is published, or change some.

    Dates without a time zone are in the course's. An empty value is none.
    """
    whom = {"section": section, "student": student}
    path = f"/api/assignments/{slug}/schedule"
    with submit.open_service(url) as service:
        if change or reset:
            sent = whom | {"set": pairs(change or []), "reset": reset or []}
            found = service.patch(path, sent)
        else:
            found = service.get(path, **whom)
    options.say(found, _text(found), as_json=as_json)


def pairs(given: list[str], example: str = "due=2026-10-11T23:59") -> dict[str, str]:
    """What stands behind `--set`, by field."""
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            raise errors.NotValid(f"--set {one}: write FIELD=VALUE, e.g. {example}.")
        found[name.strip()] = value
    return found


def _text(found: dict[str, Any]) -> str:
    lines = [_line(one) for one in found["fields"]]
    if found["changed_for"]:
        lines.append(f"changed for: {', '.join(found['changed_for'])}")
    return "\n".join(lines)


def _line(one: dict[str, Any]) -> str:
    said = f"{one['name']:18} {_word(one['value'])}"
    if one["changed_by"]:
        return f"{said:46} by {one['changed_by']}; in the homework: {_word(one['written'])}"
    return said


def _word(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows one kind of number
    return "none" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
