"""Uploads read in a confined process: the same answers as in this one, and a crash is a refusal."""

import os
import signal
import threading
from pathlib import Path

import pytest

from grader import errors, models
from grader.intake import archive, uploads
from grader.suite import forkserver
from tests.support import attacked

GOOD = {"layers.py": attacked.HONEST.encode(), "notes.bin": bytes(range(256)) * 4000}


@pytest.fixture(scope="module")
def suites():
    with forkserver.SuiteTemplate() as made:
        yield made


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return attacked.write(tmp_path_factory.mktemp("course"), "CANARY").manifest


def test_tree_is_the_one_of_intake(suites, manifest):
    upload = archive.write(GOOD | {".DS_Store": b"x"})
    tree = suites.unpack(upload, manifest)
    assert tree == uploads.unpack(upload, manifest)
    assert isinstance(tree, models.FileTree)
    assert tree.notes


def test_largest_upload_that_intake_takes_comes_through(suites, manifest):
    upload = archive.write(GOOD | {"large.bin": os.urandom(18 * 2**20)})
    assert len(suites.unpack(upload, manifest).files["large.bin"]) == 18 * 2**20


def test_reasons_are_those_of_intake(suites, manifest):
    upload = archive.write({"layers.py": b"def f(:\n", "other.py": b"x = (\n"})
    with pytest.raises(errors.UploadRefused) as here:
        uploads.unpack(upload, manifest)
    with pytest.raises(errors.UploadRefused) as there:
        suites.unpack(upload, manifest)
    assert there.value.reasons == here.value.reasons
    assert len(there.value.reasons) == 2


def test_upload_that_ends_its_reader_is_refused(suites, manifest, monkeypatch):
    """As a mistake in a decoder of C would: the process is killed while it reads."""
    spawn = suites.spawn

    def killed(request, fds):
        process = spawn(request, fds)
        signal.pidfd_send_signal(process._pidfd, signal.SIGKILL)
        return process

    monkeypatch.setattr(suites, "spawn", killed)
    upload = archive.write(GOOD | {"large.bin": os.urandom(15 * 2**20)})
    with pytest.raises(errors.UploadRefused, match="could not be read"):
        suites.unpack(upload, manifest)


def test_uploads_are_read_side_by_side(suites, manifest):
    upload, found = archive.write(GOOD), []
    threads = [
        threading.Thread(target=lambda: found.append(suites.unpack(upload, manifest)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [tree.files for tree in found] == [GOOD] * 4


def test_no_descriptor_stays_open(suites, manifest):
    upload = archive.write(GOOD)
    suites.unpack(upload, manifest)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        suites.unpack(upload, manifest)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
