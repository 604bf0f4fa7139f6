"""Read what strangers sent, in confined processes: one upload, archives of many, works to compare.

Owns the parent's side: what is sent, the check of what comes back, and what it means when nothing
does. `confined.reader_process` is the child's side, `confined.reader_protocol` what both say.

Theory of operation
    A `Reader` forks one process for each task. The bytes of an upload go to it unread; what comes
    back is checked against types and bounds, because a mistake in a decoder may have put somebody
    else in charge over there. The child writes to a channel that holds little, so it inflates no
    further than the parent has read. What ends the child, or makes it too slow or too large, is in
    what it reads: an upload or an archive is then refused, and not tried again.
"""

import contextlib
import itertools
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.assignment import provided_files
from grader.confined import reader_protocol, template_process
from grader.intake import bulk_archive, listing, source_rules
from grader.rpc import stall_credit
from grader.source import filenames, notebook

CHUNK_BYTES: Final = 1024 * 1024
UNREADABLE_UPLOAD: Final = (
    "The upload could not be read within the time and memory that reading one takes. Make a new "
    "zip of only the files that were asked for; if they are few and small, tell the course staff."
)
UNREADABLE_ARCHIVE: Final = (
    "The archive could not be read within the time and memory that reading one takes. Make a new "
    "zip of only the files that were asked for, or send it in several parts."
)

Uploads = Iterable[tuple[str, bytes]]  # a name, and the stored bytes; taken one after the other
AnswerT = TypeVar("AnswerT")


class Reader(template_process.TemplateProcess):
    """Reads uploads in confined processes; start it by `with`. Thread-safe.

    Each method raises OperatorError if no process can be had.
    """

    def __init__(self) -> None:
        super().__init__("grader.confined.reader_process")

    def read(self, upload: bytes, assignment: assignments.Assignment) -> source_rules.CheckedUpload:
        """The files of a stored upload, and what its source breaks.

        Raises:
            UploadRefused: with every reason found.
            SuiteError: a rule needs the template, and it is not there.
        """
        task = reader_protocol.ReadUpload(source_rules.rules_of(assignment))
        checked = self._answer(task, [("", upload)], reader_protocol.UploadRead).upload
        if not _is_possible(checked, assignment.manifest):
            raise errors.UploadRefused(UNREADABLE_UPLOAD)
        return checked

    def split(self, archive: bytes) -> Iterator[bulk_archive.Work]:
        """The work of each student in an archive.

        Raises:
            UploadRefused: with every reason found, before the first student where the archive's
                list of contents can tell.
        """
        task = reader_protocol.SplitArchive(len(archive))
        for student in self._answers(task, [("", archive)], reader_protocol.StudentFiles):
            yield student.work

    def alike(self, assignment: assignments.Assignment, uploads: Uploads) -> dict[str, Any]:
        """Compare uploads with each other.

        Returns:
            `{"compared": n, "unreadable": [names], "pairs": [...]}`, pairs as `similarity.Pair`.
        """
        task = reader_protocol.CompareWorks(
            assignment.manifest, _skeleton(assignment), source_rules.template_of(assignment)
        )
        comparison = self._answer(task, uploads, reader_protocol.WorksCompared)
        pairs = [msgspec.structs.asdict(pair) for pair in comparison.pairs]
        return msgspec.structs.asdict(comparison) | {"pairs": pairs}

    def texts(self, assignment: assignments.Assignment, uploads: Uploads) -> dict[str, str]:
        """The works as the texts that regions' lines count in; unreadable ones are left out."""
        task = reader_protocol.JoinWorks(assignment.manifest, source_rules.template_of(assignment))
        return self._answer(task, uploads, reader_protocol.WorksJoined).texts

    def file(self, assignment: assignments.Assignment, upload: bytes, path: str) -> bytes:
        """One file of an upload; empty when there is none of that name."""
        task = reader_protocol.TakeFile(
            assignment.manifest, path, source_rules.template_of(assignment)
        )
        return self._answer(task, [("", upload)], reader_protocol.FileTaken).content

    def pages(self, assignment: assignments.Assignment, upload: bytes, path: str) -> int | None:
        """How many pages a PDF of an upload has; None where that is not sure.

        Raises:
            OperatorError: also where reading it takes too much time or memory.
        """
        task = reader_protocol.CountPages(
            assignment.manifest, path, source_rules.template_of(assignment)
        )
        return self._answer(task, [("", upload)], reader_protocol.PagesCounted).pages

    def paths(self, assignment: assignments.Assignment, upload: bytes) -> list[str]:
        """The files of an upload, also of a zip in a zip; none if it cannot be read."""
        task = reader_protocol.ListFiles(assignment.manifest, source_rules.template_of(assignment))
        return self._answer(task, [("", upload)], reader_protocol.FilesListed).paths

    def shown(
        self, assignment: assignments.Assignment, upload: bytes
    ) -> reader_protocol.FilesShown:
        """The files of an upload as people read them; none if it cannot be read."""
        task = reader_protocol.ShowFiles(assignment.manifest, source_rules.template_of(assignment))
        return self._answer(task, [("", upload)], reader_protocol.FilesShown)

    def attempts(self, home: Path) -> dict[str, str]:
        """What a reader could do that it should not; see `rights.attempts`.

        Args:
            home: a folder that no reader has business in.
        """
        task = reader_protocol.TryRights(str(home))
        return self._answer(task, (), reader_protocol.RightsTried).results

    def _answer(
        self, task: reader_protocol.ReaderTask, uploads: Uploads, kind: type[AnswerT]
    ) -> AnswerT:
        """The answer to a task that has one frame of it."""
        frames = list(itertools.islice(self._answers(task, uploads, kind), 2))
        if len(frames) != 1:
            raise _unreadable(task)
        return frames[0]

    def _answers(
        self, task: reader_protocol.ReaderTask, uploads: Uploads, kind: type[AnswerT]
    ) -> Iterator[AnswerT]:
        """The frames of an answer up to the last; what stands in the place of one is raised."""
        bounds = reader_protocol.bounds(task)
        with contextlib.closing(self.fork(b"")) as child:
            try:
                _send(child, bounds, task, uploads)
                while not isinstance(answer := _next(child, bounds), reader_protocol.AnswerEnd):
                    if isinstance(answer, reader_protocol.ReadingRefused):
                        raise errors.UploadRefused(answer.reasons)
                    if isinstance(answer, reader_protocol.SuiteAtFault):
                        raise errors.SuiteError(answer.message)
                    if not isinstance(answer, kind):
                        raise _Lost
                    yield answer
            except _Lost as exc:
                raise _unreadable(task) from exc


class _Lost(Exception):
    """The reader ended, took too long, or said what cannot be."""


def _unreadable(task: reader_protocol.ReaderTask) -> errors.GraderError:
    """What it means that no answer came."""
    if isinstance(task, reader_protocol.ReadUpload):
        return errors.UploadRefused(UNREADABLE_UPLOAD)
    if isinstance(task, reader_protocol.SplitArchive):
        return errors.UploadRefused(UNREADABLE_ARCHIVE)
    return errors.OperatorError(
        "Reading the submissions ended without an answer; memory or time may be short. Try again."
    )


def _send(
    child: template_process.ConfinedChild,
    bounds: reader_protocol.TaskBounds,
    task: reader_protocol.ReaderTask,
    uploads: Uploads,
) -> None:
    child.channel.settimeout(bounds.frame_s)
    _send_frame(child.channel, reader_protocol.encode(task))
    for name, data in uploads:
        _send_frame(child.channel, name.encode())
        _send_frame(child.channel, data)
    with contextlib.suppress(OSError):  # it has ended; reading tells
        child.channel.shutdown(socket.SHUT_WR)


def _send_frame(channel: socket.socket, body: bytes) -> None:
    try:
        channel.sendall(reader_protocol.LENGTH.pack(len(body)))
        channel.sendall(body)
    except OSError as exc:  # it has ended, or does not read
        raise _Lost from exc


def _next(
    child: template_process.ConfinedChild, bounds: reader_protocol.TaskBounds
) -> reader_protocol.ReaderAnswer:
    """The next frame of an answer."""
    deadline, waiting = time.monotonic() + bounds.frame_s, stall_credit.Patience()

    def exactly(size: int) -> bytearray:
        received = bytearray()
        while len(received) < size:
            most = min(CHUNK_BYTES, size - len(received))
            received += child.receive(most, deadline, waiting)
        return received

    try:
        (length,) = reader_protocol.LENGTH.unpack(exactly(reader_protocol.LENGTH.size))
        if length > bounds.frame_bytes:
            raise _Lost
        return reader_protocol.decode_answer(exactly(length))
    except (EOFError, TimeoutError, msgspec.DecodeError) as exc:
        raise _Lost from exc


def _is_possible(upload: source_rules.CheckedUpload, manifest: assignments.Manifest) -> bool:
    """Whether intake could have made this: a reader that was taken over may say anything."""
    most_files = listing.MAX_FILES + notebook.MAX_FILES * len(manifest.submission.wanted)
    tasks = {task.id for task in manifest.task}
    violations = [*upload.violations, *filter(None, upload.prints)]
    return (
        len(upload.tree.files) <= most_files
        and not any(map(filenames.escape_fault, upload.tree.files))
        and all(map(str.isprintable, upload.tree.files))
        and all(tasks.issuperset(violation.tasks) for violation in violations)
        and len(upload.prints) == len(source_rules.on_output(manifest))
    )


def _skeleton(assignment: assignments.Assignment) -> dict[str, str]:
    """Python files and notebooks that every student was given: the template's and the course's."""
    files = {name: path.read_bytes() for name, path in disk.files(assignment.template_dir)}
    files |= provided_files.files(assignment)
    kinds = (".py", notebook.SUFFIX)
    return {n: data.decode("utf-8", "replace") for n, data in files.items() if n.endswith(kinds)}
