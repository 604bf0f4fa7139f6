"""`grader serve`, `health`, `doctor`, `demo`: the service on this machine.

Owns flags, exit statuses and what is printed. The service is `grader.app`'s; what is examined is
`grader.cli.doctor`'s, what is shown `grader.cli.demo`'s.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def serve(
    course: options.Course = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder for everything kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one.")] = None,
) -> None:
    """Run API and worker in one process, with an embedded database unless one is given."""
    from grader import app as service

    chosen = settings.chosen(course_dir=course, data_dir=data, host=host, port=port)
    service.serve(chosen, ready=lambda url: typer.echo(f"Ready at {url}"))


def doctor(course: options.Course = None, data: options.Data = None) -> None:
    """Examine this machine: can it grade, does every control work, how to fix the rest."""
    from grader.cli import doctor as examination

    bad = 0
    for finding in examination.examine(settings.chosen(course_dir=course, data_dir=data)):
        mark = "ok" if finding.ok else "BAD" if finding.needed else "note"
        typer.echo(f"{mark:5} {finding.name}: {finding.said}")
        bad += finding.needed and not finding.ok
    if bad:
        verdict = f"Nothing would be graded here: {bad} of these must be fixed."
        options.fail(verdict, status=options.EXIT_FAULT)


def demo(course: options.Course = None) -> None:
    """Start the service on a free port, upload three submissions, show what they get."""
    from grader.cli import demo as story

    story.run(settings.chosen(course_dir=course))


def health(
    url: Annotated[str, typer.Option(help="Of the service; the settings' by default.")] = "",
) -> None:
    """Ask a running service whether it is ready: exit 0 if so, else 1 and what is wrong."""
    from grader.cli import healthcheck

    ready, said = healthcheck.ask(url or healthcheck.own_url(settings.chosen()))
    typer.echo(said, err=not ready)
    sys.exit(0 if ready else 1)
