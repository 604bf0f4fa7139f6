"""`grader requests`: regrade requests, asked and answered from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import json
from typing import Annotated, Any

import typer

from grader.cli import marking, options, submit

Number = Annotated[int, typer.Argument(help="The request's, as `list` prints it.")]


def list_requests(
    slug: options.Slug,
    closed: Annotated[bool, typer.Option("--closed", help="Also those that are closed.")] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """List an assignment's regrade requests, those that wait for staff first."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/requests", closed=closed)
    lines = [
        f"{one['id']:6}  {one['state']:8} {one['student']:20} {one['task']:6} "
        f"{' '.join(one['messages'][-1]['text'].split())[:60]}"
        for one in found["requests"]
    ]
    options.say(found, "\n".join(lines or ["None is open."]), as_json=as_json)


def show(number: Number, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Show one request with all its messages."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/requests/{number}")
    _print(found, as_json=as_json)


def ask(
    submission: marking.Submission,
    task: marking.Task,
    text: Annotated[str, typer.Argument(help="What should be looked at again, and why.")],
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Ask about the points of one task of your submission, once grades are published."""
    with submit.open_service(url) as service:
        path = f"/api/submissions/{submission}/requests"
        made = service.post(path, {"task": task, "text": text})
    _print(made, as_json=as_json)


def answer(
    number: Number,
    text: Annotated[str, typer.Argument(help="Your message; may be empty with --close.")] = "",
    close: Annotated[bool, typer.Option("--close", help="It is the last one.")] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Answer a request, or close it."""
    with submit.open_service(url) as service:
        path = f"/api/requests/{number}/messages"
        answered = service.post(path, {"text": text, "close": close})
    _print(answered, as_json=as_json)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"{found['id']} {found['student']}, task {found['task']}: {found['state']}")
    for message in found["messages"]:
        typer.echo(f"  {message['author']}: {message['text']}")
