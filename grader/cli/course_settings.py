"""`grader courses settings`: see and change what holds in a course, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

from typing import Annotated, Any

import typer

from grader.cli import options, schedule, submit


def settings(
    slug: Annotated[str, typer.Argument(help="Name of the course, as in addresses: ml-2026.")],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="SETTING=VALUE, e.g. late_days=5; may be repeated."),
    ] = None,
    reset: Annotated[
        list[str] | None,
        typer.Option(help="A setting to have as in course.toml; may be repeated."),
    ] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Show a course's late days, time zone, messages, title and term, or change some.

    Messages are names with commas between, e.g. notify.staff=requests,broken_suites.
    """
    path = f"/api/courses/{slug}/settings"
    with submit.open_service(url) as service:
        if change or reset:
            pairs = schedule.pairs(change or [], "late_days=5")
            found = service.patch(path, {"set": pairs, "reset": reset or []})
        else:
            found = service.get(path)
    options.say(found, _text(found), as_json=as_json)


def _text(found: dict[str, Any]) -> str:
    return "\n".join(_line(one) for one in found["fields"])


def _line(one: dict[str, Any]) -> str:
    said = f"{one['name']:18} {_word(one['value'])}"
    if one["changed_by"]:
        own = one["name"] == "time_zone"
        before = "else each homework's own" if own else f"in course.toml: {_word(one['written'])}"
        return f"{said:46} by {one['changed_by']}; {before}"
    return said


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)
