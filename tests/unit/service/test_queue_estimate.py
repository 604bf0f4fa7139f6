"""The one formula of the expected wait."""

import uuid

import pytest

from grader import models
from grader.service import queue_estimate
from grader.store import service_status

QUEUED, HELD = models.SubmissionState.QUEUED, models.SubmissionState.HELD


def waiting(n, priority=models.Priority.INTERACTIVE, state=QUEUED):
    return service_status.WaitingRuns("hw", priority, state, n, 1.0)


def status(*waits, running=0, mean_s=10.0):
    runs = [service_status.RunningRun(uuid.uuid4(), "hw", "ann", 1, 0, None, None, 1.0)] * running
    ended = [service_status.EndedRuns(models.SubmissionState.DONE, 5, mean_s)]
    return service_status.ServiceStatus(waits, runs, [], ended, [])


@pytest.mark.parametrize(
    ("runs", "at_once", "rounds"), [(0, 2, 0), (1, 2, 1), (2, 2, 1), (3, 2, 2)]
)
def test_queue_moves_on_in_rounds(runs, at_once, rounds):
    assert queue_estimate.rounds(runs, at_once) == rounds


def test_new_upload_does_not_wait_where_a_place_is_free():
    assert queue_estimate.new_upload_s(status(running=1), at_once=2) == 0.0


def test_new_upload_waits_for_those_ahead_of_it():
    assert queue_estimate.new_upload_s(status(waiting(3), running=2), at_once=2) == 20.0


def test_new_upload_goes_before_batches_and_before_what_is_held():
    behind = (waiting(50, models.Priority.BATCH), waiting(9, state=HELD))
    assert queue_estimate.new_upload_s(status(*behind, running=2), at_once=2) == 10.0


def test_nobody_can_say_while_nothing_was_graded():
    assert queue_estimate.new_upload_s(status(waiting(3), mean_s=None), at_once=2) is None
