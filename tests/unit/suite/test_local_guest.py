"""A guest at home that starts late is the machine's fault and never a wrong answer."""

import contextlib
import os
import signal
import socket
import threading
import time

import pytest

from grader import errors
from grader.client import check_process
from grader.rpc import host, supervision
from grader.suite import home_check, local_guest, local_run
from tests.support import local_course

TEST = '@task("1a")\ndef test_one(student): close(student.layers.one(), 1)\n'
ONE = "def one(): return 1\n"


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(tmp_path / "s"))
        made.listen()
        yield made


def homework(tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "layers.py").write_text(ONE)
    (tmp_path / "public_tests" / "test_a.py").write_text(local_course.HEADER + TEST)
    return tmp_path


def test_guest_that_does_not_connect_in_time_is_named(listener):
    began = time.monotonic()
    with pytest.raises(errors.OperatorError, match="did not start within 0"):
        local_guest.first_connection(listener, 0.2)
    assert time.monotonic() - began < 5


def test_guest_that_has_ended_is_not_waited_for(listener):
    with pytest.raises(errors.OperatorError, match="could not be started"):
        local_guest.first_connection(listener, 60.0, lambda: True)


def test_check_whose_guest_is_late_reports_no_wrong_answer(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(local_run, "START_S", 0.0)  # a guest that was quick is late, too
    folder = homework(tmp_path)
    assert home_check.check(folder, folder) == 3
    said = capsys.readouterr()
    assert "too busy" in said.err
    assert "wrong answer" not in said.out + said.err
    with pytest.raises(errors.OperatorError, match="too busy"):
        home_check.outcomes(folder, folder)


def test_test_that_cannot_be_started_in_time_is_the_machine_s_fault(listener, monkeypatch):
    monkeypatch.setattr(supervision, "CONTROL_DEADLINE_S", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        guest = local_guest.LocalGuest(listener, ours)
        with pytest.raises(errors.OperatorError, match="too busy"):
            guest.open(host.Bounds(1.0))
        theirs.close()
        with pytest.raises(host.GuestLost):
            guest.open(host.Bounds(1.0))


def test_files_that_are_not_taken_are_the_machine_s_fault(listener, monkeypatch):
    monkeypatch.setattr(supervision, "LOAD_DEADLINE_S", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(errors.OperatorError, match="not loaded in time"):
        local_guest.LocalGuest(listener, ours).load({"a.py": b"x = 1"})


def test_late_notebook_ends_the_check_as_the_machine_s_fault(tmp_path, listener, monkeypatch):
    monkeypatch.setattr(check_process, "START_S", 0.1)
    found = []
    check_process.run(check_process.Notebook(listener), homework(tmp_path), [], found.append)
    assert type(found[-1]).__name__ == "MachineFault"
    assert not [one for one in found if type(one).__name__ == "Finished"]


def test_stopped_guest_is_noticed_and_goes_on(tmp_path):
    """A laptop that sleeps while the guest starts: late, but in time."""
    folder = homework(tmp_path)
    started = []

    def launch(command, place):
        process = local_run.launch_as_oneself(command, place)
        os.kill(process.pid, signal.SIGSTOP)
        threading.Timer(1.0, os.kill, (process.pid, signal.SIGCONT)).start()
        started.append(process)
        return process

    with contextlib.ExitStack() as stack:
        files = dict(local_run.read_folder(folder))
        boxes = local_run.LocalSandboxes(files, stack, "numpy", launch)
        assert isinstance(boxes.guest(), supervision.Guest)
    assert started
