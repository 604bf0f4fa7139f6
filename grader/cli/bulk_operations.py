"""`grader regrades`, `grader batches`: follow, decide on, pause and cancel them from a terminal.

Owns flags and what is printed; what is allowed and done is the service's. `grader regrade` begins a
regrade; `grader batch` grades a folder on this machine, without a service.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader import models
from grader.cli import options, submit

if TYPE_CHECKING:
    from collections.abc import Callable

Id = Annotated[str, typer.Argument(help="Its id, as `list` prints it.")]


def list_of(plural: str) -> "Callable[..., None]":
    """The command that lists the newest of a homework."""

    def list_newest(
        slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False
    ) -> None:
        with submit.open_service(url) as service:
            found = service.get(f"/api/assignments/{slug}/{plural}")
        lines = [_line(one) for one in found["operations"]] or ["There is none."]
        options.say(found, "\n".join(lines), as_json=as_json)

    list_newest.__doc__ = f"List the newest {plural} of a homework."
    return list_newest


def move_of(plural: str, verb: str, about: str) -> "Callable[..., None]":
    """The command that pauses, resumes or cancels one."""

    def move(number: Id, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
        with submit.open_service(url) as service:
            found = service.post(f"/api/{plural}/{number}/{verb}", {})
        options.say(found, _progress(found), as_json=as_json)

    move.__doc__ = about
    return move


def show_regrade(number: Id, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Show how far a regrade is, what it changes, and what becomes of marks given by hand."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/regrades/{number}")
    sums = found["sums"]
    lines = [_progress(found)]
    if found["ended"]:
        lines += [
            f"{sums['higher']} with more points, {sums['lower']} with fewer, {sums['equal']} with "
            f"the same; the new result counts for {sums['taken']}",
            *(found["marks"] or {"in_words": []})["in_words"],
        ]
    options.say(found, "\n".join(lines), as_json=as_json)


def apply(
    number: Id,
    take: Annotated[models.Take, typer.Option(help="Which of the new results count.")],
    reason: Annotated[str, typer.Option(help="Why; students read it.")] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Let the new results of a regrade count, all of them or where they are higher."""
    with submit.open_service(url) as service:
        done = service.post(f"/api/regrades/{number}/apply", {"take": take, "reason": reason})
    options.say(done, _changed(done), as_json=as_json)


def revert(number: Id, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Let the old results count again."""
    with submit.open_service(url) as service:
        done = service.post(f"/api/regrades/{number}/revert", {})
    options.say(done, _changed(done), as_json=as_json)


def send_batch(
    slug: options.Slug,
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="A zip with a folder for each student."),
    ],
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Submit the work of many students to the service."""
    with submit.open_service(url) as service:
        path = f"/api/assignments/{slug}/batches"
        made = service.send_file(path, file.name, file.read_bytes())
    options.say(made, made["id"], as_json=as_json)


def show_batch(number: Id, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Show how far a batch is."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/batches/{number}")
    options.say(found, _progress(found), as_json=as_json)


def report(number: Id, url: submit.Service = "") -> None:
    """Print a batch's table as CSV: state, points and reasons of each upload."""
    with submit.open_service(url) as service:
        typer.echo(service.text(f"/api/batches/{number}/report.csv"), nl=False)


def _line(one: dict[str, Any]) -> str:
    done = one["runs"] - one["open_runs"]
    return f"{one['id']}  {one['state']:9}  {done} of {one['runs']}  {one['who']}  {one['reason']}"


def _progress(found: dict[str, Any]) -> str:
    runs = ", ".join(f"{n} {state}" for state, n in found["runs"].items() if n)
    refused = f", {found['refused']} refused at upload" if found["refused"] else ""
    return f"{found['assignment']}: {found['state']}; {runs or 'nothing to grade'}{refused}"


def _changed(done: dict[str, Any]) -> str:
    return f"{done['state']}; another result counts now for {done['changed']}"
