"""Our own keys: made, published, and used to sign what we say to platforms.

Owns their form. Which there are, and since when, is `grader.store.lti_keys`'s.

A key is published a while before it signs (platforms keep our key set for some time) and a while
after (what it signed may still be on the way).
"""

import datetime
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwk, jwt

BITS: Final = 2048
ALGORITHM: Final = "RS256"
PUBLISHED_BEFORE: Final = datetime.timedelta(days=1)
PUBLISHED_AFTER: Final = datetime.timedelta(days=7)
LIFETIME: Final = datetime.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class ToolKey:
    """One of our keys.

    Attributes:
        signs_from: when it takes over from the one before.
    """

    kid: str
    private_pem: str = field(repr=False)
    made_at: datetime.datetime
    signs_from: datetime.datetime

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims, signed."""
        key = jwk.RSAKey.import_key(self.private_pem)
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": "JWT"}
        return jwt.encode(header, dict(claims), key)

    def public(self) -> dict[str, Any]:
        """The half that everybody may know."""
        key = jwk.RSAKey.import_key(self.private_pem).as_dict(private=False)
        return {**key, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}


def made(now: datetime.datetime, signs_from: datetime.datetime) -> ToolKey:
    """A new key."""
    pem = jwk.RSAKey.generate_key(BITS).as_pem(private=True).decode()
    return ToolKey(secrets.token_urlsafe(12), pem, now, signs_from)


def signing(keys: Sequence[ToolKey], now: datetime.datetime) -> ToolKey | None:
    """The newest key that signs by now."""
    usable = [key for key in keys if key.signs_from <= now]
    return max(usable, key=lambda key: key.signs_from, default=None)


def outdated(keys: Sequence[ToolKey], now: datetime.datetime) -> list[str]:
    """Ids of keys that another replaced long enough ago."""
    current = signing(keys, now)
    if current is None or now - current.signs_from < PUBLISHED_AFTER:
        return []
    return [key.kid for key in keys if key.signs_from < current.signs_from]
