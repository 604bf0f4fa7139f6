"""What a reader is asked and what it answers: typed frames over one channel, and their bounds.

Owns the tasks, the answers, the one frame format, and the table of what each task may use. Both
sides import it; `confined.reader` is the parent's, `confined.reader_process` the child's.

    parent   task, then for each upload its name and its bytes, then the end of the stream
    child    answers, then `AnswerEnd`

A frame is its length and a body. Bodies are MessagePack, but for names and bytes of uploads, which
are sent as they are: an archive of many students is not copied to be wrapped.
"""

import struct
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import msgspec

from grader import wording
from grader.assignment import manifest as assignments
from grader.confined import rights
from grader.intake import bulk_archive, source_rules

LENGTH: Final = struct.Struct(">Q")
Template: TypeAlias = dict[str, bytes]  # what students were given: `source_rules.template_of`
FRAMING_BYTES: Final = 16 * wording.MB  # names and framing of files in one answer

# ---- tasks --------------------------------------------------------------------------------


class ReadUpload(msgspec.Struct, frozen=True, tag=True):
    """Unpack one upload and look into its source; answered by `UploadRead`."""

    rules: source_rules.SourceRules


class SplitArchive(msgspec.Struct, frozen=True, tag=True):
    """Take an archive apart; answered by a `StudentFiles` for each.

    Attributes:
        archive_bytes: of the upload that follows, which is held in memory.
    """

    archive_bytes: int


class CompareWorks(msgspec.Struct, frozen=True, tag=True):
    """Say which uploads are alike; answered by `WorksCompared`.

    Attributes:
        skeleton: Python files that every student was given, as text.
    """

    manifest: assignments.Manifest
    skeleton: dict[str, str]
    template: Template = {}


class JoinWorks(msgspec.Struct, frozen=True, tag=True):
    """Join each student's own Python files to one text; answered by `WorksJoined`."""

    manifest: assignments.Manifest
    template: Template = {}


class TakeFile(msgspec.Struct, frozen=True, tag=True):
    """Give one file of an upload; answered by `FileTaken`."""

    manifest: assignments.Manifest
    path: str
    template: Template = {}


class CountPages(msgspec.Struct, frozen=True, tag=True):
    """Say how many pages a PDF of an upload has; answered by `PagesCounted`."""

    manifest: assignments.Manifest
    path: str
    template: Template = {}


class ListFiles(msgspec.Struct, frozen=True, tag=True):
    """Say which files an upload has; answered by `FilesListed`."""

    manifest: assignments.Manifest
    template: Template = {}


class ShowFiles(msgspec.Struct, frozen=True, tag=True):
    """Give the files of one upload as people read them; answered by `FilesShown`."""

    manifest: assignments.Manifest
    template: Template = {}


class TryRights(msgspec.Struct, frozen=True, tag=True):
    """Try what is forbidden; answered by `RightsTried`.

    Attributes:
        home: a folder that no reader has business in.
    """

    home: str


ReaderTask = (
    ReadUpload
    | SplitArchive
    | CompareWorks
    | JoinWorks
    | TakeFile
    | CountPages
    | ListFiles
    | ShowFiles
    | TryRights
)  # fmt: skip

# ---- answers ------------------------------------------------------------------------------


class UploadRead(msgspec.Struct, frozen=True, tag=True):
    """An upload's files, and what its source breaks."""

    upload: source_rules.CheckedUpload


class StudentFiles(msgspec.Struct, frozen=True, tag=True):
    """One student's files, and when they came."""

    work: bulk_archive.Work


class AlikeWorks(msgspec.Struct, frozen=True):
    """Two uploads that are alike; see `similarity.Pair`."""

    names: list[str]
    share: list[float]
    regions: list[list[list[int]]]


class WorksCompared(msgspec.Struct, frozen=True, tag=True):
    """How many uploads were compared, names of those that were not, and who is alike."""

    compared: int
    unreadable: list[str]
    pairs: list[AlikeWorks]


class WorksJoined(msgspec.Struct, frozen=True, tag=True):
    """Name of each readable upload -> its text."""

    texts: dict[str, str]


class FileTaken(msgspec.Struct, frozen=True, tag=True):
    """The bytes of a file; empty when there is none of that name."""

    content: bytes


class PagesCounted(msgspec.Struct, frozen=True, tag=True):
    """How many pages a PDF has; None where that is not sure."""

    pages: Annotated[int, msgspec.Meta(ge=1)] | None


class FilesListed(msgspec.Struct, frozen=True, tag=True):
    """Paths in the submission; none if it cannot be read."""

    paths: list[str]


class OtherFile(msgspec.Struct, frozen=True):
    """A file that is no text, or too long to be shown."""

    size_bytes: int
    sha256: str


class FilesShown(msgspec.Struct, frozen=True, tag=True):
    """An upload's files; both are empty if it cannot be read.

    Attributes:
        texts: path -> text, of those that are text; a notebook is its cells.
        others: path -> what is said of each of the others.
    """

    texts: dict[str, str]
    others: dict[str, OtherFile]


class RightsTried(msgspec.Struct, frozen=True, tag=True):
    """Attempt -> "allowed" or the name of the errno."""

    results: dict[str, str]


class ReadingRefused(msgspec.Struct, frozen=True, tag=True):
    """The upload breaks rules of intake."""

    reasons: tuple[str, ...]


class SuiteAtFault(msgspec.Struct, frozen=True, tag=True):
    """The assignment itself is wrong."""

    message: str


class AnswerEnd(msgspec.Struct, frozen=True, tag=True):
    """All is said."""


ReaderAnswer = (
    UploadRead
    | StudentFiles
    | WorksCompared
    | WorksJoined
    | FileTaken
    | PagesCounted
    | FilesListed
    | FilesShown
    | RightsTried
    | ReadingRefused
    | SuiteAtFault
    | AnswerEnd
)  # fmt: skip

# ---- bounds -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskBounds:
    """What one task may use.

    Attributes:
        cpu_s: processor time, in seconds, before the kernel ends the reader.
        memory_bytes: what the reader may hold.
        frame_s: wall seconds for which each frame is awaited; more on a busy machine.
        frame_bytes: the largest frame of the answer.
    """

    cpu_s: int
    memory_bytes: int
    frame_s: float
    frame_bytes: int


def bounds(task: ReaderTask) -> TaskBounds:
    """What a task may use."""
    match task:
        case (
            ReadUpload(rules=source_rules.SourceRules(manifest=manifest))
            | TakeFile(manifest=manifest)
            | ListFiles(manifest=manifest)
            | ShowFiles(manifest=manifest)
        ):
            unpacked_bytes = int(manifest.submission.max_unpacked_mb * wording.MB)
            return TaskBounds(120, rights.MAX_DATA_BYTES, 60.0, unpacked_bytes + FRAMING_BYTES)
        case CountPages():  # somebody waits for it, and can do without
            return TaskBounds(10, 1000 * wording.MB, 15.0, wording.MB)
        case SplitArchive(archive_bytes):
            student_bytes = bulk_archive.MAX_STUDENT_BYTES + FRAMING_BYTES
            return TaskBounds(600, 1000 * wording.MB + archive_bytes, 60.0, student_bytes)
        case CompareWorks() | JoinWorks():
            return TaskBounds(1200, rights.MAX_DATA_BYTES, 1800.0, 500 * wording.MB)
        case TryRights():
            return TaskBounds(60, rights.MAX_DATA_BYTES, 60.0, wording.MB)


def encode(body: ReaderTask | ReaderAnswer) -> bytes:
    """The body of a frame."""
    return msgspec.msgpack.encode(body)


def decode_task(body: bytes) -> ReaderTask:
    """A task from the body of its frame."""
    return _tasks.decode(body)


def decode_answer(body: bytes | bytearray) -> ReaderAnswer:
    """A frame of an answer from its body.

    Raises:
        DecodeError: no well-formed answer.
    """
    return _answers.decode(body)


_tasks: msgspec.msgpack.Decoder[ReaderTask] = msgspec.msgpack.Decoder(ReaderTask)
_answers: msgspec.msgpack.Decoder[ReaderAnswer] = msgspec.msgpack.Decoder(ReaderAnswer)
