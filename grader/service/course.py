"""The courses as everybody meets them: homeworks with the schedules and settings that staff edited.

Owns joining these, and so is the one place that a schedule, a budget of late days and what is sent
by default are read from. Which version of a homework's files is in force is `course_folder`'s, what
an edit does `assignment.schedule_edits`' and `course.course_settings`'.

    the homework's files <- its course's time zone <- what staff changed of its schedule

Edits are kept in memory for a second (`fresh`); an own change is seen at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.assignment import manifest, schedule_edits
from grader.course import course_settings, late_days, memberships
from grader.service import course_folder, fresh
from grader.store import course_settings as stored_settings
from grader.store import courses as stored_courses
from grader.store import database
from grader.store import schedule_edits as stored

NO_EDITS: Final = schedule_edits.ScheduleEdits()
NO_SETTINGS: Final = course_settings.CourseSettings()


@dataclass(frozen=True, slots=True)
class CoursesNow:
    """What was set of each course, and the homeworks that are not in the default one."""

    settings: Mapping[str, course_settings.CourseSettings]
    homes: Mapping[str, str]


class Course:
    """The homeworks of all courses; safe to use from several threads at once."""

    def __init__(self, folder: course_folder.CourseFolder, store: database.Database) -> None:
        self.folder = folder
        self._store = store
        self.edited = fresh.FreshValue(lambda: stored.everything(store))
        self.courses = fresh.FreshValue(
            lambda: CoursesNow(stored_settings.everything(store), stored_courses.homeworks(store))
        )

    @property
    def path(self) -> Path:
        """The course's folder."""
        return self.folder.path

    def load(self, slug: str) -> manifest.Assignment:
        """A homework as it is for everybody.

        Raises:
            AssignmentNotFound: there is none.
        """
        return self.edits(slug).applied(self.as_written(slug))

    def as_written(self, slug: str) -> manifest.Assignment:
        """A homework as its files and its course say, without what staff changed of it."""
        written, zone = self.folder.load(slug), self.settings(self.home(slug)).time_zone
        return schedule_edits.with_values(written, {"time_zone": zone} if zone else {})

    def load_for(self, slug: str, user_ids: Collection[int]) -> dict[int, manifest.Assignment]:
        """User -> the homework as it is for them."""
        edits = self.edits(slug)
        if edits.only_for_everybody:
            return dict.fromkeys(user_ids, self.load(slug))
        people, written = stored.members(self._store, slug, user_ids), self.as_written(slug)
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
        self.courses.read_again()
        self.read_versions_again()

    def read_versions_again(self) -> None:
        """Take notice at once of a version that became live."""
        if self.folder.published:
            self.folder.published.live.read_again()

    def slugs(self, wanted: course_folder.Wanted = course_folder.everything) -> list[str]:
        """The homeworks that have a version in force, sorted; of those that are wanted."""
        return self.folder.slugs(wanted)

    def faults(self, wanted: course_folder.Wanted = course_folder.everything) -> Mapping[str, str]:
        """Homework -> what is wrong with its files as they stand; only those with a fault."""
        return self.folder.faults(wanted)

    def home(self, slug: str) -> str:
        """The course that a homework is in."""
        return self.courses.now().homes.get(slug, memberships.DEFAULT)

    def settings(self, of: str) -> course_settings.CourseSettings:
        """What was set of a course."""
        return self.courses.now().settings.get(of, NO_SETTINGS)

    def late_days(self, of: str) -> late_days.LateDayBudget:
        """The budget of late days of a course."""
        return self.rules(of).course

    def any_late_days(self) -> bool:
        """Whether a course has a budget of late days."""
        return any(self.late_days(of).late_days for of in self.courses.now().settings)

    def rules(self, of: str = "") -> course_folder.CourseFile:
        """What holds in a course; without one, what `course.toml` says to the whole service."""
        return self.settings(of).applied(self.folder.rules())
