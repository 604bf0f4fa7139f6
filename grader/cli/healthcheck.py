"""Ask a running service over HTTP whether it is ready; for health checks of containers.

Owns one request and its words. Uses the standard library alone, as it is run every few seconds.
"""

import json
import urllib.error
import urllib.request
from typing import Final

from grader import settings

LIMIT_S: Final = 8.0


def own_url(chosen: settings.Settings) -> str:
    """Where a service with these settings listens, seen from its own machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(chosen.host, chosen.host)  # noqa: S104 - not bound, looked up
    return f"http://{host}:{chosen.port}"


def ask(url: str) -> tuple[bool, str]:
    """Whether `/readyz` says ready, and what to print."""
    address = f"{url.rstrip('/')}/readyz"
    if not address.startswith(("http://", "https://")):
        return False, f"{url}: give an http:// or https:// address."
    try:
        with urllib.request.urlopen(address, timeout=LIMIT_S) as answer:  # noqa: S310 - checked above
            return True, _told(answer.read())
    except urllib.error.HTTPError as exc:
        return False, _told(exc.read())
    except OSError as exc:
        return False, f"{url} does not answer: {exc}. Is the service running there?"


def _told(body: bytes) -> str:
    """One line a check: `database: ok`."""
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return "this answers, but it is no grader"
    return "\n".join(f"{name}: {said}" for name, said in checks.items())
