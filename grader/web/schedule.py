"""A homework's schedule: what its files say, what staff changed, and the form that changes it.

Owns this page's routes. What a change may be is `grader.service.schedules`'s.
"""

import datetime
import urllib.parse
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import schedule_edits
from grader.http import dependencies
from grader.service import context, schedules
from grader.store import schedule_edits as stored
from grader.web import rendering, score_table, view_models

router = rendering.router_for_markers()

SHOWN = "shown."  # before the name of a field: what the form held when it was opened
LABELS: Mapping[str, tuple[str, str]] = {
    "opens": ("Opens", "Before, students see nothing of it."),
    "due": ("Due", ""),
    "late.grace_h": ("Grace, in hours", "After the due date; costs nothing."),
    "late.cutoff_h": ("Cut-off, in hours after the due date", "Empty: uploads are always taken."),
    "late.percent": ("Late penalty, in percent", "Of the points earned, for each step below."),
    "late.per": ("Taken off for each started", ""),
    "late.most_percent": ("Late penalty at most, in percent", ""),
    "attempts_per_day": ("Attempts a day", "0: any number."),
    "published": ("Grades are published", "Marks and tests that wait for them are shown."),
    "publish_at": ("Publish grades at", "From then on, as if they were published by hand."),
    "requests_until": ("Regrade requests until", "Empty: for as long as students like."),
    "hidden_score": ("Points of hidden tests", "What students see before grades are published."),
    "active": ("Which submission counts", "Of each student; staff may choose another."),
    "reuse_results": ("Equal uploads", "Answered by the result they had under the same tests."),
    "time_zone": ("Time zone", "Like America/Chicago. Dates stay what they are, on its clock."),
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "late.per": {"day": "day", "hour": "hour", "once": "once only"},
    "hidden_score": {"total": "one sum", "task": "a sum for each task", "none": "hidden"},
    "published": {"yes": "yes", "no": "no"},
    "active": {"latest": "the latest", "best": "the best", "chosen": "the one they choose"},
    "reuse_results": {"yes": "answered at once", "no": "graded again"},
}

Name = Annotated[str, Query(max_length=200)]


async def _typed(request: Request) -> dict[str, str]:
    """The fields of the form, whatever was filled in."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(_typed)]


@router.get("/assignments/{slug}/schedule")
def schedule_page(
    slug: str,
    request: Request,
    services: dependencies.Services,
    section: Name = "",
    student: Name = "",
) -> HTMLResponse:
    """What holds, for everybody, a section or a student, and by whom it was changed."""
    return _page(slug, request, services, _whom(section, student))


@router.post("/assignments/{slug}/schedule", dependencies=[rendering.OwnForm])
def change(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    typed: Typed,
    version: Annotated[int, Form(ge=0)] = 0,
    section: Annotated[str, Form(max_length=200)] = "",
    student: Annotated[str, Form(max_length=200)] = "",
    reset: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Change what was filled in differently, or take one field's change back."""
    whom = _whom(section, student)
    shown = {n.removeprefix(SHOWN): v for n, v in typed.items() if n.startswith(SHOWN)}
    wanted = {} if reset else dict(schedules.fields(typed, shown))
    try:
        if wanted or reset:
            taken_back = [reset] if reset else []
            schedules.change(services, user, slug, whom, wanted, taken_back, version)
    except errors.Refusal as exc:
        return _page(slug, request, services, whom, exc, wanted)
    return rendering.to(_address(slug, whom))


def _whom(section: str, student: str) -> schedule_edits.Whom:
    student = student.strip()
    return schedule_edits.Whom("" if student else section.strip(), student)


def _address(slug: str, whom: schedule_edits.Whom) -> str:
    query = {"section": whom.section, "student": whom.student}
    asked = urllib.parse.urlencode({name: value for name, value in query.items() if value})
    return f"/assignments/{slug}/schedule" + (f"?{asked}" if asked else "")


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    whom: schedule_edits.Whom,
    refused: Exception | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it was not possible."""
    try:
        found = schedules.in_force(services, slug, whom)
    except errors.NotFound as exc:
        found, refused = schedules.in_force(services, slug), exc
    zone = services.course.load(slug).manifest.schedule.zone
    return rendering.render(
        request,
        "schedule.html",
        refused=refused,
        section="schedule",
        assignment=services.course.load(slug).manifest,
        found=found,
        lines=[_line(one, zone, given or {}) for one in found.fields],
        sections=stored.sections(services.store, slug),
        changed=[(str(one), _address(slug, one)) for one in schedules.changed_for(services, slug)],
    )


def _line(
    one: schedules.FieldInForce, zone: datetime.tzinfo, given: Mapping[str, str]
) -> dict[str, Any]:
    """A field for the form: its label, its value as an input holds it, where that comes from."""
    label, hint = LABELS[one.name]
    shown = _input(one.name, one.value, zone)
    return {
        "name": one.name,
        "label": label,
        "hint": hint,
        "kind": schedule_edits.FIELDS[one.name].name.lower(),
        "shown": shown,
        "value": given.get(one.name, shown),
        "choices": WORDS.get(one.name, {}),
        "written": _words(one.name, one.written, zone),
        "inherited": _words(one.name, one.inherited, zone),
        "now": _words(one.name, one.value, zone),
        "change": one.change,
    }


def _input(name: str, value: Any, zone: datetime.tzinfo) -> str:
    """A value as its input field holds it."""
    match schedule_edits.FIELDS[name], value:
        case _, None:
            return ""
        case schedule_edits.FieldKind.MOMENT, str():
            moment = _local(value, zone).replace(tzinfo=None)
            return moment.isoformat(timespec="auto" if moment.second else "minutes")
        case schedule_edits.FieldKind.FLAG, _:
            return "yes" if value else "no"
        case schedule_edits.FieldKind.NUMBER, _:
            return score_table.in_full(value)
    return str(value)


def _words(name: str, value: Any, zone: datetime.tzinfo) -> str:
    """A value as people read it."""
    if value is None:
        return "none"
    if name == schedules.ZONE:
        return str(value or "UTC")
    if schedule_edits.FIELDS[name] is schedule_edits.FieldKind.MOMENT:
        return view_models.moment(_local(value, zone), "short")
    shown = _input(name, value, zone)
    return WORDS.get(name, {}).get(shown, shown)


def _local(value: str, zone: datetime.tzinfo) -> datetime.datetime:
    return datetime.datetime.fromisoformat(value).astimezone(zone)
