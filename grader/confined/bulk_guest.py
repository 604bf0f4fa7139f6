"""The confined process that reads archives of many students; `confined.bulk_reader` starts it.

Owns what it gives up and the frames it answers with: length and msgpack of one
`StudentFiles` for each student, then `End`. Imports little, because it is started for each archive.
"""

import os
import resource
import struct
from pathlib import Path
from typing import BinaryIO

import msgspec

from grader import errors, wording
from grader.confined import rights
from grader.intake import bulk_archive

CPU_S = 600  # of a whole archive
MEMORY_BYTES = 1000 * wording.MB  # beside the archive itself
LENGTH = struct.Struct(">I")


class StudentFiles(msgspec.Struct, frozen=True, tag=True):
    """One student's files."""

    name: str
    files: bulk_archive.Files


class End(msgspec.Struct, frozen=True, tag=True):
    """All was read, or why not."""

    reasons: tuple[str, ...] = ()


def serve(source: int, answers: int, scratch: str) -> None:
    """Confine this process, then read the archive and answer.

    Args:
        source: descriptor of the archive.
        answers: descriptor of a pipe.
        scratch: a folder, the only one that may be written to.
    """
    Path(scratch).chmod(0o755)
    rights.leave_network()
    rights.enter((), scratch, CPU_S)
    room = MEMORY_BYTES + os.fstat(source).st_size
    resource.setrlimit(resource.RLIMIT_DATA, (room, room))
    with os.fdopen(source, "rb") as archive, os.fdopen(answers, "wb") as sink:
        try:
            for name, files in bulk_archive.split(archive.read()):
                _send(sink, StudentFiles(name, files))
            _send(sink, End())
        except errors.UploadRefused as exc:
            _send(sink, End(exc.reasons))


def _send(sink: BinaryIO, said: StudentFiles | End) -> None:
    body = msgspec.msgpack.encode(said)
    sink.write(LENGTH.pack(len(body)))
    sink.write(body)
    sink.flush()
