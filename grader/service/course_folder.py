"""The course's folder as the service uses it: each assignment in its last good version.

Owns which version of an assignment is in force, the copies of good ones, and what is wrong with
the files as they stand. What makes a version good is `grader.assignment`'s.

Theory of operation
    An assignment is looked at again when one of its files has changed. If it can be read, it is in
    force, and a copy is kept under the hash of its files. If not, the last good copy stays in
    force, for pages, uploads and runs alike, also after a restart; staff are shown the fault, and
    students see nothing of it. A homework of which there never was a good version does not exist
    for students. One whose folder is gone is gone.

    A homework of which a version was published (`published`) is that version, and the folder's
    files of it are not looked at.

    Where submissions are graded, a version is also tried before it is in force: its tests are
    imported in a confined process (`suite_trials`), which finds what only an import shows. Until
    that has ended, the last good copy stays in force.
"""

import contextlib
import functools
import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import disk, errors, settings
from grader.assignment import bundle, manifest, suite_sources
from grader.course import late_days
from grader.service import published, suite_trials

log = logging.getLogger(__name__)

LAST_GOOD = "last_good"  # a file with the name of the copy that is in force
TRIED = "tried"  # a file with the name of the last copy whose tests were imported
KEPT = 2  # a run may still use the copy before

CourseFile = late_days.CourseFile  # the class below has a method of the module's name
Stamp = tuple[tuple[str, int, int], ...]
Wanted = Callable[[str], bool]  # of an assignment's slug


@dataclass(frozen=True, slots=True)
class Version:
    """What was found at one look.

    Attributes:
        stamp: name, time and size of each file then.
        good: None if there never was a good version.
        fault: what is wrong with the files as they stand; empty if nothing is.
    """

    stamp: Stamp
    good: manifest.Assignment | None
    fault: str


def everything(_slug: str) -> bool:
    """Every assignment is wanted."""
    return True


class CourseFolder:
    """A course's folder; safe to use from several threads at once.

    Args:
        kept_dir: folder for the copies, made when needed; None keeps none, so that a fault leaves
            the parsed manifest in force but not the files.
    """

    def __init__(self, course_dir: Path, kept_dir: Path | None = None) -> None:
        self.path = course_dir
        self.published: published.Published | None = None
        self._kept_dir = kept_dir
        self._versions: dict[str, Version] = {}
        self._lock = threading.RLock()
        self._trials: suite_trials.SuiteTrials | None = None
        self._course_file = b""
        self._course_fault = ""
        self._course_rules = late_days.CourseFile()

    def load(self, slug: str) -> manifest.Assignment:
        """The version of an assignment that is in force.

        Raises:
            AssignmentNotFound: there is no such assignment, or never was a good version of it.
        """
        if self.published and (live := self.published.load(slug)):
            return live
        version = self._version(slug)
        if version.good is None:
            raise errors.AssignmentNotFound(version.fault)
        return version.good

    def slugs(self, wanted: Wanted = everything) -> list[str]:
        """The assignments that have a version in force, sorted.

        Args:
            wanted: of which; the files of others are not looked at.
        """
        live = self._live()
        others = [slug for slug in self._others(live, wanted) if self._version(slug).good]
        return sorted([*filter(wanted, live), *others])

    def faults(self, wanted: Wanted = everything) -> Mapping[str, str]:
        """Assignment -> what is wrong with its files as they stand; only those with a fault.

        Args:
            wanted: see `slugs`.
        """
        found = {slug: self._version(slug).fault for slug in self._others(self._live(), wanted)}
        live = self.published.faults() if self.published else {}
        found |= {slug: fault for slug, fault in live.items() if wanted(slug)}
        self.rules()
        found[late_days.FILE] = self._course_fault
        return {slug: fault for slug, fault in found.items() if fault}

    @contextlib.contextmanager
    def trying(self, trial: suite_trials.Trial) -> Iterator[None]:
        """Let no changed version into force that `trial` does not let pass."""
        with suite_trials.SuiteTrials(trial) as trials:
            with self._lock:
                self._trials = trials
                self._versions.clear()  # those so far were not tried
            self.slugs()
            try:
                yield
            finally:
                self._trials = None

    def late_days(self) -> late_days.LateDayBudget:
        """The course's budget of late days."""
        return self.rules().course

    def rules(self) -> CourseFile:
        """What the last `course.toml` says that could be read."""
        with self._lock:
            path = self.path / late_days.FILE
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                text = b""
            if text != self._course_file:
                self._course_file = text
                self._read_course_file(text, path)
            return self._course_rules

    def _read_course_file(self, text: bytes, path: Path) -> None:
        self._course_fault = ""
        kept = self._kept_dir and self._kept_dir / late_days.FILE
        try:
            self._course_rules = late_days.parse(text, path)
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                disk.write_whole(kept, text)
        except errors.SuiteError as exc:
            self._course_fault = str(exc)
            log.error("%s The last good version, if any, stays in use.", exc)
            if kept and kept.is_file():
                self._course_rules = late_days.parse(kept.read_bytes(), kept)
        except OSError as exc:
            log.warning("no copy of %s is kept, a later mistake may lose it: %s", path, exc)

    def report(self) -> None:
        """Log what the folder holds, for somebody who starts a service and may have mistyped it."""
        found = self.slugs()
        if found:
            count = f"{len(found)} assignment{'s' if len(found) > 1 else ''}"
            log.info("course folder %s: %s: %s", self.path.resolve(), count, ", ".join(found))
        else:
            log.warning(
                "course folder %s: no assignment that can be read, so nobody can submit; name the "
                "folder that holds tests/suites/ with --course or GRADER_COURSE_DIR",
                self.path.resolve(),
            )

    def _live(self) -> set[str]:
        return set(self.published.slugs()) if self.published else set()

    def _others(self, live: Collection[str], wanted: Wanted) -> list[str]:
        """The assignments of the folder itself."""
        return [one for one in manifest.slugs(self.path) if one not in live and wanted(one)]

    def _version(self, slug: str) -> Version:
        manifest.folder(self.path, slug)
        with self._lock:
            before = self._versions.get(slug)
            stamp = _stamp(self.path, slug)
            if before is None or before.stamp != stamp:
                self._versions[slug] = self._looked_at(slug, stamp, before)
            return self._versions[slug]

    def _looked_at(self, slug: str, stamp: Stamp, before: Version | None) -> Version:
        try:
            assignment = checked(self.path, slug)
        except errors.AssignmentNotFound:
            raise
        except (errors.SuiteError, OSError) as exc:
            return Version(stamp, self._last_good(slug, before), self._told(slug, exc))
        if self._trials and not self._was_tried(assignment):
            self._trials.add(assignment, lambda fault: self._end_trial(assignment, stamp, fault))
            return Version(stamp, self._last_good(slug, None) or assignment, "")
        if before and before.fault:
            log.info("%s can be read again; its files as they are now are in use", slug)
        self._keep(assignment)
        return Version(stamp, assignment, "")

    def _end_trial(
        self, assignment: manifest.Assignment, stamp: Stamp, fault: errors.GraderError | None
    ) -> None:
        """Let a tried version into force or not, unless its files have changed meanwhile."""
        slug = assignment.slug
        with self._lock:
            version = self._versions.get(slug)
            if version is None or version.stamp != stamp or _stamp(self.path, slug) != stamp:
                return
            if isinstance(fault, errors.SuiteError):
                good = self._last_good(slug, None)
                self._versions[slug] = Version(stamp, good, self._told(slug, fault))
                return
            if fault is not None:
                log.warning("%s is in use, but its tests could not be tried: %s", slug, fault)
            self._keep(assignment, tried=fault is None)
            self._versions[slug] = Version(stamp, assignment, "")

    def _was_tried(self, assignment: manifest.Assignment) -> bool:
        return self._tried(assignment.slug) == _digest(_files(assignment))

    def _tried(self, slug: str) -> str:
        """The name of the last copy that was tried; empty if none was."""
        try:
            return self._home(slug).joinpath(TRIED).read_text(encoding="ascii")
        except OSError:
            return ""

    def _told(self, slug: str, exc: Exception) -> str:
        log.error("%s: %s The last good version, if any, stays in use.", slug, exc)
        return str(exc)

    def _last_good(self, slug: str, before: Version | None) -> manifest.Assignment | None:
        """The copy that was kept; without one, what this process knows."""
        try:
            name = self._home(slug).joinpath(LAST_GOOD).read_text(encoding="ascii")
            return manifest.load(self._home(slug) / name, slug)
        except (OSError, errors.SuiteError):
            return before.good if before else None

    def _home(self, slug: str) -> Path:
        if self._kept_dir is None:
            raise FileNotFoundError("no copies are kept")
        return self._kept_dir / slug

    def _keep(self, assignment: manifest.Assignment, *, tried: bool = False) -> None:
        """Copy a good version, so that it can stay in force; a full disk costs only that.

        A version that was not tried takes no tried one's place: trials may only begin later.
        """
        if self._kept_dir is None:
            return
        home = self._home(assignment.slug)
        try:
            home.mkdir(parents=True, exist_ok=True)
            name = _copied(assignment, home)
            if tried:
                disk.write_whole(home / TRIED, name.encode("ascii"))
            if self._trials or self._tried(assignment.slug) in ("", name):
                disk.write_whole(home / LAST_GOOD, name.encode("ascii"))
                _forget_all_but(home, name)
        except (errors.SuiteError, OSError) as exc:
            log.warning("no copy of %s is kept, a later mistake may stop it: %s", home, exc)


@functools.cache
def of_service(chosen: settings.Settings) -> CourseFolder:
    """The one of this process, so that each fault is noticed and logged once."""
    return CourseFolder(chosen.course_dir, chosen.data_dir / "assignments")


def checked(course_dir: Path, slug: str) -> manifest.Assignment:
    """An assignment whose manifest and tests can be read.

    Raises:
        AssignmentNotFound: no folder of that name.
        SuiteError: what is wrong, with file and place.
    """
    assignment = manifest.load(course_dir, slug)
    suite_sources.check(assignment)
    return assignment


def faults_in(course_dir: Path) -> dict[str, str]:
    """Assignment -> what is wrong with it, or an empty text, for somebody who asks just once."""
    found = dict.fromkeys(manifest.slugs(course_dir), "")
    for slug in found:
        try:
            checked(course_dir, slug)
        except errors.SuiteError as exc:
            found[slug] = str(exc)
    return found


def _stamp(course_dir: Path, slug: str) -> Stamp:
    return tuple(one for name in bundle.folders(slug) for one in disk.changes(course_dir / name))


def _copied(assignment: manifest.Assignment, home: Path) -> str:
    """Copy an assignment's files, in the same folders, into one named by their hash; its name."""
    files = _files(assignment)
    copy = home / _digest(files)
    if not copy.is_dir():
        half = home / f".new-{os.getpid()}-{threading.get_ident()}"
        shutil.rmtree(half, ignore_errors=True)  # of a process that was killed
        for name, path in files:
            (half / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, half / name)
        checked(half, assignment.slug)  # it may have been saved again meanwhile
        half.rename(copy)
    copy.touch()
    return copy.name


def _files(assignment: manifest.Assignment) -> list[tuple[str, Path]]:
    """Name and path of each file of an assignment, by the course's folders."""
    course_dir = assignment.suite_dir.parents[2]
    return [
        (f"{folder}/{name}", path)
        for folder in bundle.folders(assignment.slug)
        for name, path in disk.files(course_dir / folder)
    ]


def _digest(files: Sequence[tuple[str, Path]]) -> str:
    """The name of a copy of these files."""
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _forget_all_but(home: Path, name: str) -> None:
    """Remove older copies but the newest few."""
    copies = sorted(home.glob("[0-9a-f]*/"), key=lambda copy: copy.stat().st_mtime)
    for copy in copies[:-KEPT]:
        if copy.name != name:
            shutil.rmtree(copy, ignore_errors=True)
