"""`grader extend`, `grader extensions`: other due dates for single students, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import datetime
import zoneinfo
from typing import Annotated, Any

import typer

from grader import errors
from grader.assignment import schedule_edits
from grader.cli import options, submit

Student = Annotated[str, typer.Argument(help="Login name.")]


def extend(
    slug: options.Slug,
    student: Student,
    due: Annotated[str, typer.Argument(help="2026-10-09T23:59, in the course's time zone.")],
    reason: Annotated[str, typer.Option(help="The student reads it.")] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Give one student a later due date, in place of an earlier extension."""
    with submit.open_service(url) as service:
        zone = service.get(f"/api/assignments/{slug}")["terms"]["time_zone"]
        body = {"due": _moment(due, zoneinfo.ZoneInfo(zone)).isoformat(), "reason": reason}
        granted = service.put(f"/api/assignments/{slug}/extensions/{student}", body)
    words = f"{slug} is due for {student} on {options.moment(granted['due'])}"
    options.say(granted, words, as_json=as_json)


def list_extensions(
    slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """List a homework's extensions: whose, until when, by whom and why."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/extensions")
    lines = [_line(one) for one in found["extensions"]] or ["Nobody has an extension."]
    options.say(found, "\n".join(lines), as_json=as_json)


def withdraw(
    slug: options.Slug,
    student: Student,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Withdraw an extension: everybody's due date holds again, also for what was submitted."""
    with submit.open_service(url) as service:
        service.delete(f"/api/assignments/{slug}/extensions/{student}")
    done = {"assignment": slug, "student": student, "withdrawn": True}
    words = f"Everybody's due date of {slug} holds for {student} again"
    options.say(done, words, as_json=as_json)


def _line(one: dict[str, Any]) -> str:
    said = f"{one['student']:20} {options.moment(one['due']):28} {one['granted_by']}"
    return f"{said}: {one['reason']}" if one["reason"] else said


def _moment(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    """A date and time; one without a time zone is the course's, a date alone its last minute."""
    try:
        moment = datetime.datetime.fromisoformat(schedule_edits.with_time(text, ends=True))
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise errors.NotValid(
            f"{text}: write a date and a time, as 2026-10-09T23:59 or 2026-10-09T23:59-05:00."
        ) from None
