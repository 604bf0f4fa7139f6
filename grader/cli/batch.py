"""`grader batch`: a folder of many submissions, without a server.

Owns the verb's flags and exit status; the sweep itself is `grader.cli.batch_run`'s.
"""

from pathlib import Path
from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def batch(
    folder: Annotated[
        Path, typer.Argument(help="A folder with a folder, zip or notebook for each student.")
    ],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Name of the assignment.")],
    course: options.Course = None,
    every_test: Annotated[
        bool, typer.Option("--all", help="Run every test, also where an earlier result holds.")
    ] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a table here.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all reports here.")
    ] = None,
) -> None:
    """Grade many submissions without a server; called again, it resumes where it stopped.

    After a change of the suite it runs the tests that can have changed and keeps the other results.
    Exit: 3 if the machine or a test was at fault for some, else 0.
    """
    from grader.cli import batch_run, progress_bar

    with progress_bar.shown("Grading") as advance:
        chosen = settings.chosen(course_dir=course)
        lines = batch_run.run(chosen, assignment, folder, advance, every_test=every_test)
    batch_run.write(assignment, lines, csv_file, json_file)
    typer.echo(batch_run.summary(lines))
    if failed := sum(line.state == "failed" for line in lines):
        options.fail(
            f"{failed} could not be graded by no fault of theirs.", status=options.EXIT_FAULT
        )
