"""Launches from an LMS: where it asks, where it comes back to, and what follows in a frame.

Owns these routes, their cookie, and how a browser is known again that keeps no cookies in frames.
What a launch may do is `grader.service.lti_launch`'s.

Theory of operation
    Our pages are not framed, so a launch in a frame of the LMS ends with a button that opens one in
    a window of its own, signed in by a ticket. Pages of this module alone may stand in frames; they
    do nothing that a click could be tricked into.

    Between login and launch the browser proves that it is the same one, by the first that works:
    a cookie (in frames: for this pair of sites only); a value that a frame of the LMS keeps
    (`lti_storage_target`), where the LMS offers it; a window of its own.
"""

import urllib.parse
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from grader import errors
from grader.http import dependencies
from grader.lti import identity, login, platforms
from grader.lti.launch import LaunchRefused
from grader.service import context, lti_choice, lti_launch, lti_platforms
from grader.web import rendering, sessions

COOKIE: Final = "grader_lti"
COOKIE_S: Final = 3600
SECRET_CHARS: Final = 43  # of 32 random bytes
FRAMES: Final = ("iframe", "frame", "embed", "object")
DAY_S: Final = 24 * 3600
KEY_SET_S: Final = 600
WITHOUT_COOKIES: Final = (
    "Your browser does not let this service recognise it inside the page of the LMS. Let the LMS "
    "open the link in a window of its own, or allow cookies for this service."
)
# What platforms say instead of a launch -> what it means for the person.
REFUSALS: Final = {
    "login_required": "The LMS does not know you any more. Sign in there and open the link again.",
    "launch_no_longer_valid": "This launch has expired. Open the link in the LMS again.",
}


class FramedRoute(rendering.Route):
    """A route whose answers, errors among them, may stand in a frame of an LMS."""

    def get_route_handler(self) -> rendering.Handler:
        """The handler, with headers that let others frame its answer."""
        handle = super().get_route_handler()

        async def framed(request: Request) -> Response:
            answer = await handle(request)
            policy = answer.headers.get("content-security-policy", rendering.POLICY)
            answer.headers["Content-Security-Policy"] = policy.replace(
                "frame-ancestors 'none'", "frame-ancestors *"
            )
            return answer

        return framed


router = APIRouter(include_in_schema=False, route_class=FramedRoute)

Token = Annotated[str, Form(max_length=identity.MAX_TOKEN)]


@router.get("/lti/jwks")
def key_set(services: dependencies.Services) -> Response:
    """Our public keys."""
    kept = {"Cache-Control": f"public, max-age={KEY_SET_S}"}
    return JSONResponse(lti_platforms.key_set(services), headers=kept)


@router.get("/lti/login")
@router.post("/lti/login")
async def ask(request: Request, services: dependencies.Services) -> Response:
    """An LMS wants to open a page: send the browser there for its word on who this is."""
    sent = dict(request.query_params)
    if request.method == "POST":
        sent |= {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    return await run_in_threadpool(_begin, request, services, sent)


def _begin(request: Request, services: context.Services, sent: dict[str, str]) -> Response:
    asked = login.read(sent)
    known = _known_browser(request)
    if _in_frame(request) and not known and not asked.storage:
        again = urllib.parse.urlencode(asked.fields())
        if "tried" in sent:
            return rendering.render(request, "_lti_window.html", again=f"/lti/login?{again}")
        # Does this browser keep our cookie in a frame? What the LMS asks must not be spent on it.
        answer: Response = rendering.to(f"/lti/login?{again}&tried=1")
        _set_cookie(request, answer, lti_launch.new_browser())
        return answer
    started = lti_launch.begin(services, asked, known)
    if asked.storage and not known and _in_frame(request):
        answer = _storing(request, started, asked)
    else:
        answer = RedirectResponse(started.url, 302, rendering.SECURITY_HEADERS)
    _set_cookie(request, answer, started.browser)
    return answer


def _storing(
    request: Request, started: lti_launch.StartedLogin, asked: login.LoginRequest
) -> Response:
    return rendering.render(
        request,
        "_lti_storage.html",
        to=started.url,
        key=f"grader_{started.state}",
        value=started.browser,
        frame=asked.storage,
        origin=platforms.origin(started.url),
        again=f"/lti/login?{urllib.parse.urlencode(asked.fields())}",
    )


@router.post("/lti/launch")
def launch(
    request: Request,
    services: dependencies.Services,
    state: rendering.FormText = "",
    id_token: Token = "",
    browser: rendering.FormText = "",
    error: rendering.FormText = "",
) -> Response:
    """The LMS's word on who this is, and what they want to open."""
    if error:
        known = "The LMS did not let you through. Sign in there, then open the link again."
        raise LaunchRefused(REFUSALS.get(error, known))
    asked, platform = lti_launch.waiting(services, state)
    secret = browser or _known_browser(request)
    if not secret and asked.storage:
        return rendering.render(
            request,
            "_lti_restore.html",
            state=state,
            id_token=id_token,
            key=f"grader_{state}",
            frame=asked.storage,
            origin=platforms.origin(platform.registration.auth_url),
        )
    if not secret:
        raise LaunchRefused(WITHOUT_COOKIES)
    landing = lti_launch.land(services, state, secret, id_token)
    return _landed(request, services, landing)


def _landed(request: Request, services: context.Services, landing: lti_launch.Landing) -> Response:
    if landing.purpose != lti_launch.ENTER:
        return rendering.render(
            request,
            "_lti_choose.html",
            ticket=landing.ticket,
            homeworks=lti_launch.homeworks(services, landing.course),
            for_new_link=landing.purpose == lti_launch.CHOOSE,
        )
    if _in_frame(request):
        return rendering.render(request, "_lti_enter.html", ticket=landing.ticket)
    return _entered(request, services, landing.ticket)


@router.post("/lti/enter")
def enter(
    request: Request, services: dependencies.Services, ticket: rendering.FormText
) -> Response:
    """Sign in whom a launch in a frame has brought, in a window of its own."""
    rendering.check_origin(request)
    return _entered(request, services, ticket)


def _entered(request: Request, services: context.Services, ticket: str) -> Response:
    content = lti_launch.take_ticket(services, ticket, lti_launch.ENTER)
    days = sessions.LIFETIME_S / DAY_S
    token = lti_launch.session_token(services, content, days)
    state: sessions.Sessions = request.app.state.sessions
    answer = rendering.to(rendering.local(content["path"]))
    state.sign_in(services.store, request, answer, token, ends_token=True)
    return answer


@router.post("/lti/choose")
def choose(
    request: Request,
    services: dependencies.Services,
    ticket: rendering.FormText,
    homework: rendering.FormText = "",
) -> Response:
    """The homework that a new link of the LMS opens; the browser takes the answer back."""
    rendering.check_origin(request)
    chosen = lti_choice.choose(services, ticket, homework)
    policy = rendering.POLICY.replace(
        "form-action 'self'", f"form-action {platforms.origin(chosen.return_url)}"
    )
    return rendering.render(
        request,
        "_lti_answer.html",
        headers={"Content-Security-Policy": policy},
        to=chosen.return_url,
        token=chosen.token,
    )


@router.post("/lti/link")
def set_link(
    request: Request,
    services: dependencies.Services,
    ticket: rendering.FormText,
    homework: rendering.FormText = "",
) -> Response:
    """The homework that an existing link opens from now on."""
    rendering.check_origin(request)
    return _landed(request, services, lti_launch.set_link(services, ticket, homework))


@router.get("/lti/register/{secret}")
def register(
    request: Request,
    services: dependencies.Services,
    secret: str,
    openid_configuration: Annotated[str, Query(max_length=2000)] = "",
    registration_token: Annotated[str, Query(max_length=10_000)] = "",
) -> HTMLResponse:
    """An LMS that was invited registers itself."""
    if not openid_configuration:
        raise errors.NotValid(
            "This address is for an LMS: give it to the LMS as the one for dynamic registration."
        )
    try:
        platform = lti_platforms.register_by_invitation(
            services, secret, openid_configuration, registration_token
        )
    except errors.Undelivered as exc:
        raise errors.Conflict(str(exc)) from exc
    return rendering.render(
        request, "_lti_registered.html", platform=platform.registration, where=_origin_of(platform)
    )


def _origin_of(platform: platforms.Platform) -> str:
    return platforms.origin(platform.registration.auth_url)


def _in_frame(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest", "") in FRAMES


def _name(request: Request) -> str:
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def _known_browser(request: Request) -> str:
    value = request.cookies.get(_name(request), "")
    return value if len(value) == SECRET_CHARS and value.isascii() else ""


def _set_cookie(request: Request, answer: Response, value: str) -> None:
    """Known again after the way through the LMS, in its frames as well.

    Without TLS browsers send it to no frame of another site, and to its windows for two minutes
    where nothing is said of sites; that will do for a trial.
    """
    over_tls = request.url.scheme == "https"
    options: dict[str, Any] = {"samesite": "none" if over_tls else None, "secure": over_tls}
    answer.set_cookie(_name(request), value, max_age=COOKIE_S, httponly=True, **options)
    if over_tls:  # the framework knows no such attribute before Python 3.14
        name, set_ = b"set-cookie", answer.raw_headers[-1][1]
        answer.raw_headers[-1] = (name, set_ + b"; Partitioned")
