"""Archives of many students' work read in a confined process: the same answers, within bounds."""

import dataclasses
import io
import os
import signal
import socket
import time
import zipfile

import pytest

from grader import errors
from grader.confined import reader, reader_protocol, template_process
from grader.intake import bulk_archive

MB = 1_000_000


def archive(files, method=zipfile.ZIP_STORED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return sink.getvalue()


def students(count):
    return {f"all/s{n}/src/f{m}.py": b"x = 1\n" * m for n in range(count) for m in range(3)}


def frame(answer):
    body = reader_protocol.encode(answer)
    return reader_protocol.LENGTH.pack(len(body)) + body


@pytest.fixture(scope="module")
def confined():
    with reader.Reader() as started:
        yield started


def refused(confined, data):
    with pytest.raises(errors.UploadRefused) as caught:
        list(confined.split(data))
    return "\n".join(caught.value.reasons)


@pytest.fixture
def children(confined, monkeypatch):
    """Every process that is started."""
    started, fork = [], confined.fork

    def noted(request):
        started.append(fork(request))
        return started[-1]

    monkeypatch.setattr(confined, "fork", noted)
    return started


def is_gone(child):
    """Whether a child was ended and forgotten; the kernel then knows its number no more."""
    return child._pidfd == -1


def test_answers_are_those_of_the_splitter(confined, children):
    data = archive(students(40) | {"__MACOSX/x": b"", "all/s7/.git/config": b""})
    assert list(confined.split(data)) == list(bulk_archive.split(data))
    assert [is_gone(child) for child in children] == [True]


def test_reasons_are_those_of_the_splitter(confined):
    data = archive({"ann.zip": b"", "ann.ipynb": b""})
    assert "is there twice" in refused(confined, data)
    assert "not a complete zip file" in refused(confined, b"nonsense")


def test_faults_without_end_are_counted(confined):
    zeros = b"\0" * (bulk_archive.archive.RATIO_FREE_BYTES + 1)
    names = {f"ann/x{n}.py": zeros for n in range(50)} | {"bob/a.py": b""}
    ann, bob = confined.split(archive(names, zipfile.ZIP_DEFLATED))
    assert ann.faults[-1] == "And 30 more faults of this kind."
    assert bob.files == [("a.py", b"")]


def test_one_student_s_files_are_bounded(monkeypatch):
    monkeypatch.setattr(bulk_archive, "MAX_STUDENT_BYTES", MB)
    whole = archive({"ann/a.bin": b"x" * MB, "bob/a.bin": b"x" * MB, "bob/b.bin": b"x" * MB})
    ann, bob = bulk_archive.split(whole)
    assert (len(ann.files), ann.faults) == (1, ())
    (fault,) = bob.faults
    assert fault.startswith("'bob': is 2 MB unpacked; one student's work may have 1 MB at most")


def test_archive_that_ends_its_reader_is_refused(confined, children):
    """As a mistake in a decoder of C would: the process is killed while it reads."""
    parts = confined.split(archive({f"s{n}/big.bin": os.urandom(MB) for n in range(4)}))
    next(parts)
    children[0].kill()
    with pytest.raises(errors.UploadRefused, match="The archive could not be read"):
        list(parts)


class Pretender:
    """A child that says what it is told to, in the place of a reader."""

    def __init__(self, said=b"", hang_up=True):
        self.channel, self._other = socket.socketpair()
        self._other.sendall(said)
        if hang_up:
            self._other.shutdown(socket.SHUT_WR)
        self._end = os.open(os.devnull, os.O_RDONLY)
        self.receive = template_process.ConfinedChild(self.channel, -1, self._end, "").receive
        self.closed = False

    def close(self):
        self.closed = True
        os.close(self._end)
        self.channel.close()
        self._other.close()


def test_reader_that_is_silent_is_given_up(confined, monkeypatch):
    bounds = dataclasses.replace(
        reader_protocol.bounds(reader_protocol.SplitArchive(0)), frame_s=0.2
    )
    monkeypatch.setattr(reader_protocol, "bounds", lambda _: bounds)
    silent = Pretender(hang_up=False)
    monkeypatch.setattr(confined, "fork", lambda _: silent)
    assert "within the time" in refused(confined, archive(students(1)))
    assert silent.closed


@pytest.mark.parametrize(
    "said",
    [
        *(b"\xff" * 8, b"\0" * 7 + b"\1\x01", b"\0\0", b""),
        *(
            frame(reader_protocol.FileTaken(b"x")),
            frame(reader_protocol.StudentFiles(bulk_archive.Work("s", []))),
        ),
    ],
    ids=["length", "body", "half a length", "nothing", "another's answer", "no end"],
)
def test_nonsense_of_the_reader_is_refused(confined, monkeypatch, said):
    monkeypatch.setattr(confined, "fork", lambda _: Pretender(said))
    assert "could not be read" in refused(confined, archive(students(1)))


def test_reader_waits_for_whoever_stores_and_ends_with_them(confined, children):
    """The channel holds it back: no more than a student is inflated ahead."""
    parts = confined.split(archive({f"s{n}/big.bin": os.urandom(MB) for n in range(40)}))
    next(parts)
    time.sleep(0.5)
    signal.pidfd_send_signal(children[0]._pidfd, 0)  # it is still there
    parts.close()
    assert is_gone(children[0])


def test_no_room_for_a_reader_is_the_machine_s_fault(confined, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(template_process.tempfile, "mkdtemp", full)
    with pytest.raises(errors.OperatorError, match=r"No space left.*See that .* has room"):
        list(confined.split(archive(students(1))))
