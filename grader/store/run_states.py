"""Which state of a run may follow which.

Owns the table as Python reads it; the database enforces the same one (migrations/0002_states.sql).
"""

from collections.abc import Mapping

from grader import models

# States that are not here are final.
WAYS: Mapping[models.SubmissionState, frozenset[models.SubmissionState]] = {
    models.SubmissionState.QUEUED: frozenset(
        {
            models.SubmissionState.RUNNING,
            models.SubmissionState.HELD,
            models.SubmissionState.DONE,  # an equal upload's result is reused
            models.SubmissionState.CANCELLED,
            models.SubmissionState.SUPERSEDED,
        }
    ),
    models.SubmissionState.HELD: frozenset(
        {models.SubmissionState.QUEUED, models.SubmissionState.CANCELLED}
    ),
    models.SubmissionState.RUNNING: frozenset(
        {
            models.SubmissionState.RUNNING,  # taken over from a worker that fell silent
            models.SubmissionState.QUEUED,  # handed back, or postponed after a fault of the machine
            models.SubmissionState.DONE,
            models.SubmissionState.REFUSED,
            models.SubmissionState.FAILED,
            models.SubmissionState.CANCELLED,
        }
    ),
}
