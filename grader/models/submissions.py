"""What becomes of uploads: files, states of runs and of bulk operations, which one counts.

Owns names only; the moves between a run's states are of `store.run_states`.
"""

import enum
from dataclasses import dataclass


class SubmissionState(enum.StrEnum):
    """Life of a run, and so of the submission whose newest run it is; moves: `store.run_states`."""

    QUEUED = "queued"
    HELD = "held"  # its batch or regrade is paused
    RUNNING = "running"
    DONE = "done"  # the report is ready
    REFUSED = "refused"  # the upload breaks a rule that only grading could see; the student's turn
    FAILED = "failed"  # the suite or the machine is at fault; staff must act
    CANCELLED = "cancelled"  # somebody called it off
    SUPERSEDED = "superseded"  # its student submitted a newer one while it waited


class Priority(enum.IntEnum):
    """Which run is graded first; within a priority the older one."""

    INTERACTIVE = 20  # somebody waits for it
    BATCH = 10
    REGRADE = 0


class BulkState(enum.StrEnum):
    """Life of a batch or a regrade; whether its runs have ended is counted."""

    OPEN = "open"
    PAUSED = "paused"  # what has not started waits
    CANCELLED = "cancelled"
    APPLIED = "applied"  # a regrade whose new results count
    REVERTED = "reverted"  # the old results count again


class Which(enum.StrEnum):
    """Which submissions of an assignment a regrade takes."""

    ALL = "all"
    LATEST = "latest"  # the newest of each student
    BEST = "best"  # the highest score of each student
    FAILED = "failed"  # those without a result by a fault of ours
    CHOSEN = "chosen"  # those that are named


class Take(enum.StrEnum):
    """Which results of a regrade count when it is applied."""

    KEEP_MAX = "keep-max"  # the new one where it is higher
    TAKE_NEW = "take-new"  # the new one wherever there is one


class Active(enum.StrEnum):
    """Which of a student's graded submissions counts."""

    LATEST = "latest"
    BEST = "best"  # the highest score after the late penalty
    CHOSEN = "chosen"  # the one the student names; the latest until then


class Window(enum.StrEnum):
    """Where a student stands between an assignment's dates."""

    NOT_OPEN = "not_open"
    OPEN = "open"
    GRACE = "grace"  # after the due date, without a penalty yet
    LATE = "late"
    CLOSED = "closed"  # nothing is taken any more


@dataclass(frozen=True, slots=True)
class FileTree:
    """A validated submission: POSIX path -> bytes, plus remarks for the report."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
