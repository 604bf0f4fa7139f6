"""Archives of many students' work read in a confined process: the same answers, within bounds."""

import io
import os
import signal
import subprocess
import zipfile

import pytest

from grader import errors
from grader.confined import bulk_reader
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


def refused(data):
    with pytest.raises(errors.UploadRefused) as caught:
        list(bulk_reader.split(data))
    return "\n".join(caught.value.reasons)


@pytest.fixture
def children(monkeypatch):
    """Every process that is started."""
    started, start = [], bulk_reader._start

    def noted(*given):
        started.append(start(*given))
        return started[-1]

    monkeypatch.setattr(bulk_reader, "_start", noted)
    return started


def test_answers_are_those_of_the_splitter(children):
    data = archive(students(40) | {"__MACOSX/x": b"", "all/s7/.git/config": b""})
    assert list(bulk_reader.split(data)) == list(bulk_archive.split(data))
    assert [child.poll() is not None for child in children] == [True]


def test_reasons_are_those_of_the_splitter():
    data = archive({"ann.zip": b"", "ann.ipynb": b""})
    assert "stands there twice" in refused(data)
    assert "not a complete zip file" in refused(b"nonsense")


def test_faults_without_end_are_counted():
    names = {f"s{n}/x.py": b"\0" * (bulk_archive.archive.RATIO_FREE_BYTES + 1) for n in range(50)}
    told = refused(archive(names, zipfile.ZIP_DEFLATED))
    assert "And 30 more faults of this kind." in told


def test_one_student_s_files_are_bounded(monkeypatch):
    monkeypatch.setattr(bulk_archive, "MAX_STUDENT_BYTES", MB)
    whole = archive({"ann/a.bin": b"x" * MB, "bob/a.bin": b"x" * MB, "bob/b.bin": b"x" * MB})
    with pytest.raises(errors.UploadRefused, match=r"'bob': is 2 MB unpacked.*1 MB at most"):
        next(bulk_archive.split(whole))


def test_archive_that_ends_its_reader_is_refused(children):
    """As a mistake in a decoder of C would: the process is killed while it reads."""
    parts = bulk_reader.split(archive({f"s{n}/big.bin": os.urandom(MB) for n in range(4)}))
    next(parts)
    children[0].send_signal(signal.SIGKILL)
    with pytest.raises(errors.UploadRefused, match="could not be read"):
        list(parts)


def test_reader_that_is_silent_is_given_up(children, monkeypatch):
    monkeypatch.setattr(bulk_reader, "FRAME_S", 0.2)
    monkeypatch.setattr(bulk_reader, "_BOOT", "import time; time.sleep(60)")
    assert "within the time" in refused(archive(students(1)))
    assert children[0].poll() == -signal.SIGKILL


def test_nonsense_of_the_reader_is_refused(monkeypatch):
    for said in (b"\xff\xff\xff\xff", b"\0\0\0\1\x01", b"\0\0"):
        boot = f"import os, sys; os.write(int(sys.argv[2]), {said!r})"
        monkeypatch.setattr(bulk_reader, "_BOOT", boot)
        assert "could not be read" in refused(archive(students(1)))


def test_reader_waits_for_whoever_stores_and_ends_with_them(children):
    """The pipe holds it back: no more than a student is inflated ahead."""
    parts = bulk_reader.split(archive({f"s{n}/big.bin": os.urandom(MB) for n in range(40)}))
    next(parts)
    with pytest.raises(subprocess.TimeoutExpired):
        children[0].wait(0.5)
    parts.close()
    assert children[0].poll() == -signal.SIGKILL


def test_reader_has_given_up_its_rights(monkeypatch):
    """It can neither connect nor start programs nor read the accounts' passwords."""
    boot = bulk_reader._BOOT.replace(
        "unbundling.serve(",
        "unbundling.bundle.split = lambda _: [(repr(unbundling.confine.attempts('/root')), [])]\n"
        "unbundling.serve(",
    )
    monkeypatch.setattr(bulk_reader, "_BOOT", boot)
    ((told, _),) = bulk_reader.split(archive(students(1)))
    assert "'start a program': 'allowed'" not in told
    assert "'make a network socket': 'allowed'" not in told


def test_no_room_for_the_archive_is_the_machine_s_fault(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bulk_reader.tempfile, "TemporaryFile", full)
    with pytest.raises(errors.OperatorError, match="No space left"):
        list(bulk_reader.split(archive(students(1))))
