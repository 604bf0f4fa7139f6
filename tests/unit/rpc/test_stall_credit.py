"""Deadlines on a machine that is too busy to run what they are for."""

import socket
import threading
import time

import pytest

from grader import models
from grader.rpc import host, meters, stall_credit, wire

LIMIT_S, ANSWER_S = 0.2, 0.5
BUSY = "some avg10=97.00 avg60=80.00 avg300=10.00 total=2500000\nfull avg10=0.00 total=9\n"


@pytest.fixture
def pressure(monkeypatch, tmp_path):
    file = tmp_path / "cpu"
    monkeypatch.setattr(stall_credit, "PRESSURE", file)
    return file


def test_stalled_seconds_are_the_kernels(pressure):
    pressure.write_text(BUSY)
    assert stall_credit.stalled_s() == 2.5


def test_kernel_without_the_figure_stalls_nothing(pressure):
    assert stall_credit.stalled_s() == 0


def test_three_quarters_of_the_stalled_time_are_forgiven_and_never_more_than_passed(monkeypatch):
    now, stalled = [100.0], [7.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: stalled[0])
    waiting = stall_credit.Patience()
    now[0], stalled[0] = 110.0, 11.0
    assert waiting.extra_s() == 3.0
    stalled[0] = 1000.0
    assert waiting.extra_s() == 7.5


@pytest.mark.parametrize(("stalled_s", "starved"), [(0, False), (2, False), (4, True)])
def test_lack_of_processors_is_told_from_a_guest_that_hangs(
    monkeypatch, pressure, stalled_s, starved
):
    pressure.write_text(BUSY)
    now, stalled = [100.0], [7.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: stalled[0])
    waiting = stall_credit.Patience()
    now[0], stalled[0] = 110.0, 7.0 + stalled_s
    assert waiting.is_starved() is starved


class Sandbox(meters.NoMeter):
    """A guest that has used so many seconds of processor time in each look at its meter."""

    def __init__(self, step_s):
        self.meter, self._step_s, self._used_s = self, step_s, 0.0
        self.memory = meters.MemoryWatch(self)

    def cpu_s(self):
        self._used_s += self._step_s
        return self._used_s

    def reap(self):
        return 0


def asked(guest):
    """Ask a child that takes longer than its limit; what it answers."""
    calls, child = socket.socketpair()
    output, printed = socket.socketpair()

    def answer():
        reader, whole = wire.FrameReader(), None
        while whole is None:
            whole = reader.feed(child.recv(reader.room))
        time.sleep(ANSWER_S)
        child.sendall(wire.frame(wire.Return(whole[0].id, 5))[0])

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        return host.Session(calls, output, host.Bounds(LIMIT_S), guest).ask("value", 0)
    finally:
        thread.join()
        for each in (calls, child, output, printed):
            each.close()


def test_slow_answer_on_an_idle_machine_is_a_time_limit(monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    with pytest.raises(host.Stopped) as stopped:
        asked(Sandbox(0.0))
    assert stopped.value.verdict is models.Verdict.TIME_LIMIT


def test_slow_answer_on_a_busy_machine_is_waited_for(monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", time.monotonic)
    assert asked(Sandbox(0.01)) == 5


def test_guest_that_had_its_share_of_the_processor_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", time.monotonic)
    with pytest.raises(host.Stopped) as stopped:
        asked(Sandbox(LIMIT_S))
    assert stopped.value.verdict is models.Verdict.TIME_LIMIT
