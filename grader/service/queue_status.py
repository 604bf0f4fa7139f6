"""The queue, the workers and what failed, as one course's staff may see them.

Owns what belongs to it, for page and route alike: of other courses there are numbers alone. The
statements are `grader.store.service_status`'s, the wait is `grader.service.queue_estimate`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.service import context, courses, queue_estimate, worker
from grader.store import bulk_operations, rows, service_status


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """What the service is doing, for one reader.

    Attributes:
        whole: everything, of which only numbers may be shown.
        at_once: gradings that all workers run at once.
        wait_s: seconds that a student's new upload would wait; None when nobody can say.
        waiting, running, failed, operations: those of the reader's courses.
    """

    whole: service_status.ServiceStatus
    at_once: int
    wait_s: float | None
    waiting: Sequence[service_status.WaitingRuns]
    running: Sequence[service_status.RunningRun]
    failed: Sequence[service_status.FailedRun]
    operations: Sequence[bulk_operations.BulkOperationRow]


def now(services: context.Services, user: rows.User) -> QueueStatus:
    """The state of the service for somebody who may mark in a course."""
    status = service_status.now(services.store)
    at_once = queue_estimate.at_once_with(services, sum(map(is_heard, status.workers)))
    listed = bulk_operations.listed(services.store, open_only=True)
    return QueueStatus(
        status,
        at_once,
        queue_estimate.new_upload_s(status, at_once),
        [one for one in status.waiting if courses.teaches(user, one.assignment)],
        [one for one in status.running if courses.teaches(user, one.assignment)],
        [one for one in status.failed if courses.teaches(user, one.assignment)],
        [one for one in listed if _is_news(one) and courses.teaches(user, one.assignment)],
    )


def is_heard(one: service_status.WorkerProcess) -> bool:
    """Whether a worker was heard of lately."""
    return one.silent_s <= worker.STALL_S


def _is_news(operation: bulk_operations.BulkOperationRow) -> bool:
    """Whether something of a batch or regrade is still to be done; a regrade is to be decided."""
    return operation.open_runs > 0 or operation.kind == "regrade"
