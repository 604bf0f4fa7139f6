"""When the submissions of an assignment are compared with each other, and what is kept of it.

Owns the choice of submissions (the latest of each student), the digest that says whether a kept
comparison still fits, and that one comparison runs at a time in a process. How alike two works are
is `grader.course.similarity`'s, where they are read `grader.confined.reader`'s.
"""

import hashlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader import errors
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.store import blobs, database
from grader.store import similarity as stored

log = logging.getLogger(__name__)

METHOD: Final = "copydetect 0.5, 25 tokens, window 20, ends of lines alike, cells of notebooks"


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """What is known of an assignment's likenesses.

    Attributes:
        kept: the last comparison, None before the first.
        current: it is of the submissions that there are now.
        running: another is being made.
        fault: why the last try failed; empty when it did not.
    """

    kept: stored.Kept | None
    current: bool
    running: bool
    fault: str


def compare(
    store: database.Database, uploads: blobs.Blobs, assignment: assignments.Assignment
) -> stored.Kept:
    """Compare now, and keep it.

    Raises:
        OperatorError: it could not be done on this machine.
    """
    works = stored.works(store, assignment.slug)
    with reader.Reader() as confined:
        report = confined.alike(assignment, _contents(uploads, works))
    left = {str(work.id): work for work in stored.there(store, works)}
    students = {name: work.student for name, work in left.items()}
    report["pairs"] = [pair for pair in report["pairs"] if _is_reported(pair["names"], left)]
    for pair in report["pairs"]:
        pair["students"] = [students[name] for name in pair["names"]]
    report["unreadable"] = [students[n] for n in report["unreadable"] if n in students]
    stored.keep(store, assignment.slug, digest(assignment, works), report)
    kept = stored.last(store, assignment.slug)
    assert kept is not None  # it was kept a moment ago
    return kept


def _is_reported(names: Sequence[str], left: Mapping[str, stored.ComparedSubmission]) -> bool:
    """Whether a pair is of two works that are still there, and not by the same people or team."""
    if not left.keys() >= {*names}:
        return False
    one, other = (left[name] for name in names)
    return not one.is_shared_with(other)


def texts(
    store: database.Database,
    uploads: blobs.Blobs,
    assignment: assignments.Assignment,
    names: Sequence[str],
) -> dict[str, str]:
    """The texts of some submissions, by id; those that cannot be read any more are left out."""
    works = [work for work in stored.works(store, assignment.slug) if str(work.id) in names]
    with reader.Reader() as confined:
        return confined.texts(assignment, _contents(uploads, works))


def digest(assignment: assignments.Assignment, works: Sequence[stored.ComparedSubmission]) -> str:
    """Of the set of submissions, the suite's version (with the skeleton) and the method."""
    parts = [METHOD, assignment.suite_version(), *sorted(_known(work) for work in works)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _known(work: stored.ComparedSubmission) -> str:
    """What decides whether a work is compared with another: itself, and whose team made it."""
    return " ".join([str(work.id), *map(str, sorted(work.teams))])


def _contents(
    uploads: blobs.Blobs, works: Sequence[stored.ComparedSubmission]
) -> Iterator[tuple[str, bytes]]:
    for work in works:
        yield str(work.id), uploads.get(work.upload_sha256)


class Comparisons:
    """Comparisons made in the background of a service, one at a time."""

    def __init__(self, store: database.Database, uploads: blobs.Blobs) -> None:
        self._store, self._uploads = store, uploads
        self._running: set[str] = set()
        self._faults: dict[str, str] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def state(self, assignment: assignments.Assignment) -> ComparisonState:
        """What is known; starts nothing."""
        kept = stored.last(self._store, assignment.slug)
        now = digest(assignment, stored.works(self._store, assignment.slug))
        with self._lock:
            running = assignment.slug in self._running
            fault = self._faults.get(assignment.slug, "")
        return ComparisonState(kept, kept is not None and kept.digest == now, running, fault)

    def start(self, assignment: assignments.Assignment) -> None:
        """Compare in the background, unless that is going on."""
        with self._lock:
            if assignment.slug in self._running:
                return
            self._running.add(assignment.slug)
            self._faults.pop(assignment.slug, None)
        work = threading.Thread(target=self._compare, args=(assignment,), daemon=True)
        work.start()

    def forget_fault(self, assignment: assignments.Assignment) -> None:
        """Let another try begin after a failed one was told."""
        with self._lock:
            self._faults.pop(assignment.slug, None)

    def _compare(self, assignment: assignments.Assignment) -> None:
        fault = ""
        try:
            with self._turn:
                compare(self._store, self._uploads, assignment)
        except errors.GraderError as exc:
            log.warning("comparing the submissions of %s failed: %s", assignment.slug, exc)
            fault = str(exc)
        finally:
            with self._lock:
                self._running.discard(assignment.slug)
                if fault:
                    self._faults[assignment.slug] = fault
