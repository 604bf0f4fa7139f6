"""Launches: from a link in an LMS to a page of ours, signed in as the person who followed it.

Owns the order of the checks and what a launch may do. The protocol is `grader.lti`'s, who may
become whom `grader.course.lms_people`'s; cookies and pages are `grader.web.lti`'s.

Theory of operation
    login   the platform asks; a login is remembered (state, nonce, what only this browser knows)
            and the browser is sent to the platform
    launch  the platform's signed word comes back by the browser. The login is used up first, so
            that nothing can be sent a second time; then everything is checked against the platform
            that was asked, never against one that the message names.
    ticket  what follows (entering, choosing a homework) bears a ticket that is used once: in a
            frame of the LMS there is no session of ours, and none is needed.
"""

import datetime
import hmac
import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.course import permissions
from grader.lti import identity, launch, login, platforms, service_access
from grader.lti.launch import LaunchRefused
from grader.service import accounts, context, lti_platforms
from grader.service import courses as own_courses
from grader.store import lti_courses as courses
from grader.store import lti_launches as stored
from grader.store import lti_people as people
from grader.store import lti_platforms as stored_platforms

LOGIN_LASTS: Final = datetime.timedelta(minutes=10)
TICKET_LASTS: Final = datetime.timedelta(minutes=30)
ENTER: Final = "enter"
CHOOSE: Final = "choose"  # which homework a new link of the LMS opens
SET_LINK: Final = "set link"  # which homework an existing link opens
LABEL: Final = "session by LTI"
BY_LAUNCH: Final = "LMS launch"  # who did something, in the audit log
USED: Final = (
    "This launch has been used or has expired. Go back to the LMS and open the link there again."
)


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """A login that was started.

    Attributes:
        url: where the browser goes now.
        state, browser: what comes back with the launch, and what only this browser knows.
    """

    url: str
    state: str
    browser: str


@dataclass(frozen=True, slots=True)
class Landing:
    """What follows a launch: a page that is entered, or a choice of a homework.

    Attributes:
        purpose: of the ticket.
        path: the page.
        course: of ours.
    """

    ticket: str
    purpose: str
    path: str = "/"
    course: str = ""


def new_browser() -> str:
    """What a browser is known again by."""
    return secrets.token_urlsafe(32)


def begin(services: context.Services, asked: login.LoginRequest, browser: str = "") -> StartedLogin:
    """Remember a login and send the browser to the platform.

    Args:
        browser: what this browser knows already.

    Raises:
        LaunchRefused: the platform is not registered.
        Conflict: the service does not know its own address.
    """
    site = lti_platforms.site(services)
    found = stored_platforms.of_issuer(services.store, asked.issuer, asked.client_id)
    if not found:
        raise LaunchRefused("This LMS is not registered here; tell the operators of this service.")
    if len(found) > 1:
        raise LaunchRefused("The LMS does not say by which of its registrations it asks.")
    registration = found[0].registration
    if asked.deployment:
        _check_deployment(registration, asked.deployment)
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    browser = browser or new_browser()
    waiting = stored.PendingLogin(found[0].id, nonce, accounts.digest(browser), asked.storage)
    stored.begin(services.store, accounts.digest(state), waiting, LOGIN_LASTS)
    back = f"{site}/lti/launch"
    url = login.authentication_url(registration, asked, back, state, nonce)
    return StartedLogin(url, state, browser)


def waiting(
    services: context.Services, state: str
) -> tuple[stored.PendingLogin, platforms.Platform]:
    """The login that a launch answers, and who was asked.

    Raises:
        LaunchRefused: there is none that waits.
    """
    found = stored.look(services.store, accounts.digest(state)) if state else None
    if found is None:
        raise LaunchRefused(USED)
    return found, lti_platforms.find(services, found.platform_id)


def land(services: context.Services, state: str, browser: str, token: str) -> Landing:
    """Take a launch.

    Args:
        browser: what the browser knows that asked.
        token: the platform's signed word.

    Raises:
        LaunchRefused: with what is wrong, for the person at the browser.
    """
    asked, platform = waiting(services, state)
    known = accounts.digest(browser)
    if not hmac.compare_digest(known, asked.browser_sha256):
        raise LaunchRefused("This launch was started in another browser.")
    if not stored.use(services.store, accounts.digest(state), known):
        raise LaunchRefused(USED)
    keys = services.lti.keys_for(platform.registration, token)
    claims = identity.verified(token, keys, platform.registration, asked.nonce)
    return _landed(services, platform, launch.read(claims))


def take_ticket(services: context.Services, ticket: str, purpose: str) -> dict[str, Any]:
    """What a launch has proved; a second time it proves nothing.

    Raises:
        LaunchRefused: there is no such ticket.
    """
    content = stored.take(services.store, accounts.digest(ticket), purpose)
    if content is None:
        raise LaunchRefused(USED)
    return content


def session_token(services: context.Services, entered: Mapping[str, Any], days: float) -> str:
    """A token for the session of somebody whom a launch has brought here, for that course alone.

    Args:
        entered: what a ticket for entering says.
    """
    name, course = entered["user"], entered["course"]
    return accounts.add_token(
        services.store, name, BY_LAUNCH, days=days, label=LABEL, course=course
    )[0]


def homeworks(services: context.Services, course: str) -> Sequence[tuple[str, str]]:
    """Slug and title of each homework of a course that a link can open."""
    slugs = own_courses.homeworks_in(services, course)
    return [(slug, services.course.load(slug).manifest.title) for slug in slugs]


def set_link(services: context.Services, ticket: str, homework: str) -> Landing:
    """Let the link that was followed open a homework from now on; none: the list of all.

    Raises:
        LaunchRefused: there is no such ticket, or no such homework.
    """
    content = take_ticket(services, ticket, SET_LINK)
    path = "/"
    if homework:
        _require_homework(services, homework, content["in_course"])
        given = (content["course"], content["link"], content["title"], homework)
        courses.link(services.store, *given, content["title_of_user"])
        if content["column"]:
            courses.add_column(services.store, content["course"], homework, content["column"])
        path = f"/assignments/{homework}"
    return _entering(services, content["user"], content["in_course"], path)


def _landed(
    services: context.Services, platform: platforms.Platform, known: launch.Launch
) -> Landing:
    _check_deployment(platform.registration, known.deployment)
    may_make = service_access.LINE_ITEMS in known.services.scopes
    course_id, course = courses.seen(services.store, platform.id, known, may_make_items=may_make)
    if not course:
        raise LaunchRefused(
            "This course of the LMS is not connected with this service yet. An instructor of this "
            f"service accepts it on its page {lti_platforms.site(services)}/lms; then open the "
            "link again."
        )
    if known.subject.role is None:
        raise LaunchRefused("The LMS does not say that you have a part in the course.")
    if known.choice is not None:
        return _choosing(services, platform, known, known.choice, course)
    where = people.EntryCourse(platform.id, course_id, course)
    (entered,) = people.enter(services.store, where, [known.subject], BY_LAUNCH)
    if isinstance(entered, str):
        raise LaunchRefused(entered)
    return _following(services, where, known, entered)


def _following(
    services: context.Services,
    where: people.EntryCourse,
    known: launch.Launch,
    user: people.Entrant,
) -> Landing:
    """The page that the followed link opens."""
    homework = _followed(services, where, known)
    has_scores = service_access.SCORES in known.services.scopes
    column = known.services.line_item_url if has_scores else ""
    if not homework and permissions.is_instructor(user.role):
        return _setting_link(services, where, known, user, column)
    if homework and column:
        courses.add_column(services.store, where.context_id, homework, column)
    path = f"/assignments/{homework}" if homework else "/"
    return _entering(services, user.name, where.course, path)


def _followed(services: context.Services, where: people.EntryCourse, known: launch.Launch) -> str:
    """The homework of a link, as it names it itself or as it was set here; empty for none."""
    homework = _named_homework(services, known)
    if not homework:
        return courses.linked(services.store, where.context_id, known.link_id)
    _require_homework(services, homework, where.course)
    link = (where.context_id, known.link_id, known.link_title, homework)
    courses.link(services.store, *link, BY_LAUNCH)
    return homework


def _setting_link(
    services: context.Services,
    where: people.EntryCourse,
    known: launch.Launch,
    user: people.Entrant,
    column: str,
) -> Landing:
    """The page where a teacher says which homework a link opens."""
    content = {
        "course": where.context_id,
        "in_course": where.course,
        "link": known.link_id,
        "title": known.link_title,
        "column": column,
        "user": user.name,
        "title_of_user": user.title,
    }
    return Landing(_issued(services, SET_LINK, content), SET_LINK, course=where.course)


def _entering(services: context.Services, name: str, course: str, path: str) -> Landing:
    ticket = _issued(services, ENTER, {"user": name, "course": course, "path": path})
    return Landing(ticket, ENTER, path, course)


def _choosing(
    services: context.Services,
    platform: platforms.Platform,
    known: launch.Launch,
    asked: launch.DeepLinking,
    course: str,
) -> Landing:
    if known.subject.role is None or not permissions.may_mark(known.subject.role):
        raise LaunchRefused("Choosing a homework is for the teachers of the course.")
    if not asked.accepts_links:
        raise LaunchRefused("The LMS asks for something else than links; there are only links.")
    plain = lti_platforms.site(services).startswith("http://")
    if platforms.address_fault(asked.return_url, plain=plain, host=_host(platform)):
        raise LaunchRefused("The LMS does not say properly where the choice goes.")
    content = {
        "platform": platform.id,
        "in_course": course,
        "deployment": known.deployment,
        "return_url": asked.return_url,
        "accepts_line_item": asked.accepts_line_item,
        "data": asked.data,
    }
    return Landing(_issued(services, CHOOSE, content), CHOOSE, course=course)


def _issued(services: context.Services, purpose: str, content: Mapping[str, Any]) -> str:
    ticket = secrets.token_urlsafe(accounts.TOKEN_BYTES)
    stored.issue(services.store, accounts.digest(ticket), purpose, content, TICKET_LASTS)
    return ticket


def _named_homework(services: context.Services, known: launch.Launch) -> str:
    """The homework that the link itself names, by a custom parameter or its address."""
    if known.homework:
        return known.homework
    site = urllib.parse.urlsplit(lti_platforms.site(services))
    target = urllib.parse.urlsplit(known.target)
    first, _, slug = target.path.strip("/").partition("/")
    is_ours = (target.scheme, target.netloc.lower()) == (site.scheme, site.netloc.lower())
    return slug if is_ours and first == "assignments" and "/" not in slug else ""


def _require_homework(services: context.Services, slug: str, course: str) -> None:
    """Raises LaunchRefused for a homework that is not of this course of ours."""
    if slug not in own_courses.homeworks_in(services, course):
        shown = slug[:100]
        raise LaunchRefused(
            f"The link opens the homework {shown!r}, which is not in this course; tell your "
            "teacher."
        )


def _check_deployment(registration: platforms.Registration, deployment: str) -> None:
    if registration.deployments and deployment not in registration.deployments:
        raise LaunchRefused("The LMS launches from a deployment that is not registered here.")


def _host(platform: platforms.Platform) -> str:
    return platforms.host_of(platform.registration.auth_url)
