"""Calls of a platform's services over HTTP.

Owns how far a call may go: no redirect is followed (a platform must not choose which machine of the
inner network is called), answers have a bound, and slow ones are given up. Which address is called
is checked by `grader.lti.platforms`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from grader import errors, wording
from grader.lti import platforms

LIMIT_S: Final = 15.0
MAX_BYTES: Final = 8 * wording.MB
SHOWN: Final = 300  # characters of an answer that people read


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform said."""

    status: int
    body: bytes
    next_url: str = ""
    retry_after_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Its content, whatever type it says it has.

        Raises:
            Undelivered: it is no JSON.
        """
        try:
            return json.loads(self.body or b"null")
        except (ValueError, RecursionError) as exc:
            raise errors.Undelivered("The LMS did not answer in JSON.") from exc

    def in_words(self) -> str:
        """Its status and the beginning of what it said."""
        text = self.body.decode(errors="replace")
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return f"{self.status}: {text[:SHOWN]}" if text else str(self.status)


@dataclass(frozen=True, slots=True)
class Transport:
    """Calls addresses.

    Attributes:
        plain: addresses without TLS will do, because our own has none.
    """

    plain: bool = False
    limit_s: float = field(default=LIMIT_S)

    def call(
        self,
        method: str,
        url: str,
        *,
        host: str = "",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        """Ask a platform for something.

        Args:
            host: the platform's; see `platforms.address_fault`.
            form: fields to send; else `body`, as JSON, with its type among the headers.

        Raises:
            Undelivered: it did not answer, or at an address that is not called.
        """
        if fault := platforms.address_fault(url, plain=self.plain, host=host):
            raise errors.Undelivered(f"An address that the LMS gave {fault}.", final=True)
        content = None if body is None else json.dumps(body).encode()
        given = {"user-agent": "grader", **(headers or {})}
        try:
            with (
                httpx.Client(timeout=self.limit_s, follow_redirects=False) as client,
                client.stream(method, url, headers=given, data=form, content=content) as answer,
            ):
                return _taken(answer)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as exc:
            raise errors.Undelivered(f"The LMS cannot be reached: {type(exc).__name__}.") from exc


def _taken(answer: httpx.Response) -> Answer:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > MAX_BYTES:
            raise errors.Undelivered("The LMS answered with more than can be meant.")
    if answer.has_redirect_location:
        detail = f"The LMS answered {answer.status_code}; redirects are not followed."
        raise errors.Undelivered(detail)
    following = answer.links.get("next", {}).get("url", "")
    after = answer.headers.get("retry-after", "")
    seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 8 else 0.0
    return Answer(answer.status_code, body, following, seconds)
