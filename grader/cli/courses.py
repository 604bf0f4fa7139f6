"""`grader courses` and `grader enrol`: the courses of a service, and who is what in them.

Owns flags and what is printed; the work is `grader.service.courses`' and `enrolments`'.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from grader import settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.store import courses as stored
    from grader.store import database

Slug = Annotated[str, typer.Argument(help="Name of the course, as in addresses: ml-2026.")]
Title = Annotated[str | None, typer.Option(help="What people read.")]
Term = Annotated[str | None, typer.Option(help="When it is taught: Fall 2026.")]


def list_courses(as_json: submit.AsJson = False, data: options.Data = None) -> None:
    """List the courses: name, title, term, how many students and staff, homeworks."""
    from grader.store import courses as stored

    with _open(data) as store:
        found = stored.listed(store)
    lines = "\n".join(_line(one) for one in found)
    options.say([dataclasses.asdict(one) for one in found], lines, as_json=as_json)


def create(
    slug: Slug,
    title: Annotated[str, typer.Option(help="What people read.")],
    term: Annotated[str, typer.Option(help="When it is taught: Fall 2026.")] = "",
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Make a course. Enrol its instructor next: grader enrol LOGIN --in SLUG --role instructor."""
    from grader.service import accounts, courses

    with _open(data, new=True) as store:
        made = courses.add(store, slug, title, term, accounts.COMMAND_LINE)
    options.say(dataclasses.asdict(made), f"{made.slug}: {made.title}", as_json=as_json)


def edit(
    slug: Slug,
    title: Title = None,
    term: Term = None,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Change a course's title or term."""
    from grader.service import accounts, courses

    with _open(data) as store:
        made = courses.change(store, slug, accounts.COMMAND_LINE, title=title, term=term)
    words = f"{made.slug}: {made.title}{f', {made.term}' if made.term else ''}"
    options.say(dataclasses.asdict(made), words, as_json=as_json)


def archive(
    slug: Slug,
    back: Annotated[bool, typer.Option("--back", help="Open it again.")] = False,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Archive a course: everything can be read, nothing can be changed."""
    from grader.service import accounts, courses

    with _open(data) as store:
        made = courses.change(store, slug, accounts.COMMAND_LINE, archived=not back)
    words = f"{slug} is {'open again' if back else 'archived'}"
    options.say(dataclasses.asdict(made), words, as_json=as_json)


def move(
    assignment: options.Slug,
    slug: Slug,
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Put a homework, with everything that was submitted for it, into a course."""
    from grader.service import accounts, course_folder, courses

    folder = course_folder.CourseFolder(settings.chosen(course_dir=course).course_dir)
    with _open(data) as store:
        courses.put(store, folder, assignment, slug, accounts.COMMAND_LINE)
    done = {"assignment": assignment, "course": slug}
    options.say(done, f"{assignment} is in {slug}", as_json=as_json)


def enrol(
    login: Annotated[str, typer.Argument(help="Login name; new to the service or not.")],
    into: options.InCourse = options.MAIN,
    role: Annotated[
        str | None, typer.Option(help="student, ta, instructor or ci; who is new is a student")
    ] = None,
    section: Annotated[str | None, typer.Option(help="Their section.")] = None,
    name: Annotated[str | None, typer.Option(help="Their full name.")] = None,
    email: Annotated[str | None, typer.Option(help="Their mail address.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="They leave; their work is kept.")] = False,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Enrol one person in a course, change what they are in it, or let them leave."""
    from grader.service import accounts, enrolments
    from grader.service import courses as services
    from grader.store import enrolments as stored

    with _open(data) as store:
        services.require_open_course(store, into)
        if drop:
            enrolments.leave(store, into, login, accounts.COMMAND_LINE)
            done = {"login": login, "course": into, "dropped": True}
            options.say(done, f"{login} has dropped {into}", as_json=as_json)
            return
        given = enrolments.role(role) if role else None
        new = stored.NewEnrolment(given, section, name, email)
        made = enrolments.change(store, into, login, new, accounts.COMMAND_LINE)
    entry = dataclasses.asdict(made.person) | {"role": made.role, "course": into}
    words = f"{made.person.login} is {made.role} in {into}"
    options.say(entry | {"has_token": made.has_token}, words, as_json=as_json)
    if not made.has_token:
        typer.echo(f"They need a token to sign in: grader users token {login}", err=True)


@contextlib.contextmanager
def _open(data: options.Data, *, new: bool = False) -> "Iterator[database.Database]":
    from grader import app

    with app.open_store(settings.chosen(data_dir=data), new=new) as store:
        yield store


def _line(one: "stored.CourseRow") -> str:
    state = " (archived)" if one.archived_at else ""
    return (
        f"{one.slug:20} {one.title}{f', {one.term}' if one.term else ''}{state}: "
        f"{one.students} students, {one.staff} staff {' '.join(one.assignments)}".rstrip()
    )
