"""Webhooks: what staff hear of, as JSON to addresses that the operator has set, signed.

Owns the form of a call. It is that of the convention "Standard Webhooks", which libraries in many
languages check: the headers `webhook-id` (the same in each try, so that a receiver can leave out
what it knows), `webhook-timestamp` (seconds since 1970) and `webhook-signature`, which is `v1,` and
the base64 of HMAC-SHA256 over `id.timestamp.body`. The key is the secret's bytes or, where the
secret begins with `whsec_`, what follows it as base64.

A redirect is not followed: the operator named this address and no other, and an answer from outside
must not choose which machine of the inner network is called.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx

from grader import errors
from grader.notify import channels

LIMIT_S: Final = 10.0
PREFIX: Final = "whsec_"


def call(hook: channels.Webhook, number: str, payload: Mapping[str, Any]) -> None:
    """Send one event.

    Raises:
        Undelivered: it was not taken.
    """
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        with (
            httpx.Client(timeout=LIMIT_S, follow_redirects=False) as client,
            client.stream(
                "POST", hook.url, content=body, headers=headers(hook.secret, number, body)
            ) as answer,
        ):
            status, redirected = answer.status_code, answer.has_redirect_location
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        raise errors.Undelivered(f"{hook.name} does not answer: {_cause(exc)}.") from exc
    if redirected:
        raise errors.Undelivered(f"{hook.name} answered {status}; redirects are not followed.")
    if not 200 <= status < 300:
        raise errors.Undelivered(f"{hook.name} answered {status}.")


def headers(secret: str, number: str, body: bytes, now_s: float | None = None) -> dict[str, str]:
    """The headers of a call, signature included."""
    at = str(int(time.time() if now_s is None else now_s))
    signed = hmac.new(_key(secret), f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "grader",
        "webhook-id": number,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _cause(exc: Exception) -> str:
    """What stood in the way; other errors than the network's may repeat the secret address."""
    plain = isinstance(exc, httpx.NetworkError | httpx.TimeoutException) and str(exc)
    return plain or type(exc).__name__


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as exc:
        raise errors.Undelivered(
            "GRADER_WEBHOOK_SECRET begins with whsec_, but what follows is not base64."
        ) from exc
