"""`grader gradebook`: what counts for each student, as CSV for another system.

Owns the verb's flags; the formats are `grader.exchange.gradebook_csv`'s.
"""

import contextlib
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import errors, settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.assignment import manifest as assignments
    from grader.service import course as courses
    from grader.store import database


System = Annotated[
    str,
    typer.Option("--for", help="plain, canvas, gradescope, moodle, brightspace or blackboard"),
]
Column = Annotated[str, typer.Option(help="Title of the column of points.")]
Comments = Annotated[
    bool, typer.Option("--comments", help="With the markers' comments (plain and moodle).")
]
Excused = Annotated[
    list[str] | None,
    typer.Option(help="Login of somebody for whom it does not count; may be repeated."),
]
Dropped = Annotated[bool, typer.Option("--dropped", help="With those who have dropped the course.")]
Worksheet = Annotated[
    Path | None, typer.Option(help="Moodle's grading worksheet of the assignment, to be filled in.")
]
Feedback = Annotated[
    Path | None,
    typer.Option(help="With --worksheet: write a zip of reports for Moodle's feedback files."),
]


def gradebook(
    slug: options.Slug,
    system: System = "plain",
    column: Column = "",
    comments: Comments = False,
    excused: Excused = None,
    dropped: Dropped = False,
    worksheet: Worksheet = None,
    feedback: Feedback = None,
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Print what counts for each student as CSV, in the columns of another system.

    Who is left out, and whose work is not fully marked, is printed to standard error. --json
    prints the same table as a list, a row for each student by the names of its columns.
    """
    from grader.exchange import gradebook_csv
    from grader.service import gradebook

    _check(worksheet, feedback, as_json=as_json)
    target = gradebook_csv.system(system)
    with _open(slug, course, data) as (store, folder, manifest):
        if worksheet:
            _fill(store, folder, manifest, worksheet, feedback, comments=comments)
            return
        book = (store, folder, manifest, target)
        lines = gradebook.lines(
            *book, column, comments=comments, excused=excused or (), dropped=dropped
        )
        _print(lines, as_json=as_json)
        for warning in gradebook.warnings(*book):
            typer.echo(warning, err=True)


def _check(worksheet: Path | None, feedback: Path | None, *, as_json: bool) -> None:
    if as_json and worksheet:
        raise typer.BadParameter("--json is not for Moodle's worksheet, which stays a CSV.")
    if feedback and not worksheet:
        raise typer.BadParameter("--feedback needs --worksheet, which names Moodle's participants.")


@contextlib.contextmanager
def _open(
    slug: str, course: Path | None, data: Path | None
) -> "Iterator[tuple[database.Database, courses.Course, assignments.Manifest]]":
    from grader import app as service

    chosen = settings.chosen(course_dir=course, data_dir=data)
    with service.open_store(chosen) as store:
        folder = service.open_course(chosen, store)
        yield store, folder, folder.load(slug).manifest


def _print(lines: Iterator[str], *, as_json: bool) -> None:
    if as_json:
        table = csv.DictReader(io.StringIO("".join(lines)))
        options.say(list(table), "", as_json=True)
        return
    for line in lines:
        typer.echo(line, nl=False)


def _fill(
    store: "database.Database",
    folder: "courses.Course",
    manifest: "assignments.Manifest",
    worksheet: Path,
    feedback: Path | None,
    *,
    comments: bool,
) -> None:
    from grader.service import moodle_worksheet

    if not worksheet.is_file():
        raise errors.NotValid(f"{worksheet}: no such file.")
    filled = moodle_worksheet.fill(
        store, folder, manifest, worksheet.read_bytes(), comments=comments
    )
    typer.echo(filled.table, nl=False)
    for warning in filled.warnings:
        typer.echo(warning, err=True)
    if feedback:
        count = moodle_worksheet.write_feedback(store, filled, feedback)
        typer.echo(f"{feedback}: feedback for {count} students", err=True)
