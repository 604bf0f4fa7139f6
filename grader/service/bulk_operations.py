"""Batches and regrades as wholes: find one, how far it is, pause, resume and cancel it.

Owns what both kinds share. How one is made is `batches`' and `regrades`', the statements are
`grader.store.bulk_operations`'s.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from grader import errors
from grader.service import context, jobs, queue_estimate
from grader.store import bulk_operations as stored
from grader.store import rows


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """A batch or regrade, and the estimated seconds of grading left; None when nobody can say."""

    operation: rows.BulkOperation
    ready_in_s: float | None


def find(services: context.Services, kind: str, operation_id: str) -> rows.BulkOperation:
    """The batch or regrade of that id.

    Raises:
        NotFound: there is none.
    """
    try:
        operation = stored.get(services.store, uuid.UUID(operation_id), kind)
    except ValueError:
        operation = None
    if operation is None:
        raise errors.NotFound(f"There is no such {kind}; check the id.")
    return operation


def of_homework(
    services: context.Services, kind: str, slug: str
) -> Sequence[stored.BulkOperationRow]:
    """The newest batches or regrades of a homework.

    Raises:
        AssignmentNotFound, SuiteError: the homework is gone or broken.
    """
    services.course.load(slug)
    return stored.listed(services.store, slug, kind)


def progress(services: context.Services, operation: rows.BulkOperation) -> BulkProgress:
    """How far it is."""
    return BulkProgress(operation, queue_estimate.grading_s(services, operation))


def pause(
    services: context.Services, user: rows.User, kind: str, operation_id: str
) -> rows.BulkOperation:
    """Hold what has not started; what is being graded goes on.

    Raises:
        NotFound, Conflict: there is none, or it is not open.
    """
    operation = find(services, kind, operation_id)
    return _moved(services, operation, stored.pause(services.store, operation.id, user.title))


def resume(
    services: context.Services, user: rows.User, kind: str, operation_id: str
) -> rows.BulkOperation:
    """Queue again what was held.

    Raises:
        NotFound, Conflict: there is none, or it is not paused.
    """
    operation = find(services, kind, operation_id)
    done = stored.resume(services.store, operation.id, user.title, jobs.enqueue_all)
    return _moved(services, operation, done)


def cancel(
    services: context.Services, user: rows.User, kind: str, operation_id: str
) -> rows.BulkOperation:
    """Cancel what has not ended; results that are there stay.

    Raises:
        NotFound, Conflict: there is none, or it was cancelled or applied before.
    """
    operation = find(services, kind, operation_id)
    return _moved(services, operation, stored.cancel(services.store, operation.id, user.title))


def refuse_in(state: str) -> errors.Conflict:
    """The error that something cannot be done to a batch or regrade in this state."""
    return errors.Conflict(f"It is {state}; that is not possible.", state=state)


def _moved(
    services: context.Services, operation: rows.BulkOperation, done: bool
) -> rows.BulkOperation:
    now = find(services, operation.kind, str(operation.id))
    if not done:
        raise refuse_in(now.state)
    return now
