"""`grader gradebook`: what counts for each student, as CSV for another system.

Owns the verb's flags; the formats are `grader.exchange.gradebook_csv`'s.
"""

from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def gradebook(
    slug: options.Slug,
    system: Annotated[
        str, typer.Option("--for", help="plain, canvas, gradescope or moodle")
    ] = "plain",
    column: Annotated[str, typer.Option(help="Title of the column of points.")] = "",
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Print what counts for each student as CSV, in the columns of another system."""
    from grader import app as service
    from grader.exchange import gradebook_csv
    from grader.service import course_folder, gradebook

    chosen = settings.chosen(course_dir=course, data_dir=data)
    folder = course_folder.CourseFolder(chosen.course_dir)
    manifest = folder.load(slug).manifest
    target = gradebook_csv.system(system)
    with service.open_store(chosen) as store:
        for line in gradebook.lines(store, folder, manifest, target, column):
            typer.echo(line, nl=False)
