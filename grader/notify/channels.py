"""The ways out that the operator has set: one mail server, any number of webhooks. Pure.

Owns the reading of `GRADER_SMTP_URL`, `GRADER_MAIL_FROM`, `GRADER_WEBHOOK_URLS` and their secrets.
These are settings of the operator, not of `course.toml` or a page: whoever may name an address
decides where the mail server's password is sent, and which machines of the inner network this
service calls.
"""

import enum
import hashlib
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Final

from grader import errors, settings

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class Security(enum.StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "smtp"  # TLS is demanded before anything else is said
    TLS = "smtps"
    NONE = "smtp+plain"  # for a relay that is this machine, or that asks for no password


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and our account there; no user: none is needed."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told what staff are told; the address itself may be a secret."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """What pages and the database call it: its host, and a hash that tells two apart."""
        host = urllib.parse.urlsplit(self.url).hostname or ""
        return f"{host}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Channels:
    """All ways out.

    Attributes:
        smtp: None sends no mail.
        sender: address that mail comes from.
        site: the service's public address, without a slash at its end; links begin with it.
    """

    smtp: SmtpServer | None = None
    sender: str = ""
    webhooks: Sequence[Webhook] = ()
    site: str = ""

    @property
    def any(self) -> bool:
        """Whether anybody can be told anything."""
        return self.smtp is not None or bool(self.webhooks)


def chosen(given: settings.Settings) -> Channels:
    """The ways out that the settings name.

    Raises:
        OperatorError: a setting is not understood or lacks another; no secret is repeated.
    """
    smtp = _smtp(given) if given.smtp_url else None
    webhooks = tuple(
        _webhook(url.strip(), given.webhook_secret)
        for url in given.webhook_urls.split(",")
        if url.strip()
    )
    channels = Channels(smtp, _sender(given.mail_from), webhooks, given.public_url.rstrip("/"))
    if smtp and not channels.sender:
        raise errors.OperatorError(
            "GRADER_SMTP_URL needs GRADER_MAIL_FROM, the address that mail comes from."
        )
    if channels.any and not channels.site:
        raise errors.OperatorError(
            "Messages hold links to pages: set GRADER_PUBLIC_URL to the address that people type."
        )
    return channels


def _smtp(given: settings.Settings) -> SmtpServer:
    wrong = (
        "GRADER_SMTP_URL is not understood. It looks like smtp://user@mail.example.edu:587 "
        "(STARTTLS), smtps://... (TLS from the start) or smtp+plain://localhost:25 (no TLS)."
    )
    try:
        parts = urllib.parse.urlsplit(given.smtp_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise errors.OperatorError(wrong) from None  # the cause repeats the text
    if parts.scheme not in PORTS or not host or parts.path not in ("", "/"):
        raise errors.OperatorError(wrong)
    if parts.password:
        raise errors.OperatorError(
            "The password of the mail server goes into GRADER_SMTP_PASSWORD_FILE, not the URL."
        )
    security, user = Security(parts.scheme), urllib.parse.unquote(parts.username or "")
    if user and security is Security.NONE and host not in LOOPBACK:
        raise errors.OperatorError(
            "GRADER_SMTP_URL would send a password without TLS; write smtp:// or smtps://."
        )
    return SmtpServer(host, port or PORTS[parts.scheme], security, user, given.smtp_password)


def _sender(address: str) -> str:
    try:
        return Address(addr_spec=address).addr_spec if address else ""
    except (ValueError, IndexError) as exc:
        raise errors.OperatorError(f"GRADER_MAIL_FROM={address!r} is no mail address.") from exc


def _webhook(url: str, secret: str) -> Webhook:
    try:
        parts = urllib.parse.urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole:
        raise errors.OperatorError(
            "GRADER_WEBHOOK_URLS holds something that is not a web address; write "
            "https://host/path, several separated by commas."
        )
    if not secret:
        raise errors.OperatorError(
            "GRADER_WEBHOOK_URLS needs GRADER_WEBHOOK_SECRET, with which receivers check that a "
            "call is ours."
        )
    return Webhook(url, secret)
