"""A course's settings: what holds, what the file `course.toml` says, and the form that changes it.

Owns this page's routes. What a change may be is `grader.service.course_settings`'s.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from grader import errors
from grader.course import course_settings as fields
from grader.http import dependencies
from grader.notify import kinds
from grader.service import context, course_settings
from grader.web import rendering

router = rendering.router_for_instructors()

SHOWN = "shown."  # before the name of a setting: what the form held when it was opened
LABELS: Mapping[str, tuple[str, str]] = {
    "title": ("Title", ""),
    "term": ("Term", "When it is taught: Fall 2026."),
    "time_zone": (
        "Time zone",
        "Of all its homeworks: like America/Chicago. A homework's schedule may name another.",
    ),
    "late_days": ("Late days", "Of each student, over the term. 0: none."),
    "most_per_homework": ("Late days on one homework, at most", "Empty: all of them."),
    "notify.students": ("Mail to students who have chosen nothing", ""),
    "notify.staff": ("Mail to staff who have chosen nothing", ""),
    "notify.reply_to": ("Answers to students' mail go to", "Empty: to the service's sender."),
}
UNSET: Mapping[str, str] = {
    "time_zone": "each homework's own",
    "most_per_homework": "all of them",
}


async def _typed(request: Request) -> dict[str, str]:
    """The fields of the form, whatever was filled in; ticked boxes with commas between."""
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return typed | {name: _ticked(form, name) for name in fields.OFFERED if SHOWN + name in typed}


def _ticked(form: FormData, name: str) -> str:
    return ",".join(one for one in form.getlist(name) if isinstance(one, str))


Typed = Annotated[dict[str, str], Depends(_typed)]


@router.get("/courses/{course}/settings")
def page(course: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """What holds in the course, and by whom it was changed."""
    return _page(course, request, services)


@router.post("/courses/{course}/settings", dependencies=[rendering.OwnForm])
def change(
    course: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    typed: Typed,
    version: Annotated[int, Form(ge=0)] = 0,
    reset: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Change what was filled in differently, or take one setting's change back."""
    shown = {n.removeprefix(SHOWN): v for n, v in typed.items() if n.startswith(SHOWN)}
    wanted = {} if reset else dict(course_settings.fields(typed, shown))
    try:
        if wanted or reset:
            taken_back = [reset] if reset else []
            course_settings.change(services, user, course, wanted, taken_back, version)
    except errors.Refusal as exc:
        return _page(course, request, services, exc, wanted)
    return rendering.to(f"/courses/{course}/settings")


def _page(
    course: str,
    request: Request,
    services: context.Services,
    refused: Exception | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it was not possible."""
    found = course_settings.in_force(services, course)
    return rendering.render(
        request,
        "course_settings.html",
        refused=refused,
        found=found,
        lines=[_line(one, given or {}) for one in found.fields],
    )


def _line(one: course_settings.SettingInForce, given: Mapping[str, str]) -> dict[str, Any]:
    """A setting for the form: its label, its value as an input holds it, where that comes from."""
    label, hint = LABELS[one.name]
    shown = _input(one.value)
    value = given.get(one.name, shown)
    ticked = value.split(",")
    offered = fields.OFFERED.get(one.name, ())
    return {
        "name": one.name,
        "label": label,
        "hint": hint,
        "kind": fields.FIELDS[one.name].name.lower(),
        "shown": shown,
        "value": value,
        "boxes": [(kind, kinds.WORDS[kinds.named(kind)], kind in ticked) for kind in offered],
        "own": one.name in fields.OWN,
        "written": _words(one.name, one.written),
        "now": _words(one.name, one.value),
        "change": one.change,
    }


def _input(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, list) else str(value)


def _words(name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return UNSET.get(name, "")
    if isinstance(value, list):
        return f"{len(value)} of {len(fields.OFFERED[name])}" if value else "none"
    return str(value)
