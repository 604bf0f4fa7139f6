"""Delivery: sends what is due in the outbox, and says when what failed is tried again.

Owns the pauses between tries and when a message is given up; which messages there are is
`postman`'s. A mail server that is away costs its messages one try each and no attempt to connect
for every one of them.
"""

import datetime
import json
import logging
import smtplib
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from grader import errors
from grader.notify import channels, mail, texts, webhook
from grader.service import accounts, context
from grader.service import sign_in_links as links
from grader.store import messages, sign_in_links, users

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 60.0
LONGEST_PAUSE_S: Final = 3600.0
GIVE_UP_AFTER = datetime.timedelta(days=1)

Deliver = Callable[[messages.OutgoingMessage], None]


def deliver_due(services: context.Services) -> None:
    """Send everything that is due now."""
    while claimed := messages.claim(services.store):
        for one in claimed:
            if one.webhook:
                _try(services, one, lambda call: _call(services, call))
        _post_all(services, [one for one in claimed if not one.webhook])


def pause_after(tries: int) -> float:
    """Seconds until the next try after so many."""
    return min(FIRST_PAUSE_S * 2.0 ** min(tries - 1, 16), LONGEST_PAUSE_S)


def _post_all(services: context.Services, letters: Sequence[messages.OutgoingMessage]) -> None:
    """Send mails over one connection."""
    if not letters:
        return
    ways = services.channels
    try:
        if ways.smtp is None:
            raise errors.Undelivered("No mail server is set any more.", final=True)
        with mail.connected(ways.smtp, ways.sender) as connection:
            for one in letters:
                _try(services, one, lambda letter: _post(services, connection, letter))
    except errors.Undelivered as exc:
        for one in letters:
            _note_failure(services, one, exc)


def _try(services: context.Services, one: messages.OutgoingMessage, deliver: Deliver) -> None:
    try:
        deliver(one)
    except errors.Undelivered as exc:
        _note_failure(services, one, exc)
    else:
        messages.sent(services.store, one.id)


def _post(
    services: context.Services, connection: smtplib.SMTP, one: messages.OutgoingMessage
) -> None:
    if one.kind == sign_in_links.KIND and one.login:
        _post_link(services, connection, one, one.login)
        return
    _post_text(services, connection, one, one.body, one.course)


def _post_link(
    services: context.Services,
    connection: smtplib.SMTP,
    one: messages.OutgoingMessage,
    login: str,
) -> None:
    """Send a link with a token that is made now, and ended if the message is not taken."""
    token, made = links.issue(services.store, login, course=one.body)
    try:
        body = texts.sign_in(links.link(services.channels.site, token))
        _post_text(services, connection, one, body, one.body)
    except errors.Undelivered:
        users.revoke(services.store, login, made.id, accounts.SERVICE)
        raise


def _post_text(
    services: context.Services,
    connection: smtplib.SMTP,
    one: messages.OutgoingMessage,
    body: str,
    course: str,
) -> None:
    ways, rules = services.channels, services.course.rules(course).notify
    message = texts.Message(one.subject, body)
    number = str(one.id)
    letter = mail.written(message, ways.sender, one.email or "", number, ways.site, rules.reply_to)
    mail.send(connection, letter)


def _call(services: context.Services, one: messages.OutgoingMessage) -> None:
    hooks = {hook.name: hook for hook in services.channels.webhooks}
    if one.webhook not in hooks:
        raise errors.Undelivered("This webhook is not set any more.", final=True)
    payload = json.loads(one.body) | {"id": str(one.id), "at": one.made_at.isoformat()}
    webhook.call(hooks[one.webhook], str(one.id), payload)


def _note_failure(
    services: context.Services, one: messages.OutgoingMessage, exc: errors.Undelivered
) -> None:
    age = datetime.datetime.now(datetime.UTC) - one.made_at
    gives_up = exc.final or age > GIVE_UP_AFTER
    level = logging.ERROR if gives_up else logging.WARNING
    log.log(level, "message %s was not taken (try %s): %s", one.id, one.tries, exc)
    messages.failed(services.store, one.id, str(exc), None if gives_up else pause_after(one.tries))


def trial(ways: channels.Channels, address: str) -> None:
    """Send one mail to an address at once.

    Raises:
        OperatorError: no mail server is set, or it does not take the message.
    """
    if ways.smtp is None:
        raise errors.OperatorError("No mail is sent: set GRADER_SMTP_URL and GRADER_MAIL_FROM.")
    number = str(uuid.uuid4())
    letter = mail.written(texts.trial(ways.site), ways.sender, address, number, ways.site)
    with mail.connected(ways.smtp, ways.sender) as connection:
        mail.send(connection, letter)


def trial_of_webhooks(ways: channels.Channels) -> Iterator[tuple[str, str]]:
    """Call each webhook once; its name, and what was wrong or nothing."""
    for hook in ways.webhooks:
        number = str(uuid.uuid4())
        at = datetime.datetime.now(datetime.UTC).isoformat()
        payload = {"kind": "test", "text": "A test message", "about": {}, "url": f"{ways.site}/"}
        try:
            webhook.call(hook, number, payload | {"id": number, "at": at})
        except errors.Undelivered as exc:
            yield hook.name, str(exc)
        else:
            yield hook.name, ""
