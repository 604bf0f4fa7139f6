"""Regrades: grade again, look at what changed, let the new results count or not. For staff only.

Owns a regrade's own routes; those it shares with batches are in `groups`.
"""

import uuid

from fastapi import APIRouter, Response

from grader import errors, models
from grader.api import batches, dependencies, problems
from grader.api.schemas import submission_schemas
from grader.assignment import manifest as assignments
from grader.service import jobs
from grader.store import groups as stored
from grader.store import regrades, rows

router = APIRouter()

_STATE = problems.described(
    **batches.STAFF, s404="no such regrade", s409="not possible in its state; `state` says which"
)


@router.post(
    "/api/assignments/{slug}/regrades",
    status_code=202,
    responses=problems.described(
        **batches.STAFF, s404="no such assignment", s422="nothing to grade again"
    ),
)
def start(
    slug: str,
    wanted: submission_schemas.NewRegrade,
    response: Response,
    here: dependencies.Here,
    user: dependencies.Staff,
) -> submission_schemas.Group:
    """Grade submissions again by the suite as it is now, behind everything else in the queue.

    `which`: `all`, the `latest` or the `best` of each student, those that `failed` by our fault, or
    `chosen` ones by id. Nothing changes for students until the regrade is applied: the old results
    are kept, and which one counts can be taken back.
    """
    assignments.load(here.course_dir, slug)
    if wanted.submissions and wanted.which is not models.Which.CHOSEN:
        raise errors.UploadRefused("`submissions` goes with which = chosen only.")
    group = rows.NewGroup(uuid.uuid4(), "regrade", slug, user.id, wanted.reason, wanted.which)
    chosen = wanted.submissions
    if not regrades.add(here.store, group, user.title, chosen, jobs.enqueue_all):
        raise errors.UploadRefused(
            f"There is nothing to grade again: no graded submission of {slug} is {wanted.which}."
        )
    shape = batches.progress(str(group.id), "regrade", here)
    response.headers["Location"] = shape.links.self
    return shape


@router.get(
    "/api/regrades/{group_id}/diff", dependencies=batches.FOR_STAFF, responses=batches.ABSENT
)
def diff(group_id: str, here: dependencies.Here) -> submission_schemas.Diff:
    """For each submission the old and the new score, and the tests that say something else now."""
    found = batches.find(here, "regrade", group_id)
    items = regrades.items(here.store, found.id)
    return submission_schemas.Diff(
        submissions=[submission_schemas.regraded(item) for item in items]
    )


@router.post("/api/regrades/{group_id}/apply", responses=_STATE)
def apply(
    group_id: str,
    wanted: submission_schemas.Apply,
    here: dependencies.Here,
    user: dependencies.Staff,
) -> submission_schemas.Applied:
    """Let the new results count: `take-new` all of them, `keep-max` where the score is higher.

    All in one transaction, once every run has ended. A submission without a new result keeps its
    old one, and so does one that another regrade has changed meanwhile.
    """
    found = batches.find(here, "regrade", group_id)
    if not found.ended:
        raise problems.Problem(409, "It is still being graded; wait for its end.", state="running")
    changed = regrades.apply(here.store, found.id, wanted.take, user.title)
    return _applied(here, found, changed)


@router.post("/api/regrades/{group_id}/revert", responses=_STATE)
def revert(
    group_id: str, here: dependencies.Here, user: dependencies.Staff
) -> submission_schemas.Applied:
    """Let the old results count again. The new ones are kept and may be applied once more."""
    found = batches.find(here, "regrade", group_id)
    return _applied(here, found, regrades.revert(here.store, found.id, user.title))


def _applied(
    here: dependencies.Services, found: rows.Group, changed: int | None
) -> submission_schemas.Applied:
    now = stored.get(here.store, found.id, "regrade") or found
    if changed is None:
        raise problems.Problem(409, f"It is {now.state}; that is not possible.", state=now.state)
    return submission_schemas.Applied(state=now.state, changed=changed)
