"""Figures of an assignment. For instructors only.

Owns this route; the figures are `grader.store.statistics`'s.
"""

from typing import Literal

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import staff_schemas
from grader.http import dependencies, problems
from grader.store import statistics

router = APIRouter()


@router.get(
    "/api/assignments/{slug}/statistics",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
)
def figures(
    slug: str,
    services: dependencies.Services,
    which: Literal["latest", "best", "all"] = "latest",
) -> staff_schemas.Statistics:
    """Points, pass rate, time and memory of each test, and the most common failures.

    `which` takes the latest or the best submission of each student, or all.
    """
    services.course.load(slug)
    return staff_schemas.statistics(statistics.of(services.store, slug, which))
