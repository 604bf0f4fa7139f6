"""A supervisor that does not answer: how long it is waited for, and whose verdict follows."""

import contextlib
import socket
import threading
import time

import pytest

from grader import models
from grader.rpc import control, host, meters, stall_credit, supervision, wire

LIMIT_S, ANSWER_S = 0.2, 0.5


class Meter(meters.NoMeter):
    """A count of kills that the test sets."""

    def __init__(self) -> None:
        self.kills: int | None = 3

    def oom_kills(self):
        return self.kills


@pytest.fixture
def guest(monkeypatch):
    """A guest, with the other end of its control channel; nobody listens there."""
    monkeypatch.setattr(supervision, "CONTROL_DEADLINE_S", LIMIT_S)
    ours, theirs = socket.socketpair()
    listener = socket.socket(socket.AF_UNIX)
    with contextlib.closing(ours), contextlib.closing(theirs), contextlib.closing(listener):
        made = supervision.Guest(listener, ours, Meter())
        made.other_end = theirs
        yield made


def answers(end, seconds, *, whole=True):
    """Read a command and answer it after some time, in a thread."""

    def work():
        reader, found = wire.FrameReader(), None
        while found is None:
            found = reader.feed(end.recv(reader.room))
        time.sleep(seconds)
        frame = b"".join(wire.frame(wire.Done(7)))
        end.sendall(frame if whole else frame[:-1])

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("kills", "verdict"),
    [(3, models.Verdict.CRASHED), (4, models.Verdict.MEMORY_LIMIT), (None, models.Verdict.CRASHED)],
)
def test_silence_is_judged_by_the_kernels_count_of_kills(guest, monkeypatch, kills, verdict):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    guest.meter.kills = kills  # the process was asked for when there were three
    with pytest.raises(host.GuestLost) as lost:
        guest.reap()
    assert lost.value.verdict is verdict


def test_count_that_goes_away_with_the_sandbox_is_remembered(guest, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    guest.meter.kills = 4
    assert guest.memory.ran_out()
    guest.meter.kills = None
    with pytest.raises(host.GuestLost) as lost:
        guest.reap()
    assert lost.value.verdict is models.Verdict.MEMORY_LIMIT


def test_kills_of_an_earlier_test_are_not_this_ones(guest, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    guest.meter.kills = 9
    monkeypatch.setattr(guest, "_drop_strangers", lambda: None)
    with pytest.raises(host.GuestLost) as lost:
        guest.open(host.Bounds(1))
    assert lost.value.verdict is models.Verdict.CRASHED


def test_late_answer_on_a_busy_machine_is_waited_for(guest, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", time.monotonic)
    thread = answers(guest.other_end, ANSWER_S)
    assert guest.reap() == 7
    thread.join()


def test_late_answer_on_an_idle_machine_is_none(guest, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    thread = answers(guest.other_end, ANSWER_S)
    with pytest.raises(host.GuestLost):
        guest.reap()
    thread.join()


def test_half_an_answer_is_none_however_busy_the_machine(guest, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", time.monotonic)
    thread = answers(guest.other_end, 0, whole=False)
    with pytest.raises(host.GuestLost):
        guest.reap()
    thread.join()


def test_connection_that_says_nothing_is_closed_and_not_accepted():
    ours, theirs = socket.socketpair()

    class Listener:
        def settimeout(self, _seconds):
            pass

        def accept(self):
            return ours, None

    with contextlib.closing(theirs), pytest.raises(control.Unanswered):
        control.accept(Listener(), stall_credit.Deadline(LIMIT_S))
    assert ours.fileno() == -1
