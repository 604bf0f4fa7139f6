"""What one process knows of platforms for a while: their key sets, and our access tokens there.

Owns both caches and when they are asked for again; used by several threads at once.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grader import errors
from grader.lti import identity, keys, platforms, transport
from grader.lti.launch import LaunchRefused

KEYS_S: Final = 3600.0
AGAIN_S: Final = 10.0  # between two fetches of one key set for the sake of unknown keys
SHORTLY_S: Final = 60.0  # a token is not used when it ends so soon
TOKEN_S: Final = 3600.0  # where the platform does not say how long a token lasts
ASSERTION_S: Final = 60
GRANT: Final = "client_credentials"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class _KeySet:
    keys: dict[str, identity.Key]
    fetched_at: float


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends_at: float


class LmsConnections:
    """Key sets and access tokens.

    Args:
        calls: how platforms are called.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        calls: transport.Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.calls = calls or transport.Transport()
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: dict[str, _KeySet] = {}
        self._tokens: dict[tuple[int, str], _Token] = {}

    def keys_for(self, registration: platforms.Registration, token: str) -> dict[str, identity.Key]:
        """The platform's keys; fetched again, once, for a key that is not among them.

        Raises:
            LaunchRefused: it is no token, or the platform's keys cannot be had.
        """
        named, url = identity.key_id(token), registration.keys_url
        with self._lock:
            known, now = self._sets.get(url), self._clock()
        if known is None:
            return self._fetched(url).keys
        is_unknown = named is not None and named not in known.keys
        kept_s = AGAIN_S if is_unknown else KEYS_S
        return known.keys if now - known.fetched_at < kept_s else self._fetched(url).keys

    def _fetched(self, url: str) -> _KeySet:
        try:
            answer = self.calls.call("GET", url, host=platforms.host_of(url))
            found = identity.keys_of(answer.json()) if answer.is_good else {}
        except errors.Undelivered as exc:
            raise LaunchRefused(
                "The keys of the LMS cannot be fetched right now. Try again shortly."
            ) from exc
        if not found:
            raise LaunchRefused("The LMS publishes no key that can be read; tell its operators.")
        fresh = _KeySet(found, self._clock())
        with self._lock:
            self._sets[url] = fresh
        return fresh

    def access_token(
        self, platform: platforms.Platform, key: keys.ToolKey, scopes: Sequence[str]
    ) -> str:
        """A token for services of the platform.

        Raises:
            Undelivered: the platform gives none, or none for this.
        """
        wanted = " ".join(scopes)
        with self._lock:
            known = self._tokens.get((platform.id, wanted))
        if known and known.ends_at - SHORTLY_S > self._clock():
            return known.text
        fresh = self._asked(platform.registration, key, scopes)
        with self._lock:
            self._tokens[platform.id, wanted] = fresh
        return fresh.text

    def forget(self, platform: platforms.Platform) -> None:
        """Use no token and no key set of this platform any more."""
        with self._lock:
            self._sets.pop(platform.registration.keys_url, None)
            for one in [one for one in self._tokens if one[0] == platform.id]:
                del self._tokens[one]

    def _asked(
        self, registration: platforms.Registration, key: keys.ToolKey, scopes: Sequence[str]
    ) -> _Token:
        now = int(time.time())
        claims = {
            "iss": registration.client_id,
            "sub": registration.client_id,
            "aud": registration.audience,
            "iat": now,
            "exp": now + ASSERTION_S,
            "jti": str(uuid.uuid4()),
        }
        form = {
            "grant_type": GRANT,
            "client_assertion_type": ASSERTION,
            "client_assertion": key.signed(claims),
            "scope": " ".join(scopes),
        }
        url = registration.token_url
        answer = self.calls.call("POST", url, host=platforms.host_of(url), form=form)
        if not answer.is_good:
            refused = answer.status in (400, 401, 403)
            detail = f"The LMS gave no access ({answer.in_words()})."
            raise errors.Undelivered(detail, final=refused and b"invalid_scope" in answer.body)
        return self._read(answer.json(), scopes)

    def _read(self, said: object, scopes: Sequence[str]) -> _Token:
        document = said if isinstance(said, dict) else {}
        text, lasts = document.get("access_token"), document.get("expires_in")
        if not isinstance(text, str) or not text.isascii() or not text.isprintable():
            raise errors.Undelivered("The LMS answered without an access token.")
        granted = document.get("scope")
        if isinstance(granted, str) and (missing := set(scopes) - set(granted.split())):
            names = ", ".join(sorted(one.rpartition("/")[2] for one in missing))
            raise errors.Undelivered(f"The LMS does not allow this service: {names}.", final=True)
        seconds = lasts if isinstance(lasts, int | float) and lasts > 0 else TOKEN_S
        return _Token(text, self._clock() + seconds)
