"""Sign-in links for people of a course who have no token yet: by mail, or as a table to send.

Owns who may hand some out to whom, what a link is, and how long it is good for. Each person gets
one, once: whoever has a token, or waits for a mail, is left alone. A link leads to the sign-in page
with the token filled in, so that a program that looks at mails signs nobody in. What a mail holds
is made when it is sent and kept nowhere.
"""

import csv
import functools
import io
import secrets
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader import errors, models
from grader.course import memberships, permissions
from grader.exchange import csv_table
from grader.notify import channels
from grader.service import accounts, context, courses
from grader.store import database, rows
from grader.store import sign_in_links as stored

DAYS: Final = 180.0
LABEL: Final = "sign-in link"
SUBJECT: Final = "Your sign-in link for {}"
HEADER: Final = ("login", "name", "email", "link", "token")


@dataclass(frozen=True, slots=True)
class MailedLinks:
    """Logins of those to whom a link is on its way, and of those whose address nobody knows."""

    mailed: tuple[str, ...]
    without_address: tuple[str, ...]


def waiting(services: context.Services, user: rows.User) -> Sequence[stored.Newcomer]:
    """Those of the user's course whom they may give a link, and who have none."""
    return stored.newcomers(services.store, user.course, _names(user))


def mail(services: context.Services, user: rows.User) -> MailedLinks:
    """Send a link to everybody who has none and whose address is known.

    Raises:
        Conflict: this service sends no mail.
    """
    return mailed(services.store, services.channels, user.course, _roles(user), user.title)


def mailed(
    store: database.Database,
    ways: channels.Channels,
    course: str,
    roles: Sequence[models.Role],
    who: str,
) -> MailedLinks:
    """The same for whoever may use the machine; the service sends what is written here.

    Raises:
        NotFound: no such course.
        Conflict: this service sends no mail.
    """
    if ways.smtp is None:
        raise errors.Conflict(
            "This service sends no mail. Download the table of links, and send them yourself."
        )
    subject = SUBJECT.format(courses.find(store, course).title)
    names = [role.value for role in roles]
    reached, others = stored.mail(store, course, names, subject, who)
    return MailedLinks(tuple(one.login for one in reached), tuple(one.login for one in others))


def table(services: context.Services, user: rows.User, site: str) -> str:
    """A CSV line with a new link for everybody who has none; they are shown this once."""
    return made(services.store, user.course, _roles(user), site, user.title)


def made(
    store: database.Database, course: str, roles: Sequence[models.Role], site: str, who: str
) -> str:
    """The same for whoever may use the machine.

    Args:
        site: the service's address; without one there are tokens and no links.
    """
    make = functools.partial(_token, course)
    given = stored.grant(store, course, [role.value for role in roles], make, who)
    sink = io.StringIO()
    lines = csv.writer(sink)
    lines.writerow(HEADER)
    for one, token in given:
        known = map(csv_table.text, (one.login, one.full_name, one.email))
        lines.writerow([*known, link(site, token) if site else "", token])
    return sink.getvalue()


def link(site: str, token: str) -> str:
    """Where somebody signs in with a token."""
    return f"{site}/sign-in?token={urllib.parse.quote(token)}"


def issue(store: database.Database, login: str, course: str) -> tuple[str, rows.Token]:
    """The token of a mail that is about to be sent, and how it is stored."""
    return accounts.add_token(store, login, accounts.SERVICE, days=DAYS, label=LABEL, course=course)


def _token(course: str) -> tuple[str, rows.NewToken]:
    token = secrets.token_urlsafe(accounts.TOKEN_BYTES)
    digest = accounts.digest(token)
    return token, rows.NewToken(digest, models.Scope.ALL, DAYS, LABEL, course)


def _names(user: rows.User) -> list[str]:
    return [role.value for role in _roles(user)]


def _roles(user: rows.User) -> list[models.Role]:
    """Whom the user may hand a link."""
    return [role for role in memberships.ROLES if permissions.manages_tokens(user.role, role)]
