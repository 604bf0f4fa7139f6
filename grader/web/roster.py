"""The roster: everybody of the course, the form for a list of them, and new tokens.

Owns this page's routes. Taking a list and issuing tokens are `grader.service.roster`'s.
"""

import functools
import urllib.parse
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from grader import errors, models
from grader.course import memberships, permissions
from grader.course import roster as rules
from grader.http import csv_stream, dependencies, multipart, public_address
from grader.service import context, roster, sign_in_links
from grader.service import enrolments as enrolling
from grader.store import enrolments, rows
from grader.store import roster as stored
from grader.web import rendering

router = rendering.router_for_instructors()

PEOPLE = 200  # of one page
# The boxes of the form, none of them chosen.
BOXES: Final[Mapping[str, bool]] = dict.fromkeys(("skip", "drop", "confirm"), False)
TOKEN_DAYS = 180.0  # as the API gives them
EMPTY: Final[Mapping[str, str]] = dict.fromkeys(
    ("login", "full_name", "email", "section", "role"), ""
)


@router.get("/roster")
def roster_page(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    after: Annotated[str, Query(max_length=200)] = "",
    *,
    dropped: bool = False,
) -> HTMLResponse:
    """Everybody of the course, and the form for a list of them."""
    return _page(request, services, user, after, dropped=dropped)


@router.post("/roster")
async def import_roster(
    request: Request,
    services: dependencies.Services,
    room: dependencies.UploadRoom,
    user: rendering.Instructor,
) -> Response:
    """Take a list of people; lines that cannot be taken are shown, and left out when asked to.

    A list that most students are not on is shown likewise, and taken when that is confirmed.
    """
    ways = BOXES
    page = functools.partial(_page, request, services, user, "")
    try:
        async with multipart.received(request, rules.MAX_BYTES, room) as form:
            rendering.check_form(request, form.fields.get("form_token", ""))
            take = functools.partial(roster.take, services, user, form.files[0][1])
            ways = {name: name in form.fields for name in BOXES}
            done = await run_in_threadpool(take, **ways)
    except rendering.REFUSED_UPLOADS as exc:
        rendering.raise_unless_refused(exc)
        return await run_in_threadpool(page, exc, ways=ways)
    return await run_in_threadpool(page, done=done)


@router.post("/roster/token", dependencies=[rendering.OwnForm])
def issue_token(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    login: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Make a token for somebody and show it, this once."""
    label = "given on the page of the roster"
    try:
        token, made = roster.issue_token(services, user, login, days=TOKEN_DAYS, label=label)
    except errors.Refusal as exc:
        return _page(request, services, user, "", exc)
    return _page(request, services, user, issued=(login, token, made))


@router.post("/roster/add", dependencies=[rendering.OwnForm])
def add(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    login: rendering.FormText = "",
    full_name: rendering.FormText = "",
    email: rendering.FormText = "",
    section: rendering.FormText = "",
    role: Annotated[models.Role, Form()] = memberships.LEAST,
) -> Response:
    """Enrol one person who is not in the course; who had dropped it is back."""
    given = {"login": login, "full_name": full_name, "email": email, "section": section}
    said = {name: text.strip() or None for name, text in given.items() if name != "login"}
    said["email"] = said["email"] and said["email"].lower()
    try:
        new = enrolments.NewEnrolment(role=role, **said)
        made = enrolling.add(services, user, user.course, login.strip(), new)
    except errors.Refusal as exc:
        return _page(request, services, user, "", exc, given=given | {"role": role.value})
    query = urllib.parse.urlencode({"course": user.course, "login": made.person.login})
    return rendering.to(f"/roster/person?{query}")


@router.post("/roster/mails", dependencies=[rendering.OwnForm])
def mail_links(
    request: Request, services: dependencies.Services, user: rendering.Instructor
) -> Response:
    """Mail a sign-in link to everybody who has none."""
    try:
        mailed = sign_in_links.mail(services, user)
    except errors.Refusal as exc:
        return _page(request, services, user, "", exc)
    return _page(request, services, user, mailed=mailed)


@router.post("/roster/links.csv", dependencies=[rendering.OwnForm])
def links_table(
    request: Request, services: dependencies.Services, user: rendering.Instructor
) -> Response:
    """A table with a new sign-in link for everybody who has none."""
    table = sign_in_links.table(services, user, public_address.own(request))
    return rendering.download(table, f"sign-in-links-{user.course}.csv", csv_stream.MEDIA_TYPE)


def _page(
    request: Request,
    services: context.Services,
    user: rows.User,
    after: str = "",
    refused: Exception | None = None,
    done: stored.Imported | None = None,
    issued: tuple[str, str, rows.Token] | None = None,
    *,
    given: Mapping[str, str] = EMPTY,
    mailed: sign_in_links.MailedLinks | None = None,
    ways: Mapping[str, bool] = BOXES,
    dropped: bool = False,
) -> HTMLResponse:
    behind = after.replace("\0", "")
    people = stored.page(services.store, behind, PEOPLE, user.course, dropped=dropped)
    return rendering.render(
        request,
        "roster.html",
        refused=refused,
        people=people,
        may_issue=functools.partial(permissions.manages_tokens, user.role),
        more=people[-1].person.login if len(people) == PEOPLE else "",
        odd=isinstance(refused, rules.OddLines),
        many=isinstance(refused, rules.ManyDropped),
        ways=ways,
        done=done,
        issued=issued,
        dropped=dropped,
        given=given,
        enrolled=refused.facts.get("login", "") if isinstance(refused, errors.Conflict) else "",
        roles=[role for role in memberships.ROLES if permissions.may_give(user.role, role)],
        mailed=mailed,
        newcomers=len(sign_in_links.waiting(services, user)),
        sends_mail=services.channels.smtp is not None,
    )
