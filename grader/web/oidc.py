"""Sign-in with an OpenID Connect provider, where one is configured.

Owns the two routes of it and who is meant by what the provider says. The protocol (discovery,
state, nonce, PKCE, the signature and claims of the identity) is authlib's.

Nobody gets an account by signing in: the roster says who belongs to the course. The provider's
number of a person is remembered at the first sign-in, which finds them by an address that the
provider vouches for. What follows is a token like any other, which ends with the session.
"""

import hashlib
import logging
import warnings
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware

from grader import errors, settings
from grader.http import dependencies, problems
from grader.service import accounts, context
from grader.store import users
from grader.web import rendering, sessions

with warnings.catch_warnings():
    # It tells its own developers, on each start, of a change in what it rests on.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.starlette_client import OAuth

log = logging.getLogger(__name__)

COOKIE = "grader_oidc"  # state and nonce, between leaving and coming back
PATIENCE_S = 600
LABEL = "session by OpenID Connect"
DAY_S = 24 * 3600
BROKEN_OFF = "The sign-in was interrupted or has expired. Start again from the sign-in page."
STRANGER = "You are not on the roster of this course. Ask the course staff to add your address."

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people may sign in."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


def provider(chosen: settings.Settings) -> Provider | None:
    """The provider that the settings name, if any.

    Raises:
        OperatorError: an issuer without an id and a secret.
    """
    if not chosen.oidc_issuer:
        return None
    if not (chosen.oidc_client_id and chosen.oidc_client_secret):
        raise errors.OperatorError(
            "GRADER_OIDC_ISSUER is set; set GRADER_OIDC_CLIENT_ID and GRADER_OIDC_CLIENT_SECRET "
            "to what the provider gave for this service as well."
        )
    return Provider(
        chosen.oidc_issuer.rstrip("/"),
        chosen.oidc_client_id,
        chosen.oidc_client_secret,
        chosen.oidc_name,
    )


def install(app: FastAPI, key: bytes, chosen: Provider | None, *, over_tls: bool) -> None:
    """Add the routes, if there is a provider."""
    app.state.oidc = chosen
    if chosen is None:
        return
    oauth = OAuth()
    app.state.oidc_client = oauth.register(
        "provider",
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        server_metadata_url=f"{chosen.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
    )
    secret = hashlib.sha256(b"oidc" + key).hexdigest()
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie=COOKIE,
        max_age=PATIENCE_S,
        https_only=over_tls,
    )
    app.include_router(router)


def name(request: Request) -> str:
    """What the sign-in button calls the provider; empty without one."""
    chosen: Provider | None = request.app.state.oidc
    return chosen.name if chosen else ""


@router.get("/sign-in/oidc")
async def leave(request: Request, next: str = "/") -> Response:  # noqa: A002  # in the URL
    """Send the browser to the provider."""
    request.session["next"] = rendering.local(next)
    back = str(request.url_for("come_back"))
    try:
        answer: Response = await request.app.state.oidc_client.authorize_redirect(request, back)
    except (httpx.HTTPError, OAuthError, ValueError) as exc:
        return _away(request, exc)
    return answer


@router.get("/sign-in/oidc/callback")
async def come_back(request: Request, services: dependencies.Services) -> Response:
    """Take what the provider says of the person and open their session."""
    path = rendering.local(request.session.get("next", "/"))
    try:
        answer = await request.app.state.oidc_client.authorize_access_token(request)
    except (OAuthError, JoseError) as exc:
        log.info("sign-in refused: %s", exc)
        return rendering.problem(request, problems.Problem(403, BROKEN_OFF))
    except (httpx.HTTPError, ValueError) as exc:
        return _away(request, exc)
    request.session.clear()
    token = await run_in_threadpool(_token, services, answer.get("userinfo") or {})
    if token is None:
        return rendering.problem(request, problems.Problem(403, STRANGER))
    state: sessions.Sessions = request.app.state.sessions
    response = rendering.to(path)
    await run_in_threadpool(
        state.sign_in, services.store, request, response, token, ends_token=True
    )
    return response


def _token(services: context.Services, claims: dict[str, Any]) -> str | None:
    """A token for the session of whom the provider means; None for a stranger."""
    subject = f"{claims.get('iss', '')} {claims.get('sub', '')}"
    vouched = claims.get("email_verified") in (True, "true")
    email = str(claims.get("email", "")).lower() if vouched else ""
    if not claims.get("sub"):
        return None
    user = users.identify(services.store, subject, email, LABEL)
    if user is None or not user.member.own:  # of no course any more
        return None
    days = sessions.LIFETIME_S / DAY_S
    return accounts.add_token(services.store, user.name, user.title, days=days, label=LABEL)[0]


def _away(request: Request, exc: Exception) -> HTMLResponse:
    log.warning("the identity provider does not answer as it should: %s", exc)
    detail = "The sign-in service cannot be reached. Try again shortly, or sign in with a token."
    return rendering.problem(request, problems.Problem(503, detail))
