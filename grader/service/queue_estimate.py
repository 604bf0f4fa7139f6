"""How long until something is graded: the one formula for submissions, batches and the queue page.

Owns the arithmetic. The place of a run in the queue is counted by `grader.store.queue.PLACE`; mean
times are measured by `store.submissions` (of one assignment) and `store.service_status` (of all).

Theory of operation
    Runs are graded `at_once` at a time, as if each worker process took as many as this machine
    would. The queue therefore moves on in rounds, each of which takes as long as a grading does on
    average: n runs need ceil(n / at_once) rounds.
"""

import math

from grader import models
from grader.service import context, worker
from grader.store import queue, rows, service_status, submissions


def rounds(runs: int, at_once: int) -> int:
    """Rounds of grading that so many runs need."""
    return math.ceil(runs / at_once)


def at_once(services: context.Services) -> int:
    """Runs that all worker processes grade at once."""
    return at_once_with(services, queue.workers(services.store, worker.STALL_S))


def at_once_with(services: context.Services, processes: int) -> int:
    """Runs that so many worker processes grade at once; one may be starting while none is there."""
    return services.workers * max(1, processes)


def report_s(services: context.Services, submission: rows.Submission) -> float | None:
    """Seconds until a submission's report is ready; None when it has ended or nobody can say."""
    if submission.finished_at is not None:
        return None
    ahead = rounds(submission.position, at_once(services))
    return _seconds(services, submission.assignment, 1 + ahead)


def grading_s(services: context.Services, operation: rows.BulkOperation) -> float | None:
    """Seconds of grading left of a batch or regrade; None when it has ended or nobody can say."""
    if operation.ended:
        return None
    left = rounds(operation.open_runs, at_once(services))
    return _seconds(services, operation.assignment, left)


def new_upload_s(status: service_status.ServiceStatus, at_once: int) -> float | None:
    """Seconds that a student's new upload would wait for its start; None when nobody can say."""
    place = 1 + sum(
        waiting.n
        for waiting in status.waiting
        if waiting.state is models.SubmissionState.QUEUED
        and waiting.priority >= models.Priority.INTERACTIVE
    )
    if place == 1 and len(status.running) < at_once:
        return 0.0
    return None if status.mean_s is None else rounds(place, at_once) * status.mean_s


def _seconds(services: context.Services, assignment: str, rounds_left: int) -> float | None:
    mean_s = submissions.mean_run_s(services.store, assignment)
    return None if mean_s is None else round(rounds_left * mean_s, 1)
