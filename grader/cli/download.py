"""`grader download`: a homework's files, onto this machine.

Owns flags and what is printed; unpacking is `grader.client.homework`'s.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from grader.cli import options, submit


def download(
    slug: options.Slug,
    to: Annotated[Path | None, typer.Option(help="The folder; ./SLUG unless named.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also files that you have changed.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Download a homework. Your own changes stay; tests and instructions are brought up to date."""
    from grader.client import homework

    with submit.open_service(url) as service:
        content = service.content(f"/api/assignments/{slug}/template.zip")
    done = homework.unpack(content, to or Path(slug), replace=replace)
    if as_json:
        found = {"folder": str(done.folder), "written": done.written, "kept": done.kept}
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"{len(done.written)} files are in {done.folder}/.")
    if done.kept:
        typer.echo(f"Kept as you changed them (--replace to start again): {', '.join(done.kept)}")
    there = "" if done.folder.resolve() == Path.cwd() else f"cd {done.folder} && "
    typer.echo(f"Next: {there}grader check .")
