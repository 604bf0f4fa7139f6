"""`grader regrade`, `grader extend`: what instructors ask of a service from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import datetime
import json
import zoneinfo
from typing import Annotated

import typer

from grader import errors, models
from grader.assignment import schedule_edits
from grader.cli import options, submit


def regrade(
    slug: options.Slug,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the regrade.")],
    which: Annotated[models.Which, typer.Option(help="Which submissions.")] = models.Which.LATEST,
    submission: Annotated[
        list[str] | None, typer.Option(help="The id of one; may be repeated. Then only these.")
    ] = None,
    every_test: Annotated[
        bool, typer.Option("--every-test", help="Run every test, also where nothing has changed.")
    ] = False,
    version: Annotated[
        int | None, typer.Option(help="Of the homework, to grade by; the live one by default.")
    ] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Grade submissions again by the suite as it is now. Nothing counts until you apply it."""
    chosen = models.Which.CHOSEN if submission else which
    asked = {
        "which": chosen,
        "reason": reason,
        "submissions": submission or [],
        "every_test": every_test,
        "version": version,
    }
    with submit.open_service(url) as service:
        started = service.post(f"/api/assignments/{slug}/regrades", asked)
        page = f"{service.url}/regrades/{started['id']}"
    typer.echo(json.dumps(started | {"page": page}, indent=2) if as_json else page)


def extend(
    slug: options.Slug,
    student: Annotated[str, typer.Argument(help="Login name.")],
    due: Annotated[str, typer.Argument(help="2026-10-09T23:59, in the course's time zone.")],
    reason: Annotated[str, typer.Option(help="The student reads it.")] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Give one student a later due date."""
    with submit.open_service(url) as service:
        zone = service.get(f"/api/assignments/{slug}")["terms"]["time_zone"]
        body = {"due": _moment(due, zoneinfo.ZoneInfo(zone)).isoformat(), "reason": reason}
        granted = service.put(f"/api/assignments/{slug}/extensions/{student}", body)
    if as_json:
        typer.echo(json.dumps(granted, indent=2))
    else:
        typer.echo(f"{slug} is due for {student} on {granted['due']}")


def _moment(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    """A date and time; one without a time zone is the course's, a date alone its last minute."""
    try:
        moment = datetime.datetime.fromisoformat(schedule_edits.with_time(text, ends=True))
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise errors.NotValid(
            f"{text}: write a date and a time, as 2026-10-09T23:59 or 2026-10-09T23:59-05:00."
        ) from None
