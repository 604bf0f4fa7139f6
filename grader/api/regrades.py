"""Regrades: grade again, look at what changed, let the new results count or not. For staff only.

Owns a regrade's own routes; those it shares with batches are in `bulk_operations`.
"""

from fastapi import APIRouter, Response

from grader.api import bulk_operations as shared
from grader.api import callers
from grader.api.schemas import bulk_schemas
from grader.http import dependencies, problems
from grader.service import bulk_operations, regrades

router = APIRouter()

_STATE = problems.described(
    **callers.STAFF_ONLY,
    s404="no such regrade",
    s409="not possible in its state; `state` says which",
)


@router.post(
    "/api/assignments/{slug}/regrades",
    status_code=202,
    responses=problems.described(
        **callers.STAFF_ONLY,
        s404="no such assignment or version",
        s422="nothing to grade again, or not by this version",
    ),
)
def start(
    slug: str,
    new: bulk_schemas.NewRegrade,
    response: Response,
    services: dependencies.Services,
    user: callers.Regrader,
) -> bulk_schemas.BulkOperation:
    """Grade submissions again by the suite as it is now, behind everything else in the queue.

    `which`: `all`, the `latest` or the `best` of each student, those that `failed` by our fault, or
    `chosen` ones by id. Only the tests that can have changed since are run; the other results are
    kept, unless `every_test` is set. `version` names a version of the homework to grade by, one
    that has passed its check or was live; without it, it is the one in use. Nothing changes for
    students until the regrade is applied: the old results are kept, and which one counts can be
    taken back.
    """
    regrade = regrades.start(
        services,
        user,
        slug,
        new.which,
        new.reason,
        new.submissions,
        every_test=new.every_test,
        version=new.version,
    )
    shape = bulk_schemas.bulk_operation(bulk_operations.progress(services, regrade))
    response.headers["Location"] = shape.links.self
    return shape


@router.get(
    "/api/regrades/{group_id}/diff", dependencies=callers.FOR_STAFF, responses=shared.ABSENT
)
def diff(group_id: str, services: dependencies.Services) -> bulk_schemas.Diff:
    """For each submission the old and the new score, and the tests that say something else now."""
    return bulk_schemas.diff(regrades.diff(services, group_id))


@router.post("/api/regrades/{group_id}/apply", responses=_STATE)
def apply(
    group_id: str,
    terms: bulk_schemas.Apply,
    services: dependencies.Services,
    user: callers.Regrader,
) -> bulk_schemas.Applied:
    """Let the new results count: `take-new` all of them, `keep-max` where the score is higher.

    All in one transaction, once every run has ended. A submission without a new result keeps its
    old one, and so does one that another regrade has changed meanwhile.
    """
    state, changed = regrades.apply(services, user, group_id, terms.take, terms.reason)
    return bulk_schemas.Applied(state=state, changed=changed)


@router.post("/api/regrades/{group_id}/revert", responses=_STATE)
def revert(
    group_id: str, services: dependencies.Services, user: callers.Regrader
) -> bulk_schemas.Applied:
    """Let the old results count again. The new ones are kept and may be applied once more."""
    state, changed = regrades.revert(services, user, group_id)
    return bulk_schemas.Applied(state=state, changed=changed)
