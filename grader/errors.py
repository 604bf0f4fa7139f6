"""The exception tree: whose fault it is stands in the type.

Owns the exceptions that cross module borders. Does not own verdicts: a wrong answer, a crash or
a time-out of a student's program is a value (`Verdict`), never an exception here.

    GraderError
    |- StudentError             the upload itself cannot be graded; said to the student, not retried
    |  |- UploadRefused         carries every reason found, each one sentence
    |  |- NotTaken              submitted before the assignment opens or after it has closed
    |  `- TooManyAttempts       no attempt is left today; carries when there is one again
    |     `- TooManyUploads     uploads follow each other too fast; the same
    |- Refusal                  what was asked of the service is not done, and nothing is changed
    |  |- NotFound              there is no such thing, or none that this person may see
    |  |- NotAllowed            it takes another role
    |  |- NotValid              what was given does not fit the rules of the course
    |  `- Conflict              not possible as things stand; carries how they stand
    |- SuiteError               an instructor's manifest, suite, marker or mutant is wrong
    |  `- AssignmentNotFound    no assignment of that name
    `- OperatorError            the machine failed: retried elsewhere, never costs a student
       |- SandboxUnavailable    no engine, no image, a control not in force, a container lost
       |  `- MachineBusy        it did not get ready in time: waited for, not counted as a failure
       |- Undelivered           a mail server or a webhook did not take a message
       |- DatasetMissing        an assignment's data set has not been fetched
       `- StoreUnavailable      the database or the blob folder cannot be reached
          `- DatabaseAway       the database does not answer now; the same call may work soon

Messages say what happened, why it matters and what to do.
"""

import datetime
from collections.abc import Sequence
from typing import Any


class GraderError(Exception):
    """Base of every exception raised on purpose by this package."""


class StudentError(GraderError):
    """What was uploaded cannot be graded, and the student can fix it."""


class UploadRefused(StudentError):
    """The upload breaks a rule of intake.

    Args:
        reasons: at least one sentence each naming the file and what to do.
    """

    def __init__(self, reasons: str | Sequence[str]) -> None:
        self.reasons: tuple[str, ...] = (reasons,) if isinstance(reasons, str) else tuple(reasons)
        super().__init__("\n".join(self.reasons))


class NotTaken(StudentError):
    """The assignment takes no uploads at this time."""


class TooManyAttempts(StudentError):
    """Today's attempts are used up.

    Args:
        most: attempts per day.
        again_at: when the course's next day begins, in the course's time zone.
    """

    def __init__(self, most: int, again_at: datetime.datetime) -> None:
        self.again_at = again_at
        times = "one attempt" if most == 1 else f"{most} attempts"
        super().__init__(
            f"This assignment allows {times} a day, and today's are used up. "
            f"The next one is possible from {again_at:%A %-d %B, %H:%M %Z} on."
        )


class TooManyUploads(TooManyAttempts):
    """One person uploads more often than anybody reads reports.

    Args:
        most: uploads per hour.
        again_at: when the oldest of them is an hour ago.
    """

    def __init__(self, most: int, again_at: datetime.datetime) -> None:
        super().__init__(most, again_at)
        self.args = (
            f"You have uploaded {most} times within an hour, which is as often as this service "
            f"takes from one person. The next upload is possible from {again_at:%H:%M %Z} on.",
        )


class Refusal(GraderError):
    """What somebody asked of the service is not done; the message says why and what to do."""


class NotFound(Refusal):
    """There is no such thing, or none that this person may see."""


class NotAllowed(Refusal):
    """This person's role or token does not allow it."""


class NotValid(Refusal):
    """What was given does not fit the rules of the course."""


class Conflict(Refusal):
    """It is not possible as things stand.

    Args:
        facts: how they stand, by name, for a program that asked.
    """

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.facts = facts


class SuiteError(GraderError):
    """An instructor's file (manifest, suite, solution marker, mutant) is wrong."""


class AssignmentNotFound(SuiteError):
    """No assignment with this name is installed."""


class OperatorError(GraderError):
    """The machine, not a person's file, is at fault; the work is tried again."""


class SandboxUnavailable(OperatorError):
    """No sandbox can be had: engine, image or a confinement control is missing, or it was lost."""


class MachineBusy(SandboxUnavailable):
    """No sandbox gets ready for lack of processors: nothing is broken, waiting helps."""


class Undelivered(OperatorError):
    """A message was not taken.

    Args:
        final: trying again cannot help.
    """

    def __init__(self, detail: str, *, final: bool = False) -> None:
        super().__init__(detail)
        self.final = final


class DatasetMissing(OperatorError):
    """An assignment needs a data set that is not on this machine; staff fetch it."""


class StoreUnavailable(OperatorError):
    """The database or the blob folder cannot be reached."""


class DatabaseAway(StoreUnavailable):
    """The database does not answer now; it may restart, and the same call may work in a moment."""
