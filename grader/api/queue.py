"""The queue and the workers. For TAs and instructors.

Owns this route; what is in it is `grader.service.queue_status`'s.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import queue_schemas
from grader.http import dependencies, problems
from grader.service import queue_status

router = APIRouter()


@router.get("/api/queue", responses=problems.described(**callers.MARKERS_ONLY))
def queue(services: dependencies.Services, user: callers.Marker) -> queue_schemas.Queue:
    """What waits, what runs, who grades, and what failed by a fault of the service.

    Numbers are of all courses; the lists name what is in the caller's own.
    """
    return queue_schemas.queue(queue_status.now(services, user))
