"""The extensions of an assignment, and the form for one.

Owns this page's routes. What an extension may be is `grader.service.extensions`'s.
"""

import datetime
from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from grader import errors, models
from grader.course import memberships
from grader.http import dependencies
from grader.service import context, extensions, late_days
from grader.store import courses, roster
from grader.web import rendering

router = rendering.router_for_markers()

MOST_OFFERED = 1000  # students whose logins a form offers
WRONG_DATE = "This date and time cannot be right; check the day, year and hour."
EMPTY = dict.fromkeys(("student", "due", "reason", "whose", "days", "days_reason"), "")


@router.get("/assignments/{slug}/extensions")
def extensions_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """Who has another due date, and the form for one."""
    return _page(slug, request, services)


@router.post("/assignments/{slug}/extensions", dependencies=[rendering.OwnForm])
def extend(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(max_length=200)] = "",
    due: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=rendering.MAX_REASON)] = "",
) -> Response:
    """Give a student another due date; a time without a zone is the course's."""
    zone = services.course.load(slug).manifest.schedule.zone
    given = EMPTY | {"student": student, "due": due, "reason": reason}
    try:
        extensions.grant(services, user, slug, student.strip(), _moment(due, zone), reason)
    except errors.Refusal as exc:
        return _page(slug, request, services, exc, given)
    return rendering.to(f"/assignments/{slug}/extensions")


@router.post("/assignments/{slug}/late-days", dependencies=[rendering.OwnForm])
def change_late_days(
    slug: str,
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(max_length=200)],
    days: Annotated[int, Form(ge=-1000, le=1000)],
    reason: Annotated[str, Form(max_length=rendering.MAX_REASON)] = "",
) -> Response:
    """Give a student late days over the term, or take some."""
    try:
        late_days.change(
            services.store,
            services.course,
            student.strip(),
            days,
            reason,
            user.title,
            of=user.course,
        )
    except errors.Refusal as exc:
        given = EMPTY | {"whose": student, "days": str(days), "days_reason": reason}
        return _page(slug, request, services, exc, given)
    return rendering.to(f"/assignments/{slug}/extensions")


@router.post("/assignments/{slug}/extensions/withdraw", dependencies=[rendering.OwnForm])
def withdraw(
    slug: str,
    services: dependencies.Services,
    user: rendering.Instructor,
    student: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Take an extension away."""
    extensions.withdraw(services, user, slug, student)
    return rendering.to(f"/assignments/{slug}/extensions")


def _moment(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    """What was filled in as a date that can be meant.

    Raises:
        NotValid: it is none.
    """
    try:
        moment = datetime.datetime.fromisoformat(text)
        return extensions.checked(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except ValueError as exc:
        raise errors.NotValid(WRONG_DATE) from exc


def _page(
    slug: str,
    request: Request,
    services: context.Services,
    refused: Exception | None = None,
    given: Mapping[str, str] = EMPTY,
) -> HTMLResponse:
    """The page; `given` is what was filled in when it was not possible."""
    home = courses.homeworks(services.store).get(slug, memberships.DEFAULT)
    people = roster.page(services.store, "", MOST_OFFERED, home)
    return rendering.render(
        request,
        "extensions.html",
        refused=refused,
        section="extensions",
        assignment=services.course.load(slug).manifest,
        students=[entry.person for entry in people if entry.role is models.Role.STUDENT],
        given=given,
        extensions=extensions.of_assignment(services, slug),
        accounts=_accounts(services, slug),
        own_due=_own_due(services, slug),
    )


def _own_due(services: context.Services, slug: str) -> dict[str, datetime.datetime]:
    """Section -> its due date, of those that have another than everybody's."""
    edits, written = services.course.edits(slug), services.course.as_written(slug)
    named = sorted(whom.section for whom, edit in edits.edits.items() if "due" in edit.changes)
    found = {one: edits.applied(written, one).manifest.schedule.due for one in named if one}
    return {section: due for section, due in found.items() if due}


def _accounts(services: context.Services, slug: str) -> list[late_days.StudentAccount]:
    """Late days of the first of the students; all are in `GET /api/late-days`."""
    found = late_days.of_homework(services.store, services.course, slug)
    return list(found.values())[:MOST_OFFERED]
