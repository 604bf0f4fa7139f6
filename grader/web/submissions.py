"""All submissions of an assignment for its staff, sorted and filtered.

Owns this page's route. The list is `grader.store.listings`'.
"""

import urllib.parse
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from grader import models
from grader.http import dependencies
from grader.store import listings
from grader.web import rendering, view_models

router = rendering.router_for_markers()


@router.get("/assignments/{slug}/submissions")
def submissions_page(
    slug: str,
    request: Request,
    services: dependencies.Services,
    sort: Annotated[str, Query(max_length=20)] = "-when",
    state: models.SubmissionState | Literal[""] = "",
    student: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
    *,
    dropped: bool = False,
) -> HTMLResponse:
    """All submissions of an assignment, sorted and filtered."""
    assignment = services.course.load(slug)
    query = listings.ListQuery(
        sort.lstrip("-"),
        sort.startswith("-"),
        str(state),
        student.replace("\0", ""),
        number,
        dropped,
    )
    return rendering.render(
        request,
        "submissions.html",
        section="submissions",
        assignment=assignment.manifest,
        listed=listings.submissions(services.store, slug, query),
        query=query,
        sort=sort,
        words=view_models.STATE_WORDS,
        link=lambda **changes: _link(sort, query, changes),
    )


def _link(sort: str, query: listings.ListQuery, changes: dict[str, object]) -> str:
    """The same list with something changed."""
    values: dict[str, object] = {"sort": sort, "state": query.state, "student": query.student}
    values["dropped"] = "true" if query.dropped else ""
    given = {name: value for name, value in (values | changes).items() if value}
    return "?" + urllib.parse.urlencode(given)
