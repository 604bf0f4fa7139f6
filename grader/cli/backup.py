"""`grader migrate`, `backup`, `restore`: the service's state on its disk.

Owns flags and what is printed; the work is `grader.service.backup`'s and `grader.store.migrate`'s.
"""

from pathlib import Path
from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def migrate(data: options.Data = None) -> None:
    """Bring the database to this release's schema; `serve` also does so by itself."""
    from grader import app as service

    applied = service.migrate_store(settings.chosen(data_dir=data))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


def backup(
    target: Annotated[Path, typer.Argument(help="A new .tar file, a folder for one, or -.")],
    data: options.Data = None,
) -> None:
    """Write database and uploads to one file, while the service runs."""
    from grader import app as service
    from grader.service import backup as backups

    with service.open_state(settings.chosen(data_dir=data)) as (conninfo, uploads):
        done = backups.write(conninfo, uploads, target)
    typer.echo(f"{done.where}: the database and {done.uploads} uploads", err=True)


def restore(
    source: Annotated[Path, typer.Argument(help="What `grader backup` wrote, or -.")],
    data: options.Data = None,
) -> None:
    """Restore a backup into an empty service that does not run."""
    from grader import app as service
    from grader.service import backup as backups

    with service.open_state(settings.chosen(data_dir=data), alone=True) as (conninfo, uploads):
        done = backups.read(conninfo, uploads, source)
    typer.echo(f"The service of {done.made} is restored, with {done.uploads} uploads.")
    for name in done.migrations:
        typer.echo(f"applied {name}")
