"""The log of what people did, newest first.

Owns this page's route. Entries are `grader.store.audit`'s.
"""

import uuid
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies
from grader.service import courses
from grader.store import audit, rows
from grader.web import rendering

router = rendering.router_for_instructors()

ENTRIES = 50  # of one page


@router.get("/audit")
def audit_page(
    request: Request,
    services: dependencies.Services,
    user: rendering.Instructor,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    assignment: Annotated[str, Query(max_length=100)] = "",
    course: Annotated[str, Query(max_length=63)] = "",
) -> HTMLResponse:
    """What people did, newest first."""
    only = assignment.replace("\0", "")
    within = courses.log_of(user, course)
    entries = audit.page(services.store, before, ENTRIES, only, within)
    return rendering.render(
        request,
        "audit.html",
        entries=entries,
        link=_address,
        chosen=only,
        slugs=services.course.slugs(lambda slug: courses.teaches(user, slug)),
        course=course,
        more=entries[-1].id if len(entries) == ENTRIES else None,
    )


def _address(entry: rows.AuditEntry) -> str:
    """The page of what an entry of the log is about; empty for people and the course."""
    try:
        uuid.UUID(entry.subject)
    except ValueError:
        return ""
    places = {"batch": "batches", "regrade": "regrades"}
    return f"/{places.get(entry.action.split()[0], 'submissions')}/{entry.subject}"
