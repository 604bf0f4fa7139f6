"""Checking a published version in the background, behind all that people submit.

Owns the check's life from the queue to its findings. What is looked at is the grading's
(`ports.GradingPort.check_version`).

How a check ends                      version
passed                                ready, or live
changes points that people have       the same as findings
findings                              draft with findings; live if staff insist
people's work waits                   draft, and resumed after a pause
the machine failed, tries left        checked again after a pause
the machine failed too often          draft, with that as its finding
service stops, worker killed          checked again
"""

import dataclasses
import datetime
import logging
from dataclasses import dataclass

from grader import errors
from grader.service import course_folder, ports, published, rubric_losses
from grader.store import database, queue, versions

log = logging.getLogger(__name__)

MAX_TRIES = 5
GIVES_WAY_FOR = datetime.timedelta(minutes=30)  # after that a check takes its turn


class WorkWaits(errors.MachineBusy):
    """People's work waits; the check goes on behind it."""


@dataclass(frozen=True, slots=True)
class VersionChecker:
    """Executes the job."""

    store: database.Database
    folder: course_folder.CourseFolder
    published: published.Published
    port: ports.GradingPort

    def check(self, slug: str, number: int) -> None:
        """Check a version, unless that is done.

        Raises:
            OperatorError: the machine failed; the job is tried again.
        """
        tries = versions.begin_check(self.store, slug, number)
        version = versions.find(self.store, slug, number) if tries else None
        if version is None:
            log.info("version %s of %s is checked already", number, slug)
            return
        log.info("check %s of version %s of %s begins", tries, number, slug)
        found = self._found(version)
        findings = tuple(self.published.shown(version.sha256, text) for text in found.findings)
        versions.end_check(self.store, version, findings, found.figures)
        log.info("version %s of %s: %s findings", number, slug, len(found.findings))

    def _found(self, version: versions.HomeworkVersion) -> ports.VersionCheck:
        try:
            if version.tries > MAX_TRIES:
                raise errors.OperatorError("The worker stopped each time while checking.")
            assignment = self.published.open(version.assignment, version.sha256)
            found = self.port.check_version(assignment, lambda: self._give_way(version))
            lost = rubric_losses.losses(self.store, self.folder, assignment.manifest)
            return dataclasses.replace(found, findings=(*found.findings, *lost))
        except WorkWaits:
            log.info("the check of a version gives way to what people submitted")
            versions.hand_back(self.store, version)
            raise
        except errors.UploadRefused as exc:
            return ports.VersionCheck(tuple(f"reference or template: {r}" for r in exc.reasons))
        except errors.SuiteError as exc:
            return ports.VersionCheck((str(exc),))
        except errors.OperatorError as exc:
            if version.tries < MAX_TRIES and not isinstance(exc, errors.DatasetMissing):
                log.warning("the check of a version is postponed: %s", exc)
                raise
            return ports.VersionCheck((f"It could not be checked: {exc}",))
        except Exception as exc:
            log.exception("the check of a version failed, by a mistake of ours")
            return ports.VersionCheck((f"It could not be checked: {type(exc).__name__}: {exc}",))

    def _give_way(self, version: versions.HomeworkVersion) -> None:
        """Raises WorkWaits if people's work waits, unless this version has waited long itself."""
        age = datetime.datetime.now(datetime.UTC) - version.published_at
        if age < GIVES_WAY_FOR and queue.has_waiting(self.store):
            raise WorkWaits("People's work waits.")
