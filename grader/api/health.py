"""Whether this process is alive and ready, and what it counts; for supervisors and monitoring.

Owns no check: each part of the service brings its own (`context.Services.checks`). Owns who may
read the metrics: they name assignments and tell how a deadline goes, which is nobody else's.
"""

import functools
import hmac
import logging
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import PlainTextResponse

from grader import errors
from grader.api.schemas import submission_schemas
from grader.http import dependencies, problems, public_address
from grader.service import metrics

log = logging.getLogger(__name__)

PROXIES_SAY = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip"})

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:  # needs no thread: it answers when all of them are busy
    """The process answers. Needs no token."""
    return {"status": "ok"}


@router.get(
    "/readyz", responses={503: {"model": submission_schemas.Health, "description": "not ready"}}
)
async def readyz(services: dependencies.Services, response: Response) -> submission_schemas.Health:
    """Submissions can be accepted and graded: database, disk, worker, sandboxes. Needs no token."""
    checks = await to_thread.run_sync(_all_checked, services.checks, limiter=_own_threads())
    ready = set(checks.values()) <= {"ok"}
    response.status_code = 200 if ready else 503
    return submission_schemas.Health(status="ready" if ready else "not ready", checks=checks)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=problems.described(s403="not from this machine, or not with the metrics token"),
)
def read_metrics(
    request: Request, services: dependencies.Services, authorization: Annotated[str, Header()] = ""
) -> Response:
    """Queue, waits, times, verdicts, faults, in Prometheus' format.

    With GRADER_METRICS_TOKEN set: for whoever sends it as bearer token. Without: for this machine
    alone, by its own name, and not where a proxy is (GRADER_PUBLIC_URL).
    """
    if not _may_read(request, services.metrics_token, authorization):
        raise problems.Problem(403, "Metrics are for the operator; see GRADER_METRICS_TOKEN.")
    return Response(services.counts.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _may_read(request: Request, token: str, authorization: str) -> bool:
    if token:
        return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
    names = set(request.headers)
    proxied = PROXIES_SAY & names or any(name.startswith("x-forwarded") for name in names)
    if proxied or public_address.is_replaced(request) or request.client is None:
        return False
    # By another name, a page of another site could ask for it in a browser on this machine.
    asked = public_address.host_name(request)
    return _is_here(request.client.host) and (asked == "localhost" or _is_here(asked))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@functools.cache
def _own_threads() -> CapacityLimiter:
    """Threads that no other request can hold."""
    return CapacityLimiter(2)


def _all_checked(checks: Mapping[str, Callable[[], None]]) -> dict[str, str]:
    return {name: _checked(check) for name, check in checks.items()}


def _checked(check: Callable[[], None]) -> str:
    try:
        check()
    except errors.OperatorError as exc:
        log.warning("not ready: %s", exc)
        return str(exc).partition("\n")[0]
    return "ok"
