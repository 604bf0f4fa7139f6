"""`grader retention`: how long the work of a course is kept, what would go, archives of grades.

Owns flags and what is printed; the work is `grader.service.course_retention`'s.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import errors, settings, wording
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.service import course as courses
    from grader.service import course_retention
    from grader.store import database

Name = Annotated[str, typer.Argument(help="Name of the course, as in addresses: ml-2026.")]
OfTerm = Annotated[str, typer.Option("--term", help="All courses of a term instead of one.")]
Course = Annotated[str, typer.Argument(help="Name of the course; not needed with --term.")]


def show(
    name: Course = "",
    term: OfTerm = "",
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Show what there is of a course's work and when it goes; nothing is changed."""
    from grader.service import course_retention

    with _open(course, data) as (store, folder):
        found = [course_retention.outlook(store, folder, one) for one in _names(store, name, term)]
    _say(found, as_json=as_json)


def keep(
    name: Course = "",
    days: Annotated[int, typer.Option(min=0, help="After it is archived; 0: without a limit.")] = 0,
    term: OfTerm = "",
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Say for how long the work of a course, or of all courses of a term, is kept."""
    from grader.service import accounts, course_retention

    with _open(course, data) as (store, folder):
        names = _names(store, name, term)
        for one in names:
            course_retention.keep(store, one, days or None, accounts.COMMAND_LINE)
        found = [course_retention.outlook(store, folder, one) for one in names]
    _say(found, as_json=as_json)


def grades(
    name: Name,
    to: Annotated[Path, typer.Argument(help="Zip to write.")],
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Make an archive of everybody's points, keep it with the course, and write it to a file."""
    from grader.service import accounts, grade_archives

    with _open(course, data) as (store, folder):
        number = grade_archives.make(store, folder, name, accounts.COMMAND_LINE)
        to.write_bytes(grade_archives.find(store, name, number))
    done = {"course": name, "archive": number, "file": str(to)}
    options.say(done, f"{to}: archive {number} of {name}", as_json=as_json)


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it nothing is done.")] = False,
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Delete all work of an archived course, after its grades are archived; a dry run at first."""
    from grader.service import accounts, course_retention

    with _open(course, data) as (store, folder):
        if yes:
            count = course_retention.empty(store, folder, name, accounts.COMMAND_LINE)
            words = f"{count} submissions of {name} are deleted; its grades are archived."
            options.say({"course": name, "deleted": count}, words, as_json=as_json)
            return
        _say([course_retention.outlook(store, folder, name)], as_json=as_json)
    typer.echo("Nothing was deleted. Add --yes to delete all of it.", err=True)


def _say(found: "list[course_retention.Outlook]", *, as_json: bool) -> None:
    lines = "\n".join(line for one in found for line in _lines(one))
    options.say([dataclasses.asdict(one) for one in found], lines, as_json=as_json)


def _names(store: "database.Database", name: str, term: str) -> list[str]:
    from grader.store import course_retention as stored

    if bool(name) == bool(term):
        raise typer.BadParameter("name a course, or a term by --term.")
    if name:
        return [name]
    if not (found := stored.of_term(store, term)):
        raise errors.NotFound(f"No course is of the term {term!r}; grader courses list shows them.")
    return found


def _lines(found: "course_retention.Outlook") -> list[str]:
    holdings, keeping = found.holdings, found.keeping
    size = wording.megabytes(holdings.upload_bytes)
    kept = (
        f"{keeping.keep_days} days after it is archived" if keeping.keep_days else "without a limit"
    )
    lines = [
        f"{found.course.slug}: {found.course.title}",
        f"  {holdings.submissions} submissions of {holdings.people} people, {size}: "
        f"{', '.join(found.homeworks) or 'no homework'}",
        f"  kept {kept}",
    ]
    if keeping.emptied_at:
        lines.append(f"  deleted on {keeping.emptied_at:%Y-%m-%d %H:%M} UTC")
    elif found.goes_at:
        lines.append(f"  all of it is deleted on {found.goes_at:%Y-%m-%d %H:%M} UTC")
    return [*lines, f"  archives of grades: {len(found.archives)}"]


@contextlib.contextmanager
def _open(
    course: Path | None, data: Path | None
) -> "Iterator[tuple[database.Database, courses.Course]]":
    from grader import app
    from grader.service import course as courses
    from grader.service import course_folder

    chosen = settings.chosen(course_dir=course, data_dir=data)
    with app.open_store(chosen) as store:
        yield store, courses.Course(course_folder.CourseFolder(chosen.course_dir), store)
