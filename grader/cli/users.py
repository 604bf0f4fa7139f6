"""`grader users`: add people, import a roster, issue, list and revoke tokens, forget a person.

Owns flags and what is printed; accounts are `grader.service.accounts`', rosters `course.roster`'s.
"""

import csv
import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import errors, models, settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.course import roster
    from grader.store import database, rows
    from grader.store import roster as roster_store

Name = Annotated[str, typer.Argument(help="Login name.")]


def add(
    name: Name,
    role: Annotated[str, typer.Option(help="student, ta, instructor, admin or ci")] = "student",
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Add a person and print a bearer token for them; it is shown only once."""
    from grader import app as service
    from grader.service import accounts, courses

    with service.open_store(settings.chosen(data_dir=data), new=True) as store:
        if role != models.Role.ADMIN:  # they are on no roster
            courses.require_open_course(store, into)
        issued = accounts.add_user(store, name, role, course=into)
    made = {"login": name, "role": role, "course": into, "token": issued}
    options.say(made, issued, as_json=as_json)


def import_roster(
    file: Annotated[Path, typer.Argument(help="CSV with name, email, role, section.")],
    tokens: Annotated[
        Path | None,
        typer.Option(help="Issue a token for each new person and write them here, as CSV."),
    ] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out lines that cannot be imported; do not ask.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Students whom the file does not name have dropped.")
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="With --drop: also if they are most of the students."),
    ] = False,
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Bring a course's roster up to date; lines that cannot be imported are shown first."""
    from grader import app as service
    from grader.course import roster
    from grader.service import accounts, courses

    if not file.is_file():
        raise errors.NotValid(f"{file}: no such file.")
    _require_new(tokens)
    listed = roster.parse(file.read_bytes())
    with service.open_store(settings.chosen(data_dir=data), new=True) as store:
        courses.require_open_course(store, into)
        done = _take(store, listed, into, {"skip": skip, "drop": drop, "confirm": confirm})
        options.say(dataclasses.asdict(done), _imported(done), as_json=as_json)
        if tokens:
            issued = [(login, accounts.add_token(store, login)[0]) for login in done.added]
            _write_tokens(tokens, issued)


def token(
    name: Name,
    scope: Annotated[str, typer.Option(help="all, read, or submit (reading and submitting)")] = (
        "all"
    ),
    days: Annotated[float, typer.Option(min=0, help="Until it expires; 0 is never.")] = 0,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Print another token for a person; it is shown only once."""
    from grader import app as service
    from grader.service import accounts

    with service.open_store(settings.chosen(data_dir=data)) as store:
        issued, made = accounts.add_token(store, name, scope=scope, days=days, label=label)
    options.say(_token(made) | {"token": issued}, issued, as_json=as_json)


def tokens(name: Name, as_json: submit.AsJson = False, data: options.Data = None) -> None:
    """List a person's tokens: number, scope, purpose, and until when they are valid."""
    from grader import app as service
    from grader.service import accounts
    from grader.store import users

    with service.open_store(settings.chosen(data_dir=data)) as store:
        if users.by_name(store, name) is None:
            raise accounts.AccountError(f"There is no user {name!r}.")
        found = users.tokens(store, name)
    lines = "\n".join(map(_token_line, found)) or f"{name} has no token."
    options.say([_token(issued) for issued in found], lines, as_json=as_json)


def revoke(
    name: Name,
    number: Annotated[int, typer.Argument(help="As `grader users tokens` lists it.")],
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """End a token at once, and every session that was opened with it."""
    from grader import app as service
    from grader.service import accounts
    from grader.store import users

    with service.open_store(settings.chosen(data_dir=data)) as store:
        if not users.revoke(store, name, number, accounts.COMMAND_LINE):
            raise accounts.AccountError(f"{name} has no valid token of the number {number}.")
    done = {"login": name, "revoked": number}
    options.say(done, f"Token {number} of {name} has ended.", as_json=as_json)


def late_days(
    name: Name,
    change: Annotated[int, typer.Option(help="Days to give; a negative number takes them.")] = 0,
    reason: Annotated[str, typer.Option(help="For the log.")] = "",
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    course: options.Course = None,
    data: options.Data = None,
) -> None:
    """Show a student's late days over the term, or give or take some."""
    from grader import app as service
    from grader.service import accounts, courses
    from grader.service import late_days as days

    chosen = settings.chosen(course_dir=course, data_dir=data)
    with service.open_store(chosen) as store:
        folder = service.open_course(chosen, store)
        if change:
            courses.require_open_course(store, into)
            days.change(store, folder, name, change, reason, accounts.COMMAND_LINE, of=into)
        everybody = days.accounts(store, folder, of=into).values()
        found = [one for one in everybody if one.student == name]
        if not found:
            raise errors.NotFound(f"{name} is no student, or this course has no late days.")
        own = found[0].account
    left = {"login": name, "left": own.left, "given": own.given}
    words = f"{name} has {own.left} of {own.given} late days left"
    options.say(left, words, as_json=as_json)


def forget(
    name: Annotated[str, typer.Argument(help="Login name.")],
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Delete one person with all uploads, reports and tokens. It cannot be undone."""
    from grader import app as service
    from grader.service import erasure

    chosen = settings.chosen(data_dir=data)
    with service.open_store(chosen) as store:
        erasure.require(store, name)
        if not sure:
            typer.confirm(f"Delete {name} and everything of theirs?", abort=True)
        said = erasure.forget(store, service.uploads_of(chosen), name)
    options.say({"login": name, "forgotten": said}, said, as_json=as_json)


def _take(
    store: "database.Database", listed: "roster.RosterFile", into: str, ways: dict[str, bool]
) -> "roster_store.Imported":
    """Take a roster; what speaks against it is shown, and taken all the same if they say so."""
    from grader.course import roster
    from grader.service import accounts
    from grader.store import roster as stored

    try:
        return stored.apply(store, listed, accounts.COMMAND_LINE, into, **ways)
    except roster.OddLines as exc:
        _ask("These lines cannot be imported:", exc.reasons, "Import the others?")
        return _take(store, listed, into, ways | {"skip": True})
    except roster.ManyDropped as exc:
        _ask("Nothing was changed:", exc.reasons, "Have they dropped?")
        return _take(store, listed, into, ways | {"confirm": True})


def _ask(what: str, reasons: Sequence[str], question: str) -> None:
    typer.echo(what, err=True)
    typer.echo("\n".join(f"  {reason}" for reason in reasons), err=True)
    typer.confirm(question, abort=True, err=True)


def _imported(done: "roster_store.Imported") -> str:
    words = f"{len(done.added)} added, {len(done.changed)} changed, {done.unchanged} unchanged"
    words += f", {len(done.dropped)} dropped" if done.dropped else ""
    words += f", {len(done.skipped)} left out" if done.skipped else ""
    unused = f"Columns that were not used: {', '.join(done.unused)}"
    return "\n".join([words, *done.changes, *([unused] if done.unused else [])])


def _token(issued: "rows.Token") -> dict[str, object]:
    """A token for programs: everything but itself."""
    return dataclasses.asdict(issued)


def _token_line(issued: "rows.Token") -> str:
    until = "no end"
    if issued.expires_at:
        is_over = issued.expires_at < datetime.datetime.now(datetime.UTC)
        until = f"{'expired' if is_over else 'until'} {issued.expires_at:%Y-%m-%d}"
    state = f"revoked {issued.revoked_at:%Y-%m-%d}" if issued.revoked_at else until
    return f"{issued.id:6}  {issued.scope:6}  {state:20}  {issued.label}"


def _require_new(path: Path | None) -> None:
    """Tokens are shown once, so a file that cannot take them is refused before any is issued."""
    if path and (path.exists() or not path.parent.is_dir()):
        raise errors.NotValid(f"{path}: name a new file, in a folder that exists.")


def _write_tokens(path: Path, issued: list[tuple[str, str]]) -> None:
    """Readable for the owner alone, and never over a file that is there."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("login", "token"), *issued])
    typer.echo(f"{len(issued)} tokens in {path}; delete it once they are handed out", err=True)
