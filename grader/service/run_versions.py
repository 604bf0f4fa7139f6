"""By which version of its homework a run is graded.

Owns that choice, and noting it with the run: the version that a regrade names, else the live one,
else the files in the course's folder. It is made when an attempt begins, so that what was graded
and what is noted are the same, whatever becomes live meanwhile.
"""

import logging
from dataclasses import dataclass

from grader import errors
from grader.assignment import manifest
from grader.service import course_folder
from grader.store import database, rows, runs, versions

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunVersions:
    """The versions of one service."""

    store: database.Database
    folder: course_folder.CourseFolder

    def choose(self, claimed: rows.ClaimedRun) -> manifest.Assignment:
        """The homework as this run is graded by it, whose number stands at the run from now on.

        Raises:
            SuiteError: there is none that can be read.
            StoreUnavailable: its bundle cannot be had.
        """
        number, assignment = self._chosen(claimed)
        runs.note_version(self.store, claimed, number)
        return assignment

    def _chosen(self, claimed: rows.ClaimedRun) -> tuple[int | None, manifest.Assignment]:
        slug, published = claimed.assignment, self.folder.published
        if published is None:
            return None, self.folder.load(slug)
        if claimed.asked_version is not None:
            asked = versions.find(self.store, slug, claimed.asked_version)
            if asked is None:
                raise errors.SuiteError(f"There is no version {claimed.asked_version} of {slug}.")
            return asked.number, published.open(slug, asked.sha256)
        live = versions.live(self.store).get(slug)
        if live is not None:
            try:
                return live.number, published.open(slug, live.sha256)
            except errors.SuiteError as exc:
                log.error("version %s of %s cannot be read: %s", live.number, slug, exc)
        assignment = self.folder.load(slug)
        return published.of_folder.keep(assignment), assignment
