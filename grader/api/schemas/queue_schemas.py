"""The JSON of the queue: what waits and runs, the workers, what failed.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from dataclasses import asdict
from typing import Final

import pydantic

from grader import models
from grader.service import queue_status

KINDS: Final = {
    models.Priority.INTERACTIVE: "submission",
    models.Priority.BATCH: "batch",
    models.Priority.REGRADE: "regrade",
}


class QueuedRuns(pydantic.BaseModel):
    """Gradings of one homework and kind that wait."""

    assignment: str
    kind: str = pydantic.Field(description="submission, batch or regrade")
    state: models.SubmissionState = pydantic.Field(description="queued, or held: paused")
    n: int
    oldest_s: float = pydantic.Field(description="seconds that the oldest has waited")


class RunningRun(pydantic.BaseModel):
    """A grading that runs."""

    submission_id: uuid.UUID
    assignment: str
    student: str
    attempt: int
    tests_done: int
    tests_total: int | None
    worker: str | None
    running_s: float


class WorkerProcess(pydantic.BaseModel):
    """A worker."""

    id: int
    silent_s: float = pydantic.Field(description="seconds since it was heard of")
    alive: bool = pydantic.Field(description="whether it was heard of lately")
    doing: int = pydantic.Field(description="gradings in its hands")


class EndedRuns(pydantic.BaseModel):
    """Gradings that ended within an hour."""

    state: models.SubmissionState
    n: int
    mean_s: float | None


class FailedRun(pydantic.BaseModel):
    """A submission without a result, by a fault of the service or of a suite."""

    submission_id: uuid.UUID
    assignment: str
    student: str
    finished_at: datetime.datetime
    reason: str


class OpenOperation(pydantic.BaseModel):
    """A batch or regrade in which something is left to do."""

    id: uuid.UUID
    kind: str = pydantic.Field(description="batch or regrade")
    assignment: str
    reason: str
    state: models.BulkState
    runs: int
    open_runs: int = pydantic.Field(description="of these, how many have not ended")


class Queue(pydantic.BaseModel):
    """What the service is doing. Numbers are of all courses, lists of the caller's."""

    queued: int = pydantic.Field(description="gradings that wait for a worker")
    held: int = pydantic.Field(description="gradings of paused batches and regrades")
    running: int
    at_once: int = pydantic.Field(description="gradings that all workers run at once")
    wait_s: float | None = pydantic.Field(
        description="seconds that a new upload would wait; null: nothing was graded in an hour"
    )
    mean_s: float | None = pydantic.Field(description="seconds of a grading, within an hour")
    workers: list[WorkerProcess]
    ended: list[EndedRuns]
    waiting: list[QueuedRuns]
    being_graded: list[RunningRun]
    failed: list[FailedRun] = pydantic.Field(description="the last ones")
    operations: list[OpenOperation]


def queue(found: queue_status.QueueStatus) -> Queue:
    """The state of the service as JSON."""
    whole = found.whole
    return Queue(
        queued=whole.queued,
        held=whole.held,
        running=len(whole.running),
        at_once=found.at_once,
        wait_s=found.wait_s,
        mean_s=whole.mean_s,
        workers=[
            WorkerProcess(**asdict(one), alive=queue_status.is_heard(one)) for one in whole.workers
        ],
        ended=[EndedRuns(**asdict(one)) for one in whole.ended],
        waiting=[
            QueuedRuns(**asdict(one), kind=KINDS[models.Priority(one.priority)])
            for one in found.waiting
        ],
        being_graded=[RunningRun(**asdict(one)) for one in found.running],
        failed=[FailedRun(**asdict(one)) for one in found.failed],
        operations=[
            OpenOperation(**{name: getattr(one, name) for name in OpenOperation.model_fields})
            for one in found.operations
        ],
    )
