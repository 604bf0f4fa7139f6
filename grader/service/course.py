"""The course as everybody meets it: its homeworks, with the schedules that staff edited.

Owns joining the two, and so is the one place that a schedule is read from. Which version of a
homework's files is in force is `course_folder`'s, what an edit does `assignment.schedule_edits`'s.

Theory of operation
    Edits are read again when they are older than a second, so that what a process of another
    machine stored holds here as soon; an own change is seen at once. While the database is away,
    the last that was read holds.
"""

import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from grader import errors
from grader.assignment import manifest, schedule_edits
from grader.course import late_days
from grader.service import course_folder
from grader.store import database
from grader.store import schedule_edits as stored

FRESH_S: Final = 1.0
NO_EDITS: Final = schedule_edits.ScheduleEdits()


class Course:
    """A course's homeworks; safe to use from several threads at once.

    Args:
        fresh_s: how old what was read of the edits may be.
    """

    def __init__(
        self,
        folder: course_folder.CourseFolder,
        store: database.Database,
        fresh_s: float = FRESH_S,
    ) -> None:
        self.folder = folder
        self.fresh_s = fresh_s
        self._store = store
        self._lock = threading.Lock()
        self._edits: Mapping[str, schedule_edits.ScheduleEdits] = {}
        self._read_at: float | None = None

    @property
    def path(self) -> Path:
        """The course's folder."""
        return self.folder.path

    def load(self, slug: str) -> manifest.Assignment:
        """A homework as it is for everybody.

        Raises:
            AssignmentNotFound: there is none.
        """
        return self.edits(slug).applied(self.folder.load(slug))

    def as_written(self, slug: str) -> manifest.Assignment:
        """A homework as its files say, without what staff changed."""
        return self.folder.load(slug)

    def load_for(self, slug: str, user_ids: Collection[int]) -> dict[int, manifest.Assignment]:
        """User -> the homework as it is for them."""
        edits = self.edits(slug)
        if edits.only_for_everybody:
            return dict.fromkeys(user_ids, self.load(slug))
        people, written = stored.members(self._store, slug, user_ids), self.folder.load(slug)
        return {
            user_id: edits.applied(written, one.section, one.login)
            for user_id, one in people.items()
        }

    def edits(self, slug: str) -> schedule_edits.ScheduleEdits:
        """What staff changed of a homework's schedule."""
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > self.fresh_s:
                self._read()
            return self._edits.get(slug, NO_EDITS)

    def read_again(self) -> None:
        """Take notice of a change at once."""
        with self._lock:
            self._read()

    def _read(self) -> None:
        try:
            self._edits = stored.everything(self._store)
        except errors.StoreUnavailable:
            if self._read_at is None:
                raise
        self._read_at = time.monotonic()

    def slugs(self) -> list[str]:
        """The homeworks that have a version in force, sorted."""
        return self.folder.slugs()

    def faults(self) -> Mapping[str, str]:
        """Homework -> what is wrong with its files as they stand; only those with a fault."""
        return self.folder.faults()

    def late_days(self) -> late_days.LateDayBudget:
        """The course's budget of late days."""
        return self.folder.late_days()

    def rules(self) -> course_folder.CourseFile:
        """What `course.toml` says."""
        return self.folder.rules()
