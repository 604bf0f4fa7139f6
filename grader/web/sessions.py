"""Who is signed in: a signed cookie made from a token, and the proof that a form is ours.

Owns the cookie's name, lifetime and signature, and the form token against cross-site requests.
Does not own tokens (`grader.service.accounts`).

The cookie holds the secret of a session (`grader.service.accounts`), which ends when people sign
out, after its lifetime, or with the token that opened it; a stolen cookie is no API token. The key
lies with the data; without it nothing can be forged.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

import itsdangerous
from starlette.requests import Request
from starlette.responses import Response

from grader import disk, errors
from grader.http import public_address
from grader.service import accounts
from grader.store import database, rows

COOKIE = "grader_session"
LIFETIME_S = 12 * 3600
KEY_BYTES = 32


def key(path: Path) -> bytes:
    """The signing key in a file of its own, made at the first call.

    Raises:
        OperatorError: the file holds no key; what is signed with nothing can be forged.
    """
    if not path.exists():
        _make(path)
    signing_key = path.read_bytes()
    if len(signing_key) != KEY_BYTES:
        raise errors.OperatorError(
            f"{path} holds no key of {KEY_BYTES} bytes; remove it, and the next start makes one. "
            "People then sign in again."
        )
    return signing_key


def _make(path: Path) -> None:
    """Whole or not at all: another process may look at the same moment, and a disk may be full."""
    disk.create_whole(path, secrets.token_bytes(KEY_BYTES))


class Sessions:
    """Signs people in and out.

    Args:
        key: the signing key, the same in every process that serves pages.
    """

    def __init__(self, key: bytes) -> None:
        self._signer = itsdangerous.TimestampSigner(key, salt="session", digest_method=_sha256)
        self._forms = itsdangerous.Signer(key, salt="form", digest_method=_sha256)

    def user(self, store: database.Database, request: Request) -> rows.User | None:
        """Who sends this request, if they are signed in."""
        secret = self._secret(request)
        return accounts.find_session(store, secret) if secret else None

    def sign_in(
        self,
        store: database.Database,
        request: Request,
        response: Response,
        token: str,
        *,
        ends_token: bool = False,
    ) -> None:
        """Open a session and put its cookie onto a response.

        Args:
            ends_token: the token was made for this session alone.
        """
        secret = accounts.open_session(store, token, LIFETIME_S, ends_token=ends_token)
        value = self._signer.sign(secret).decode()
        response.set_cookie(
            COOKIE,
            value,
            max_age=LIFETIME_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def sign_out(self, store: database.Database, request: Request, response: Response) -> None:
        """End the session and take the cookie away."""
        if secret := self._secret(request):
            accounts.end_session(store, secret)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def form_token(self, request: Request) -> str:
        """What a form of this session must send back."""
        return self._forms.get_signature(request.cookies.get(COOKIE, "")).decode()

    def is_own_form(self, request: Request, token: str) -> bool:
        """Whether a form was sent in this very session."""
        return hmac.compare_digest(token.encode(), self.form_token(request).encode())

    def _secret(self, request: Request) -> str:
        """What the cookie holds; empty where there is none of ours."""
        try:
            signed = self._signer.unsign(request.cookies.get(COOKIE, ""), max_age=LIFETIME_S)
            return signed.decode()
        except (itsdangerous.BadSignature, ValueError):
            return ""


def foreign_origin(request: Request) -> str:
    """The site that a form was sent from, if that is not ours; empty if it is, or nobody says."""
    origin = request.headers.get("origin")
    if origin is not None and origin != public_address.own(request):
        return origin or "(none)"
    elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return "another site" if elsewhere else ""


def _sha256(data: bytes = b"") -> "hashlib._Hash":
    return hashlib.sha256(data)
