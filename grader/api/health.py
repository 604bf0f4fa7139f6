"""Whether this process is alive and ready; for supervisors and load balancers.

Owns no check: each part of the service brings its own (`context.Services.checks`).
"""

import logging
from collections.abc import Callable

from fastapi import APIRouter, Response

from grader import errors
from grader.api import context, shapes

log = logging.getLogger(__name__)

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers. Needs no token."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": shapes.Health, "description": "not ready"}})
def readyz(here: context.Here, response: Response) -> shapes.Health:
    """Submissions can be accepted and graded: database, worker and sandboxes. Needs no token."""
    checks = {name: _checked(check) for name, check in here.checks.items()}
    ready = set(checks.values()) <= {"ok"}
    response.status_code = 200 if ready else 503
    return shapes.Health(status="ready" if ready else "not ready", checks=checks)


def _checked(check: Callable[[], None]) -> str:
    try:
        check()
    except errors.OperatorError as exc:
        log.warning("not ready: %s", exc)
        return str(exc).partition("\n")[0]
    return "ok"
