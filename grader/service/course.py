"""The course as everybody meets it: its homeworks, with the schedules that staff edited.

Owns joining the two, and so is the one place that a schedule is read from. Which version of a
homework's files is in force is `course_folder`'s, what an edit does `assignment.schedule_edits`'s.

Edits are kept in memory for a second (`fresh`); an own change is seen at once.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from grader.assignment import manifest, schedule_edits
from grader.course import late_days
from grader.service import course_folder, fresh
from grader.store import database
from grader.store import schedule_edits as stored

NO_EDITS: Final = schedule_edits.ScheduleEdits()


class Course:
    """A course's homeworks; safe to use from several threads at once."""

    def __init__(self, folder: course_folder.CourseFolder, store: database.Database) -> None:
        self.folder = folder
        self._store = store
        self.edited = fresh.FreshValue(lambda: stored.everything(store))

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
        return self.edited.now().get(slug, NO_EDITS)

    def read_again(self) -> None:
        """Take notice of a change at once."""
        self.edited.read_again()
        if self.folder.published:
            self.folder.published.live.read_again()

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
