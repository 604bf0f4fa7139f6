"""Read an archive of many students' work in a confined process, one student after the other.

Owns its start, the reading of its answers and its end; `confined.bulk_guest` is the other side.
Which file is whose is `intake.bulk_archive`'s, what becomes of an upload `service.batches`'s.

Theory of operation
    parent --(descriptor of the archive)--> child: gives up network, programs, files and its user,
                                            lists, then inflates student by student
    parent <--(frames: length, msgpack)---- child: `Student`, ..., then `End` with reasons or none

The child writes to a pipe, so it inflates no further than the parent has read: the web process
never holds more than one student's files. What ends the child, or makes it too slow or too large,
is in the archive, so the archive is refused.
"""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import msgspec

from grader import errors, wording
from grader.confined import bulk_guest, rights
from grader.intake import bulk_archive

FRAME_S = 60.0  # of one student
MAX_FRAME_BYTES = bulk_archive.MAX_STUDENT_BYTES + 16 * wording.MB  # names and framing
CHUNK_BYTES = 1 * wording.MB
UNREADABLE = (
    "The archive could not be read within the time and memory that reading one takes. Make a new "
    "zip of only the files that were asked for, or send it in several parts."
)
Said = bulk_guest.StudentFiles | bulk_guest.End
_decoder: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


def split(data: bytes) -> Iterator[tuple[str, bulk_archive.Files]]:
    """Name of each student and the files they would have uploaded.

    Raises:
        UploadRefused: with every reason found, before the first student where the archive's list
            of contents can tell.
        OperatorError: no process can be started, or there is no room for the archive.
    """
    with contextlib.ExitStack() as stack:
        try:
            answers = _started(data, stack)
        except OSError as exc:
            raise errors.OperatorError(
                f"The archive cannot be read: {exc}. See that {tempfile.gettempdir()} has room."
            ) from exc
        while isinstance(said := _frame(answers), bulk_guest.StudentFiles):
            yield said.name, said.files
        if said.reasons:
            raise errors.UploadRefused(said.reasons)


def _started(data: bytes, stack: contextlib.ExitStack) -> int:
    """The descriptor that the answers come from; the process ends with the stack."""
    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-batch-"))
    source = tempfile.TemporaryFile()  # noqa: SIM115  # the stack closes it
    stack.enter_context(source)
    source.write(data)
    source.seek(0)
    answers, theirs = os.pipe()
    stack.callback(os.close, answers)
    try:
        process = _start(source.fileno(), theirs, scratch)
    finally:
        os.close(theirs)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return answers


def _start(source: int, answers: int, scratch: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-c", _BOOT, str(source), str(answers), scratch, *sys.path]
    return subprocess.Popen(  # noqa: S603  # our own module
        command, env=rights.ENVIRONMENT, pass_fds=[source, answers], stdin=subprocess.DEVNULL
    )


def _frame(answers: int) -> Said:
    deadline = time.monotonic() + FRAME_S
    try:
        (length,) = bulk_guest.LENGTH.unpack(_exactly(answers, bulk_guest.LENGTH.size, deadline))
        if length > MAX_FRAME_BYTES:
            raise errors.UploadRefused(UNREADABLE)
        return _decoder.decode(_exactly(answers, length, deadline))
    except (EOFError, TimeoutError, msgspec.DecodeError) as exc:
        raise errors.UploadRefused(UNREADABLE) from exc


def _exactly(answers: int, size: int, deadline: float) -> bytearray:
    """So many bytes; EOFError and TimeoutError if they do not come."""
    found = bytearray()
    while len(found) < size:
        if not select.select([answers], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise TimeoutError
        piece = os.read(answers, min(CHUNK_BYTES, size - len(found)))
        if not piece:
            raise EOFError
        found += piece
    return found


_BOOT = """
import sys
sys.path[:] = sys.argv[4:]
from grader.confined import bulk_guest
bulk_guest.serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
"""
