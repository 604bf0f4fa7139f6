"""Options that several verbs share, and the exit statuses of all of them.

Owns no verb. `fail` is how a verb ends that has done its work and found something wrong; what stops
the work is an exception, which `grader.cli.main` turns into words.
"""

import datetime
import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

EXIT_BELOW_MINIMUM, EXIT_REFUSED, EXIT_FAULT = 1, 2, 3

Course = Annotated[
    Path | None,
    typer.Option("--course", help="Folder that holds tests/suites/ (GRADER_COURSE_DIR)."),
]
Data = Annotated[Path | None, typer.Option("--data", help="The service's data folder.")]
MAIN = "main"  # the course that a service begins with
InCourse = Annotated[str, typer.Option("--in", help="The course; `grader courses list` has all.")]
Slug = Annotated[str, typer.Argument(help="Name of the assignment.")]


def say(found: object, words: str, *, as_json: bool) -> None:
    """Print what a command did: JSON for programs, else words."""
    typer.echo(json.dumps(found, indent=2, default=_plain) if as_json else words)


def moment(sent: str | None) -> str:
    """A moment as people read it, in the time zone in which the service sent it; or never."""
    if sent is None:
        return "never"
    return datetime.datetime.fromisoformat(sent).strftime("%-d %b %Y, %H:%M %Z")


def _plain(value: object) -> str:
    """What JSON has no form of; moments as in the service's answers."""
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def fail(*lines: str, status: int) -> NoReturn:
    """Print these lines to standard error and end with this exit status."""
    for line in lines:
        typer.echo(line, err=True)
    sys.exit(status)
