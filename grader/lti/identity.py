"""The platform's signed word on who launches: signature, issuer, audience, times and nonce. Pure.

Owns these checks. Fetching keys is `grader.lti.connections`', the other claims are
`grader.lti.launch`'s; JSON web tokens are joserfc's.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from grader.lti import platforms
from grader.lti.launch import LaunchRefused

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256")
LEEWAY_S: Final = 60  # clocks of platforms differ, and Moodle's tokens live for no longer
KINDS: Final = ("RSA", "EC")  # a shared secret is no key of a platform
MAX_TOKEN: Final = 50_000  # characters

Key = jwk.RSAKey | jwk.ECKey


def keys_of(document: object) -> dict[str, Key]:
    """Key id -> key of a platform's key set; what cannot be read costs only itself."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, Key] = {}
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        try:
            key = _key(one)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if key is not None:
            found[str(one.get("kid") or f"(number {number})")] = key
    return found


def _key(one: Mapping[str, Any]) -> Key | None:
    kind = one["kty"]
    if kind == "RSA":
        return jwk.RSAKey.import_key(dict(one))
    return jwk.ECKey.import_key(dict(one)) if kind == "EC" else None


def key_id(token: str) -> str | None:
    """Which key a token says it is signed with; None where it does not say.

    Raises:
        LaunchRefused: it is no token.
    """
    if not 0 < len(token) <= MAX_TOKEN or not token.isascii():
        raise LaunchRefused("The LMS sent no identity that can be read.")
    try:
        named = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError) as exc:
        raise LaunchRefused("The LMS sent no identity that can be read.") from exc
    return named if isinstance(named, str) else None


def verified(
    token: str,
    keys: Mapping[str, Key],
    registration: platforms.Registration,
    nonce: str,
    now_s: float | None = None,
) -> dict[str, Any]:
    """The claims of a token that this platform signed for us, now, in answer to our question.

    Raises:
        LaunchRefused: it did not; the sentence says what is wrong.
    """
    now = int(time.time() if now_s is None else now_s)
    claims = _decoded(token, _signer(key_id(token), keys))
    _check_who(claims, registration)
    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_S,
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as exc:
        raise LaunchRefused(
            "The launch has expired, or it answers another one. Open the link in the LMS again. If "
            "that does not help, the clock of the LMS or of this service is wrong."
        ) from exc
    return claims


def _signer(named: str | None, keys: Mapping[str, Key]) -> Key:
    if named is None and len(keys) == 1:
        return next(iter(keys.values()))
    if named is None or named not in keys:
        raise LaunchRefused("The launch is signed with a key that the LMS does not publish.")
    return keys[named]


def _decoded(token: str, key: Key) -> dict[str, Any]:
    try:
        return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError) as exc:
        raise LaunchRefused("The signature of the launch is not that of the LMS.") from exc


def _check_who(claims: Mapping[str, Any], registration: platforms.Registration) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    named: Iterable[object] = audience if isinstance(audience, list) else [audience]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("iss") != registration.issuer:
        raise LaunchRefused("The launch comes from another LMS than the one that was asked.")
    if registration.client_id not in named:
        raise LaunchRefused("The launch is meant for another tool.")
    if (several or party is not None) and party != registration.client_id:
        raise LaunchRefused("The launch was made for another tool.")
