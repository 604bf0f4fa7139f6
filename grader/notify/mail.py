"""Mail: one connection to the operator's server, one message after the other.

Owns SMTP and the headers. Which mails there are, and when one that failed is tried again, is
`grader.service.delivery`'s.
"""

import contextlib
import email.message
import email.utils
import smtplib
import ssl
from collections.abc import Iterator
from email.headerregistry import Address
from typing import Final

from grader import errors
from grader.notify import channels, texts

LIMIT_S: Final = 20.0  # of one answer of the server


@contextlib.contextmanager
def connected(server: channels.SmtpServer, sender: str) -> Iterator[smtplib.SMTP]:
    """A connection that may send.

    Raises:
        Undelivered: the server cannot be reached, offers no TLS or does not let us in.
    """
    try:
        connection = _opened(server, sender.partition("@")[2])
    except (OSError, smtplib.SMTPException) as exc:
        raise errors.Undelivered(
            f"The mail server {server.host}:{server.port} does not take our mail: {_said(exc)}"
        ) from exc
    try:
        yield connection
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            connection.quit()


def send(connection: smtplib.SMTP, message: email.message.EmailMessage) -> None:
    """Hand one message to the server.

    Raises:
        Undelivered: it was not taken; `final` if the server would refuse it for ever.
    """
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as exc:
        code, said = next(iter(exc.recipients.values()))
        raise errors.Undelivered(_answer(code, said), final=code >= 500) from exc
    except smtplib.SMTPResponseException as exc:
        final = exc.smtp_code >= 500
        raise errors.Undelivered(_answer(exc.smtp_code, exc.smtp_error), final=final) from exc
    except (OSError, smtplib.SMTPException) as exc:
        raise errors.Undelivered(f"The mail server broke off: {_said(exc)}") from exc


def written(
    message: texts.Message, sender: str, to: str, number: str, site: str, reply_to: str = ""
) -> email.message.EmailMessage:
    """A message with its headers.

    Args:
        number: the same in each try, so that mail programs show a second copy only once.

    Raises:
        Undelivered: for ever, as `to` is no address.
    """
    mail = email.message.EmailMessage()
    mail["From"] = Address("grader", addr_spec=sender)
    try:
        mail["To"] = Address(addr_spec=to)
    except (ValueError, IndexError) as exc:
        raise errors.Undelivered("This is no mail address; fix the roster.", final=True) from exc
    mail["Subject"] = f"[grader] {message.subject}"
    mail["Date"] = email.utils.localtime()
    mail["Message-ID"] = f"<{number}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{site}/messages>"
    if reply_to:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail.set_content(message.body)
    return mail


def _opened(server: channels.SmtpServer, own_name: str) -> smtplib.SMTP:
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.security is channels.Security.TLS:
        connection = smtplib.SMTP_SSL(
            server.host, server.port, own_name, timeout=LIMIT_S, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, own_name, timeout=LIMIT_S)
    try:
        if server.security is channels.Security.STARTTLS:
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _said(exc: Exception) -> str:
    """The reason in words; never what we sent."""
    if isinstance(exc, smtplib.SMTPResponseException):
        return _answer(exc.smtp_code, exc.smtp_error)
    return str(exc) or type(exc).__name__


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())[:200]}"
