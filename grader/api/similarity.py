"""How alike the submissions of an assignment are. For instructors only.

Owns the route. The comparing is `course.similarity`'s, what is kept and when another comparison is
made `grader.service.similarity`'.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import similarity_schemas
from grader.http import dependencies, problems

router = APIRouter()

RETRY_S = 5
COMPARING = {
    "model": similarity_schemas.Similarity,
    "description": "being compared; ask again after Retry-After",
}


@router.get(
    "/api/assignments/{slug}/similarity",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such assignment",
        s503="the last comparison failed; ask again to start another",
    )
    | {202: COMPARING},
)
def similarity(
    slug: str,
    response: Response,
    services: dependencies.Services,
    comparisons: dependencies.Comparisons,
) -> similarity_schemas.Similarity:
    """Which submissions are alike, by copydetect; the skeleton's lines do not count.

    Names, comments and layout do not matter. The first request, and the first after somebody
    submitted, starts a comparison in a process of its own and answers 202 with the last one.
    """
    assignment = services.course.load(slug)
    state = comparisons.state(assignment)
    if state.fault:
        comparisons.forget_fault(assignment)
        raise problems.Problem(503, state.fault, {"Retry-After": str(RETRY_S)})
    if not state.current:
        comparisons.start(assignment)
        response.status_code = 202
        response.headers["Retry-After"] = str(RETRY_S)
    return similarity_schemas.comparison(state)
