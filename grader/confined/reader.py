"""Look into stored uploads in a process of its own: their texts, one file, how alike they are.

Owns that process, both ends of the talk with it, and what a student's own text is. What is alike is
`grader.course.similarity`'s.

Theory of operation
    parent  starts `python -m grader.confined.reader`, sends a task, then one upload after the
            other, reads one answer
    child   gives up what a suite process gives up (`rights`), then unpacks and answers. What
            students wrote is data to it, yet it inflates and tokenises hostile bytes: so it has no
            network, no rights, a limit on time and nothing to take.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final, Literal

import msgspec

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.assignment import provided_files
from grader.confined import rights
from grader.course import similarity
from grader.intake import uploads as intake_uploads

MAX_SOURCE: Final = 400_000  # characters of one work that are compared
CPU_S: Final = 1200
PATIENCE_S: Final = 1800.0
LENGTH_BYTES: Final = 8

Uploads = Iterable[tuple[str, bytes]]  # a name, and the stored bytes; taken one after the other


class ReaderTask(msgspec.Struct, frozen=True):
    """What the child is to do."""

    op: Literal["compare", "texts", "file"]
    manifest: assignments.Manifest
    skeleton: dict[str, str] = {}
    path: str = ""
    scratch: str = ""  # the one folder that it may write to; set when it is started


# ---- the parent's side --------------------------------------------------------------------


def alike(assignment: assignments.Assignment, uploads: Uploads) -> dict[str, Any]:
    """Compare uploads with each other.

    Returns:
        `{"compared": n, "unreadable": [names], "pairs": [...]}`, pairs as `similarity.Pair`.

    Raises:
        OperatorError: the process ended without an answer.
    """
    task = ReaderTask("compare", assignment.manifest, _skeleton(assignment))
    found: dict[str, Any] = json.loads(_answer(task, uploads))
    return found


def texts(assignment: assignments.Assignment, uploads: Uploads) -> dict[str, str]:
    """The works as the texts that regions' lines count in; unreadable ones are left out.

    Raises:
        OperatorError: see `alike`.
    """
    found: dict[str, str] = json.loads(_answer(ReaderTask("texts", assignment.manifest), uploads))
    return found


def file(assignment: assignments.Assignment, upload: bytes, path: str) -> bytes:
    """One file of an upload; empty when there is none of that name.

    Raises:
        OperatorError: see `alike`.
    """
    return _answer(ReaderTask("file", assignment.manifest, path=path), [("", upload)])


def _answer(task: ReaderTask, uploads: Uploads) -> bytes:
    with tempfile.TemporaryDirectory(prefix="grader-reading-") as scratch:
        return _asked(msgspec.structs.replace(task, scratch=scratch), uploads)


def _asked(task: ReaderTask, uploads: Uploads) -> bytes:
    program = [sys.executable, "-P", "-m", "grader.confined.reader"]
    child = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # ours
    assert child.stdin  # both were asked for as pipes
    try:
        with child.stdin as sink:
            _send(sink, msgspec.msgpack.encode(task))
            for name, data in uploads:
                _send(sink, msgspec.msgpack.encode((name, data)))
        child.stdin = None  # it is closed: `communicate` shall not touch it
        told, _ = child.communicate(timeout=PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise _no_answer() from exc
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        raise _no_answer()
    return told


def _no_answer() -> errors.OperatorError:
    return errors.OperatorError(
        "Reading the submissions ended without an answer; memory or time may be short. Try again."
    )


def _skeleton(assignment: assignments.Assignment) -> dict[str, str]:
    """What every student was given: the template and the course's files."""
    found = {
        name: path.read_bytes()
        for name, path in disk.files(assignment.template_dir)
        if path.suffix == ".py"
    }
    found |= {
        name: body for name, body in provided_files.files(assignment).items() if name[-3:] == ".py"
    }
    return {name: data.decode("utf-8", "replace") for name, data in found.items()}


def _send(sink: IO[bytes], frame: bytes) -> None:
    sink.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
    sink.write(frame)


# ---- the child's side ---------------------------------------------------------------------


def main() -> None:
    """Read a task and uploads, answer, end."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    frames = _frames(source)
    task = msgspec.msgpack.decode(next(frames), type=ReaderTask)
    if task.op == "compare":
        similarity.prepare()
    rights.enter([], task.scratch, CPU_S)
    sink.write(_work(task, frames))
    sink.close()


def _work(task: ReaderTask, frames: Iterator[bytes]) -> bytes:
    uploads = (msgspec.msgpack.decode(frame, type=tuple[str, bytes]) for frame in frames)
    if task.op == "file":
        return _unpacked(next(uploads)[1], task.manifest).get(task.path, b"")
    found = {name: _text(data, task.manifest) for name, data in uploads}
    readable = {name: text for name, text in found.items() if text is not None}
    if task.op == "texts":
        return json.dumps(readable).encode()
    # The borders between files are the skeleton's, too.
    own = {n: t for n, t in task.skeleton.items() if n in task.manifest.submission.wanted}
    works = [similarity.Source(name, text) for name, text in readable.items()]
    pairs = similarity.compare(works, [*task.skeleton.values(), _joined(own)])
    told = [{"names": p.names, "share": p.share, "regions": p.regions} for p in pairs]
    unreadable = [name for name, text in found.items() if text is None]
    answer = {"compared": len(works), "unreadable": unreadable, "pairs": told}
    return json.dumps(answer).encode()


def _frames(source: IO[bytes]) -> Iterator[bytes]:
    while head := source.read(LENGTH_BYTES):
        yield source.read(int.from_bytes(head, "big"))


def _unpacked(data: bytes, manifest: assignments.Manifest) -> Mapping[str, bytes]:
    try:
        return intake_uploads.unpack(data, manifest).files
    except Exception:  # whatever it is, it is in this upload; the others shall be read
        return {}


def _text(data: bytes, manifest: assignments.Manifest) -> str | None:
    """The student's own Python files as one text; None when intake refuses the upload."""
    own = set(manifest.submission.wanted)
    python = {n: body for n, body in _unpacked(data, manifest).items() if n.endswith(".py")}
    if not python:
        return None
    chosen = {name: body for name, body in python.items() if name in own} or python
    return _joined({name: body.decode("utf-8", "replace") for name, body in chosen.items()})


def _joined(files: Mapping[str, str]) -> str:
    """Files as one text, each below a line with its name.

    Lines end as copydetect counts them. Nothing stands behind their ends: at each line that holds
    spaces alone its lexer looks through all that follow.
    """
    whole = "".join(f"# {name}\n{text}\n" for name, text in sorted(files.items()))
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")[:MAX_SOURCE].split("\n")
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
