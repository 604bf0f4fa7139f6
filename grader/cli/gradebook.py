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
        str,
        typer.Option("--for", help="plain, canvas, gradescope, moodle, brightspace or blackboard"),
    ] = "plain",
    column: Annotated[str, typer.Option(help="Title of the column of points.")] = "",
    comments: Annotated[
        bool, typer.Option("--comments", help="With the markers' comments (plain and moodle).")
    ] = False,
    excused: Annotated[
        list[str] | None,
        typer.Option(help="Login of somebody for whom it does not count; may be repeated."),
    ] = None,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Print what counts for each student as CSV, in the columns of another system.

    Who is left out, and whose work is not fully marked, is printed to standard error.
    """
    from grader import app as service
    from grader.exchange import gradebook_csv
    from grader.service import course_folder, gradebook

    chosen = settings.chosen(course_dir=course, data_dir=data)
    folder = course_folder.CourseFolder(chosen.course_dir)
    manifest = folder.load(slug).manifest
    target = gradebook_csv.system(system)
    with service.open_store(chosen) as store:
        for line in gradebook.lines(
            store, folder, manifest, target, column, comments=comments, excused=excused or ()
        ):
            typer.echo(line, nl=False)
        for warning in gradebook.warnings(store, folder, manifest, target):
            typer.echo(warning, err=True)
