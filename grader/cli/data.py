"""`grader data`: the data sets that assignments train and test on.

Owns flags and what is printed; the data sets are `grader.datasets`'.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.datasets import files

DataName = Annotated[str, typer.Argument(help="cifar10, digits or mnist")]


def list_sets(course: options.Course = None, as_json: submit.AsJson = False) -> None:
    """Which data sets are here, and whether they are real or stand-ins."""
    from grader.datasets import files

    root = settings.chosen(course_dir=course).datasets
    found = {name: files.meta(root, name) for name in sorted(files.ITEM_SHAPES)}
    if as_json:
        options.say([_as_json(name, meta) for name, meta in found.items()], "", as_json=True)
        return
    for name, meta in found.items():
        _print(name, meta)


def fetch_set(
    name: DataName,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="mnist: folder of IDX files; cifar10: the official archive."),
    ] = None,
    course: options.Course = None,
) -> None:
    """Get a real data set; it takes the place of a stand-in."""
    from grader.datasets import fetch

    _print(name, fetch.fetch(settings.chosen(course_dir=course).datasets, name, source))


def make_stand_in(name: DataName, course: options.Course = None) -> None:
    """Make synthetic data of a data set's shapes, unless something is there already."""
    from grader.datasets import fetch

    _print(name, fetch.make_stand_in(settings.chosen(course_dir=course).datasets, name))


def print_path(course: options.Course = None) -> None:
    """Print the folder that programs read as GRADER_DATA: the public halves."""
    from grader.datasets import files

    typer.echo(files.public_dir(settings.chosen(course_dir=course).datasets))


def _as_json(name: str, meta: "files.Meta | None") -> dict[str, object]:
    if meta is None:
        return {"name": name, "here": False}
    known = {"stand_in": meta.stand_in, "shape": list(meta.shape), "source": meta.source}
    return {"name": name, "here": True} | known


def _print(name: str, meta: "files.Meta | None") -> None:
    state = "missing"
    if meta is not None:
        kind = "STAND-IN" if meta.stand_in else "real"
        state = f"{kind:8}  {' x '.join(map(str, meta.shape))} in train  ({meta.source})"
    typer.echo(f"{name:8} {state}")
