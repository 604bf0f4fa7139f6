"""`grader submissions`: what staff do with submissions on a service, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import enum
from pathlib import Path
from typing import Annotated

import typer

from grader.cli import options, submit

Submission = Annotated[str, typer.Argument(help="Its id.")]
Reason = Annotated[str, typer.Option(help="For the log.")]


class WhichUploads(enum.StrEnum):
    """Which of each student's submissions."""

    LATEST = "latest"
    COUNTING = "counting"
    ALL = "all"


def download(
    slug: options.Slug,
    which: Annotated[
        WhichUploads, typer.Option(help="Which of each student's.")
    ] = WhichUploads.LATEST,
    into: Annotated[Path | None, typer.Option(help="The file; SLUG-WHICH.zip by default.")] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Download students' uploads as one zip with a manifest."""
    target = into or Path(f"{slug}-{which}.zip")
    with submit.open_service(url) as service:
        path = f"/api/assignments/{slug}/submissions.zip?which={which}"
        target.write_bytes(service.content(path))
    options.say({"file": str(target)}, str(target), as_json=as_json)


def delete(
    submission: Submission,
    reason: Reason,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Delete a submission; the log keeps whose it was, when and why."""
    with submit.open_service(url) as service:
        service.delete(f"/api/submissions/{submission}", reason=reason)
    options.say({"deleted": submission}, f"{submission} is deleted", as_json=as_json)


def move(
    submission: Submission,
    student: Annotated[str, typer.Argument(help="The right student's login.")],
    reason: Reason,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Give a submission that was uploaded for the wrong person to the right one."""
    with submit.open_service(url) as service:
        body = {"student": student, "reason": reason}
        moved = service.post(f"/api/submissions/{submission}/move", body)
    options.say(moved, f"{submission} is the work of {student} now", as_json=as_json)


def choose(
    submission: Submission,
    by_rule: Annotated[
        bool, typer.Option("--by-rule", help="Take a choice back; the homework's rule decides.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Let this submission of its student count, whatever the homework's rule says."""
    path = f"/api/submissions/{submission}/active"
    with submit.open_service(url) as service:
        now = service.delete(path) if by_rule else service.put(path, {})
    counting = f"{now['active']} counts now" if now["active"] else "None counts until one is graded"
    options.say(now, counting, as_json=as_json)


def cancel(
    submission: Submission, url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """Cancel the grading of a submission that waits or runs; there will be no report."""
    with submit.open_service(url) as service:
        found = service.post(f"/api/submissions/{submission}/cancel", {})
    options.say(found, f"{submission}: {found['state']}", as_json=as_json)


def log(submission: Submission, url: submit.Service = "") -> None:
    """Print the raw log of a submission's runs."""
    with submit.open_service(url) as service:
        typer.echo(service.text(f"/api/submissions/{submission}/log.txt"), nl=False)
