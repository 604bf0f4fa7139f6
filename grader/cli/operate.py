"""The operator's part of the command line: health, schema, backup, restore, deletion.

Owns flags and what is printed, as `grader.cli.main` does for the rest.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader import settings

Data = Annotated[Path | None, typer.Option("--data", help="The service's data folder.")]


def install(app: typer.Typer, users: typer.Typer) -> None:
    """Add the commands."""

    @app.command()
    def health(
        url: Annotated[str, typer.Option(help="Of the service; the settings' by default.")] = "",
    ) -> None:
        """Ask a running service whether it is ready: exit 0 if so, else 1 and what is wrong."""
        from grader.cli import healthcheck

        ready, said = healthcheck.ask(url or healthcheck.own_url(settings.chosen()))
        typer.echo(said, err=not ready)
        sys.exit(0 if ready else 1)

    @app.command()
    def migrate(data: Data = None) -> None:
        """Bring the database to this release's schema; `serve` does so by itself, too."""
        from grader import app as service

        applied = service.migrate_store(settings.chosen(data_dir=data))
        typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")

    @app.command()
    def backup(
        target: Annotated[
            Path, typer.Argument(help="A file, a folder in which one is made, or -.")
        ],
        data: Data = None,
    ) -> None:
        """Write database and uploads to one file, while the service runs."""
        from grader import app as service
        from grader.service import backup as backups

        with service.open_state(settings.chosen(data_dir=data)) as (conninfo, uploads):
            told = backups.write(conninfo, uploads, target)
        typer.echo(f"{told.where}: the database and {told.uploads} uploads", err=True)

    @app.command()
    def restore(
        source: Annotated[Path, typer.Argument(help="What `grader backup` wrote, or -.")],
        data: Data = None,
    ) -> None:
        """Restore a backup into an empty service that does not run."""
        from grader import app as service
        from grader.service import backup as backups

        with service.open_state(settings.chosen(data_dir=data), alone=True) as (conninfo, uploads):
            told = backups.read(conninfo, uploads, source)
        typer.echo(f"The service of {told.made} is restored, with {told.uploads} uploads.")
        for name in told.migrations:
            typer.echo(f"applied {name}")

    @users.command("forget")
    def forget(
        name: Annotated[str, typer.Argument(help="Login name.")],
        sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        data: Data = None,
    ) -> None:
        """Delete one person with all uploads, reports and tokens. There is no way back."""
        from grader import app as service
        from grader.service import erasure

        if not sure:
            typer.confirm(f"Delete {name} and everything of theirs?", abort=True)
        chosen = settings.chosen(data_dir=data)
        with service.open_store(chosen) as store:
            typer.echo(erasure.forget(store, service.uploads_of(chosen), name))
