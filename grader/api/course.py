"""An assignment as a whole, for staff: gradebook and statistics; and the log of what people did.

Owns these routes. Who counts with which submission is `grader.course.gradebook`'s, columns are
`grader.exchange.gradebook_csv`', figures `grader.store.statistics`'.
"""

import itertools
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from grader.api import dependencies, problems
from grader.api.schemas import staff_schemas
from grader.assignment import manifest as assignments
from grader.course import gradebook
from grader.exchange import gradebook_csv as exchange_gradebook_csv
from grader.store import audit, statistics
from grader.store import gradebook as stored

router = APIRouter()

CSV_TYPE = "text/csv; charset=utf-8"
CSV: dict[str, Any] = {
    "content": {CSV_TYPE: {"schema": {"type": "string"}}},
    "description": "the table",
}
_STAFF = {**dependencies.UNAUTHORISED, "s403": "for instructors"}
_ASSIGNMENT = problems.described(**_STAFF, s404="no such assignment")
MOST_DEEDS = 500
LINES_AT_ONCE = 500


@router.get(
    "/api/assignments/{slug}/gradebook.csv",
    response_class=StreamingResponse,
    dependencies=dependencies.FOR_TEACHERS,
    responses=_ASSIGNMENT | {200: CSV},
)
def gradebook_csv(
    slug: str,
    here: dependencies.Here,
    system: Annotated[
        exchange_gradebook_csv.System, Query(alias="for")
    ] = exchange_gradebook_csv.System.PLAIN,
    column: Annotated[
        str, Query(max_length=200, description="title of the column; the assignment's by default")
    ] = "",
) -> StreamingResponse:
    """A line for each student: what counts for them, with marks and after the late penalty.

    In the columns of `canvas`, `gradescope` or `moodle` for import there, or `plain` with
    everything. For Canvas give `column` as its own export writes it, "Homework 4 (1234)".
    """
    manifest = assignments.load(here.course_dir, slug).manifest
    names = {"Content-Disposition": f'attachment; filename="{slug}-{system}.csv"'}
    lines = book(here, manifest, system, column)
    return StreamingResponse(in_parts(lines), media_type=CSV_TYPE, headers=names)


@router.get(
    "/api/assignments/{slug}/statistics",
    dependencies=dependencies.FOR_TEACHERS,
    responses=_ASSIGNMENT,
)
def figures(
    slug: str, here: dependencies.Here, which: Literal["latest", "best", "all"] = "latest"
) -> staff_schemas.Statistics:
    """Points, pass rate, time and memory of each test, and the most common failures.

    `which` takes the latest or the best submission of each student, or all.
    """
    assignments.load(here.course_dir, slug)
    return staff_schemas.statistics(statistics.of(here.store, slug, which))


@router.get(
    "/api/audit", dependencies=dependencies.FOR_TEACHERS, responses=problems.described(**_STAFF)
)
def deeds(
    here: dependencies.Here,
    limit: Annotated[int, Query(ge=1, le=MOST_DEEDS)] = 100,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="id of an entry")] = None,
    assignment: Annotated[str, Query(max_length=100)] = "",
) -> staff_schemas.Deeds:
    """What people did, newest first: extensions, marks, regrades, rosters, tokens."""
    found = audit.page(here.store, before, limit, assignment)
    more = ""
    if len(found) == limit:
        only = f"&assignment={assignment}" if assignment else ""
        more = f"/api/audit?limit={limit}&before={found[-1].id}{only}"
    return staff_schemas.deeds(found, more)


def in_parts(lines: Iterator[str]) -> Iterator[str]:
    """The same, many lines at once: each part waits for its turn among the threads."""
    while part := "".join(itertools.islice(lines, LINES_AT_ONCE)):
        yield part


def book(
    here: dependencies.Services,
    manifest: assignments.Manifest,
    system: exchange_gradebook_csv.System,
    column: str = "",
) -> Iterator[str]:
    """The lines of the gradebook, as they are read from the database."""
    rows = stored.rows_of(here.store, manifest.slug)
    entries = gradebook.entries(rows, manifest.schedule, manifest.manual)
    return exchange_gradebook_csv.to_csv(
        entries, exchange_gradebook_csv.book(manifest, column), system
    )
