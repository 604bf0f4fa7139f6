"""Every error answer, as RFC 9457 problem details.

Owns the one table from exceptions to answers. `detail` says what to do; answers about our own
faults name no file or host of ours (those are in the log).
"""

import datetime
import http
import itertools
import logging
import math
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match

from grader import errors
from grader.http import request_faults

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_S = 30
_ADVICE = {
    404: "There is nothing at this address; /docs describes the routes.",
    405: "This address does not accept that method; /docs describes the routes.",
}

_NO_ASSIGNMENT = (
    "There is no such assignment; `grader status` or GET /api/assignments lists those there are."
)


class Problem(Exception):
    """An answer other than success.

    Args:
        status: HTTP status.
        detail: one sentence or two: what happened and what to do.
        headers: extra response headers.
        members: extra members of the problem object.
    """

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers, self.members = dict(headers or {}), members

    def response(self) -> JSONResponse:
        """The answer itself."""
        body = {"title": http.HTTPStatus(self.status).phrase, "status": self.status}
        body |= {"detail": self.detail, **self.members}
        return JSONResponse(body, self.status, self.headers, media_type=MEDIA_TYPE)


def of(exc: Exception) -> Problem:
    """An exception as an answer, by the table. Order matters: the first class that fits."""
    match exc:
        case Problem():
            return exc
        case errors.UploadRefused():
            detail = "The upload was refused; fix what `reasons` names and upload again."
            return Problem(422, detail, reasons=list(exc.reasons))
        case errors.StudentError():
            return _of_student(exc)
        case errors.Refusal():
            return _of_refusal(exc)
        case errors.AssignmentNotFound():
            return Problem(404, _NO_ASSIGNMENT)
        case errors.SuiteError():
            return Problem(500, "This assignment's files are broken; tell the course staff.")
        case errors.OperatorError():
            return _of_operator(exc)
        case RequestValidationError():
            return Problem(
                422,
                "The request is not as /docs describes it; fix what `reasons` names.",
                reasons=[request_faults.sentence(fault) for fault in exc.errors()],
            )
        case HTTPException() | ClientDisconnect():
            return _of_http(exc)
    return Problem(500, "The service made a mistake; it is logged. Tell the course staff.")


def _of_http(exc: HTTPException | ClientDisconnect) -> Problem:
    if isinstance(exc, ClientDisconnect):  # nobody reads this, and nothing of ours went wrong
        return Problem(400, "The connection ended before the request was whole.")
    if exc.status_code == 400:  # the framework's own word for a body that is no text
        return Problem(422, "The request's body cannot be read; send JSON in UTF-8.")
    return Problem(exc.status_code, _ADVICE.get(exc.status_code, str(exc.detail)), exc.headers)


def _of_student(exc: errors.StudentError) -> Problem:
    match exc:
        case errors.NotTaken():
            return Problem(403, str(exc))
        case errors.TooManyAttempts():
            wait_s = (exc.again_at - datetime.datetime.now(datetime.UTC)).total_seconds()
            retry = {"Retry-After": str(max(1, math.ceil(wait_s)))}
            return Problem(429, str(exc), retry, again_at=exc.again_at.isoformat())
        case _:
            return Problem(422, str(exc), reasons=[str(exc)])


def _of_refusal(exc: errors.Refusal) -> Problem:
    match exc:
        case errors.NotFound():
            return Problem(404, str(exc))
        case errors.NotAllowed():
            return Problem(403, str(exc))
        case errors.Conflict():
            return Problem(409, str(exc), **exc.facts)
    return Problem(422, str(exc), reasons=[str(exc)])


def _of_operator(exc: errors.OperatorError) -> Problem:
    detail = (
        "The service lacks something that it needs for this at the moment; the staff's "
        "log says what. Nothing is confirmed: send it again after Retry-After seconds."
    )
    if isinstance(exc, errors.DatasetMissing):
        detail = "A data set of this assignment is not installed yet; tell the course staff."
    return Problem(503, detail, {"Retry-After": str(RETRY_S)})


HANDLED: Final = (
    *(Problem, errors.GraderError, RequestValidationError),
    *(HTTPException, ClientDisconnect, Exception),
)


async def answer(request: Request, exc: Exception) -> Response:
    """Any exception as an answer; what is our own fault is logged."""
    problem = noted(request, exc)
    return problem.response()


def noted(request: Request, exc: Exception) -> Problem:
    """Any exception by the table, logged if it is our own fault."""
    problem = of(exc)
    if problem.status == 405:
        problem.headers["Allow"] = ", ".join(_methods(request))
    if problem.status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, exc, exc_info=exc)
    return problem


def _methods(request: Request) -> list[str]:
    """What the address takes; the framework names the methods of one of its routes only."""
    routes: list[BaseRoute] = request.app.routes
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    known = (getattr(route, "methods", None) or () for route in matching)
    return sorted(set(itertools.chain.from_iterable(known)))


def install(app: FastAPI) -> None:
    """Answer every exception of the application by the table."""
    for kind in HANDLED:
        app.add_exception_handler(kind, answer)


SCHEMA = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what happened and what to do"},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "state": {"type": "string", "description": "state of the submission, where it matters"},
    },
}


def described(**statuses: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries: `described(s404="not there", ...)`."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {int(s[1:]): {"description": text, "content": content} for s, text in statuses.items()}
