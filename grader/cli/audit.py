"""`grader audit`: the log of what people did, from a terminal.

Owns flags and what is printed; who may read what is the service's.
"""

import json
from typing import Annotated, Any

import typer

from grader.cli import options, submit


def audit(
    course: Annotated[str, typer.Option(help="Only of this course.")] = "",
    assignment: Annotated[str, typer.Option(help="Only of this homework.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="Entries at most.")] = 50,
    before: Annotated[
        int | None, typer.Option(min=1, help="Only older ones than this entry's number.")
    ] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Print who did what, newest first: number, time, person, deed, homework, whom or what."""
    asked = {"course": course, "assignment": assignment, "limit": limit, "before": before}
    given = {name: value for name, value in asked.items() if value not in ("", None)}
    with submit.open_service(url) as service:
        found = service.get("/api/audit", **given)
    lines = [_line(one) for one in found["entries"]] or ["There is no entry."]
    if found["next"]:
        lines.append(f"Older ones: --before {found['entries'][-1]['id']}")
    options.say(found, "\n".join(lines), as_json=as_json)


def _line(one: dict[str, Any]) -> str:
    about = " ".join(filter(None, (one["assignment"], one["subject"])))
    said = f"{one['id']:6}  {one['at'][:19]}Z  {one['actor']}: {one['action']}  {about}".rstrip()
    details = {name: value for name, value in one["detail"].items() if value not in (None, "", [])}
    return f"{said}  {json.dumps(details, ensure_ascii=False)}" if details else said
