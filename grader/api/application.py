"""The API as an application: its routers in the order of the reference, and what wraps them.

Owns the putting together. The routes are in a module for each resource; pages are added to the same
application by `grader.web.site`.
"""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from grader.api import (
    access_log,
    annotations,
    assignments,
    audit,
    batches,
    bulk_operations,
    counting,
    course_settings,
    courses,
    enrolments,
    events,
    excusals,
    extensions,
    gradebook,
    health,
    identity_first,
    late_days,
    lms,
    marks,
    messages,
    queue,
    regrade_requests,
    regrades,
    retention,
    roster,
    rubrics,
    schedules,
    security_headers,
    sign_in_links,
    similarity,
    statistics,
    submission_owner,
    submissions,
    submitted_files,
    swagger,
    teams,
    template_zip,
    tokens,
    versions,
)
from grader.course import permissions
from grader.http import bodies, dependencies, fair_share, plain_requests, problems
from grader.service import context

# FastAPI would describe a 422 of its own form, which is never sent.
EVERYWHERE = problems.described(
    s422="not as described here; `reasons` says what",
    s503="the database is out of reach; try again after Retry-After seconds",
)
# Of whatever changes something of a course: `course_gate` says so.
READ_ONLY = problems.described(s409="the course is archived")


def create(services: context.Services) -> FastAPI:
    """The application."""
    return _application(
        services,
        health.router,
        submissions.router,
        events.router,
        submitted_files.router,
        annotations.router,
        assignments.router,
        extensions.router,
        excusals.router,
        schedules.router,
        versions.router,
        teams.router,
        late_days.router,
        submission_owner.router,
        counting.router,
        template_zip.router,
        marks.router,
        rubrics.router,
        gradebook.router,
        statistics.router,
        audit.router,
        messages.router,
        queue.router,
        similarity.router,
        courses.router,
        course_settings.router,
        retention.router,
        roster.router,
        sign_in_links.router,
        enrolments.router,
        tokens.router,
        batches.router,
        bulk_operations.router,
        regrades.router,
        regrade_requests.router,
        lms.router,
    )


def create_health(services: context.Services) -> FastAPI:
    """What a process without the API answers: whether it is well."""
    return _application(services, health.router)


def _application(services: context.Services, *routers: APIRouter) -> FastAPI:
    app = FastAPI(
        title="grader",
        description="Upload homework, follow its grading, read its report.",
        openapi_url="/openapi.json",
        docs_url=None,  # `swagger` serves it without a foreign host
        redoc_url=None,
        redirect_slashes=False,  # see `plain_requests`
    )
    dependencies.install(app, services)
    app.add_middleware(bodies.Bounded)
    app.add_middleware(identity_first.IdentityFirst)
    app.add_middleware(fair_share.FairShare)
    app.add_middleware(security_headers.Safe)
    app.add_middleware(access_log.Noted, counts=services.counts)
    app.add_middleware(plain_requests.PlainRequests)
    problems.install(app)
    swagger.install(app)
    for part in routers:
        _describe_archived(part)
        app.include_router(part, responses=EVERYWHERE)
    return app


def _describe_archived(part: APIRouter) -> None:
    for route in part.routes:
        if isinstance(route, APIRoute) and any(
            permissions.changes_course(method, route.path) for method in route.methods or ()
        ):
            route.responses = READ_ONLY | route.responses
