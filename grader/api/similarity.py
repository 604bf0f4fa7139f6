"""How alike the submissions of an assignment are. For instructors only.

Owns the route and its shape. The comparing is `course.similarity`'s, what is kept and when another
comparison is made `grader.service.similarity`'.
"""

import datetime
import uuid
from typing import Any

import pydantic
from fastapi import APIRouter, Request, Response

from grader.api import dependencies, problems
from grader.assignment import manifest as assignments
from grader.service import similarity as service_similarity

router = APIRouter()

RETRY_S = 5


class Pair(pydantic.BaseModel):
    """Two submissions that are alike."""

    submissions: tuple[uuid.UUID, uuid.UUID]
    students: tuple[str, str]
    share: tuple[float, float] = pydantic.Field(
        description="of each one's own code, what is like the other's; 0 to 1"
    )
    regions: tuple[list[tuple[int, int]], list[tuple[int, int]]] = pydantic.Field(
        description="first and last line of what is alike, in each one's files joined by name"
    )


class Similarity(pydantic.BaseModel):
    """A comparison of the latest submission of each student."""

    state: str = pydantic.Field(description="`current`, `stale` or `computing`")
    made_at: datetime.datetime | None
    compared: int
    unreadable: list[str] = pydantic.Field(description="students whose upload cannot be read")
    pairs: list[Pair] = pydantic.Field(description="the most alike first")


@router.get(
    "/api/assignments/{slug}/similarity",
    dependencies=dependencies.FOR_TEACHERS,
    responses=problems.described(
        **dependencies.UNAUTHORISED,
        s403="for instructors",
        s404="no such assignment",
        s503="the last comparison failed; ask again to start another",
    )
    | {202: {"model": Similarity, "description": "being compared; ask again after Retry-After"}},
)
def similarity(
    slug: str, request: Request, response: Response, here: dependencies.Here
) -> Similarity:
    """Which submissions are alike, by copydetect; the skeleton's lines do not count.

    Names, comments and layout do not matter. The first request, and the first after somebody
    handed in, starts a comparison in a process of its own and answers 202 with the last one.
    """
    assignment = assignments.load(here.course_dir, slug)
    found: service_similarity.Comparisons = request.app.state.comparisons
    state = found.state(assignment)
    if state.fault:
        found.forget_fault(assignment)
        raise problems.Problem(503, state.fault, {"Retry-After": str(RETRY_S)})
    if not state.current:
        found.start(assignment)
        response.status_code = 202
        response.headers["Retry-After"] = str(RETRY_S)
    return _shape(state)


def _shape(state: service_similarity.State) -> Similarity:
    kept = state.kept
    report: dict[str, Any] = kept.report if kept else {}
    return Similarity(
        state="current" if state.current else "computing" if kept is None else "stale",
        made_at=kept.made_at if kept else None,
        compared=report.get("compared", 0),
        unreadable=report.get("unreadable", []),
        pairs=[_pair(one) for one in report.get("pairs", [])],
    )


def _pair(told: dict[str, Any]) -> Pair:
    return Pair(
        submissions=told["names"],
        students=told["students"],
        share=told["share"],
        regions=told["regions"],
    )
