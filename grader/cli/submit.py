"""`grader submit`, `status`, `report`: send homework to a service, follow it, read what came of it.

Owns flags, exit statuses and the progress on a terminal. What is asked of the service is
`grader.client.submissions`'.
"""

import contextlib
import enum
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader import errors
from grader.cli import options

if TYPE_CHECKING:  # the commands themselves start without HTTP
    from grader.client import connection

Assignment = Annotated[
    str, typer.Option("--assignment", "-a", help="The homework; found out where possible.")
]
Service = Annotated[str, typer.Option("--url", help="The service; the one logged in to last.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Minimum = Annotated[str, typer.Option("--min-score", help="Exit with 1 below it: 80%, or points.")]


class Format(enum.StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def submit(
    path: Annotated[Path, typer.Argument(help="Your folder, notebook, file or zip.")] = Path(),
    assignment: Assignment = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until it is graded.")] = False,
    min_score: Minimum = "0",
    url: Service = "",
    as_json: AsJson = False,
) -> None:
    """Submit homework. Exit: 0 graded or accepted, 1 below --min-score, 2 refused, 3 not graded."""
    from grader.client import homework, submissions

    with open_service(url) as service:
        slug = homework.chosen(assignment, path.resolve(), submissions.listed(service))
        upload = submissions.prepared(path.resolve())
        _say("\n".join((*upload.notes, f"Submitting {slug}: {upload.summary}")))
        with _uploading() as on_bytes:
            sent = submissions.send(service, slug, upload, on_bytes)
        _say(f"Accepted: {submissions.page(service, sent['id'])}")
        say_new = _once(upload.notes)
        say_new(submissions.notes(sent))
        if wait:
            _wait_for(service, sent["id"], min_score, say_new, as_json=as_json)
        elif as_json:
            typer.echo(json.dumps(sent, indent=2))
        else:
            typer.echo(sent["id"])


def status(
    submission: Annotated[str, typer.Argument(help="Its id; else your newest.")] = "",
    assignment: Assignment = "",
    wait: Annotated[bool, typer.Option("--wait", help="Until it is graded.")] = False,
    min_score: Minimum = "0",
    url: Service = "",
    as_json: AsJson = False,
) -> None:
    """Where a submission stands, or, without a name, each homework and your newest submission."""
    from grader.client import submissions

    with open_service(url) as service:
        if not submission and not assignment:
            _overview(service, as_json=as_json)
            return
        submission = submission or submissions.latest(service, assignment)
        if wait:
            _wait_for(service, submission, min_score, _once(), as_json=as_json)
            return
        found = service.get(f"/api/submissions/{submission}")
        words = "\n".join(submissions.said(found))
        options.say(found, words, as_json=as_json)


def report(
    submission: Annotated[str, typer.Argument(help="Its id; else your newest.")] = "",
    assignment: Assignment = "",
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
    min_score: Minimum = "0",
    as_student: Annotated[
        bool, typer.Option("--as-student", help="For staff: what its student sees.")
    ] = False,
    url: Service = "",
    as_json: AsJson = False,
) -> None:
    """Print a submission's report. Exit: 1 below --min-score."""
    from grader.client import submissions

    with open_service(url) as service:
        if not submission:
            submission = submissions.latest(service, _slug(service, assignment))
        if format_ is Format.JUNIT:
            typer.echo(service.text(f"/api/submissions/{submission}/report", format="junit"))
            return
        found = submissions.report(service, submission, as_student=as_student)
        page = submissions.page(service, submission)
        _print(found, page, Format.JSON if as_json else format_)
        _exit_by(found, min_score)


def _wait_for(
    service: "connection.Connection",
    submission: str,
    min_score: str,
    say_new: Callable[[Iterable[str]], None],
    *,
    as_json: bool,
) -> None:
    """Follow a submission to its end, print its report, exit by its score."""
    from grader.client import submissions

    with _following(say_new) as (on_status, on_test):
        ended = submissions.follow(service, submission, on_status, on_test)
    if ended["state"] != "done":
        if as_json:
            typer.echo(json.dumps(ended, indent=2))
        refused = ended["state"] in ("refused", "superseded", "cancelled")
        status = options.EXIT_REFUSED if refused else options.EXIT_FAULT
        options.fail(submissions.in_words(ended), *ended["reasons"], status=status)
    found = submissions.report(service, submission)
    form = Format.JSON if as_json else Format.TEXT
    _print(found, submissions.page(service, submission), form)
    _exit_by(found, min_score)


def _print(found: dict[str, Any], page: str, form: Format) -> None:
    from grader.client import report_markdown, report_text

    match form:
        case Format.JSON:
            typer.echo(json.dumps(found | {"page": page}, indent=2))
        case Format.MARKDOWN:
            typer.echo(report_markdown.text(found, page))
        case _:
            typer.echo(f"{report_text.text(found)}\n{page}")


def _exit_by(found: dict[str, Any], min_score: str) -> None:
    from grader.cli import minimum

    total = found.get("total") or found
    score = None if found["score"] is None else Fraction(str(total["score"]))
    if not minimum.reaches(score, Fraction(str(total["max_score"])), min_score):
        sys.exit(options.EXIT_BELOW_MINIMUM)


def _overview(service: "connection.Connection", *, as_json: bool) -> None:
    """Each homework with its due date and the newest submission."""
    from grader.client import report_text, submissions

    lines, found = list[str](), list[dict[str, Any]]()
    for one in submissions.listed(service):
        path = f"/api/assignments/{one['slug']}/submissions"
        newest = next(iter(service.get(path, limit=1)["submissions"]), None)
        found.append({"assignment": one["slug"], "due": one["due"], "newest": newest})
        said = "nothing submitted"
        if newest:
            total = newest["total"]
            points = report_text.headline({"score": 0, "total": total}) if total else newest["id"]
            said = f"{submissions.LABELS.get(newest['state'], newest['state'])}: {points}"
        lines.append(f"{one['slug']:24} due {options.moment(one['due']):28} {said}")
    words = "\n".join(lines or ["No homework is open for you yet."])
    options.say(found, words, as_json=as_json)


def _slug(service: "connection.Connection", assignment: str) -> str:
    from grader.client import homework, submissions

    return homework.chosen(assignment, Path().resolve(), submissions.listed(service))


def open_service(url: str) -> "connection.Connection":
    """The service that was logged in to.

    Raises:
        NotAllowed: there is no token for it.
    """
    from grader.client import connection, credentials

    login = credentials.current(url)
    if not login.token:
        raise errors.NotAllowed(f"You are not logged in: grader login {login.url}")
    return connection.Connection(login)


@contextlib.contextmanager
def _uploading() -> Iterator[Callable[[int, int], None] | None]:
    """A bar of the bytes that have been sent, on a terminal only."""
    from grader.cli import progress_bar

    if not sys.stderr.isatty():
        yield None
        return
    with progress_bar.of_bytes("Uploading") as advance:
        yield advance


@contextlib.contextmanager
def _following(
    say_new: Callable[[Iterable[str]], None],
) -> Iterator[tuple[Callable[..., None], Callable[..., None]]]:
    """One line that changes on a terminal; elsewhere a line whenever the state does.

    Args:
        say_new: says the notes on the files that it has not said before.
    """
    from grader.cli import progress_bar
    from grader.client import submissions

    with progress_bar.changing() as show:

        def on_status(status: dict[str, Any]) -> None:
            if status["state"] in submissions.UNFINISHED:  # what follows has them all
                say_new(submissions.notes(status))
            show(submissions.in_words(status), status["state"])

        yield on_status, lambda _test: None


def _once(said: Iterable[str] = ()) -> Callable[[Iterable[str]], None]:
    """A function that prints each line once, and none of those that have been said."""
    known = set(said)

    def say_new(lines: Iterable[str]) -> None:
        for line in lines:
            if line not in known:
                known.add(line)
                _say(line)

    return say_new


def _say(text: str) -> None:
    typer.echo(text, err=True)
