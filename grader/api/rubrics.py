"""The rubrics of tasks that people mark: read them, change one for all marks. For TAs, too.

Owns these routes; what a change does is `grader.service.rubrics`'s.
"""

from fastapi import APIRouter

from grader.api import callers
from grader.api.schemas import rubric_schemas
from grader.http import dependencies, problems
from grader.service import rubrics

router = APIRouter()


@router.get(
    "/api/assignments/{slug}/rubrics",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
)
def list_rubrics(slug: str, services: dependencies.Services) -> rubric_schemas.Rubrics:
    """The rubric of every task that is marked by hand, as it is now."""
    return rubric_schemas.listed(rubrics.of_assignment(services, slug).values())


@router.put(
    "/api/assignments/{slug}/rubrics/{task}",
    responses=problems.described(
        **callers.MARKERS_ONLY,
        s404="no such assignment or task",
        s409="somebody else has changed it meanwhile; `version` is theirs",
        s422="a line cannot be one; nothing was changed",
    ),
)
def change_rubric(
    slug: str,
    task: str,
    sent: rubric_schemas.NewRubricLines,
    services: dependencies.Services,
    user: callers.Marker,
) -> rubric_schemas.Reapplied:
    """Change a rubric and reapply it to every mark of the task, each as another version.

    A line says by `was` which old line it comes from; old lines that none comes from are removed.
    Marks follow their lines, and their points are the lines' sum again; points that a marker gave
    by hand stay. With `preview` nothing is changed: the answer says whose points would.
    """
    lines = rubric_schemas.lines(sent)
    done = rubrics.change(services, user, slug, task, lines, sent.version, preview=sent.preview)
    return rubric_schemas.reapplied(done, rubrics.of_task(services, slug, task))
