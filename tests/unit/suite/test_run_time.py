"""How long a run may take: on an idle machine, on a busy one, and with a loop without end."""

import time

import pytest

from grader.rpc import stall_credit
from grader.suite import run_time

RUN_S = 300.0


class Clock:
    """A machine whose processors are wanted by others for a share of the time."""

    def __init__(self, busy=0.0):
        self.now, self.stalled, self.busy = 1000.0, 0.0, busy

    def pass_s(self, seconds):
        self.now += seconds
        self.stalled += self.busy * seconds


@pytest.fixture
def machine(monkeypatch):
    def made(busy):
        clock = Clock(busy)
        monkeypatch.setattr(time, "monotonic", lambda: clock.now)
        monkeypatch.setattr(stall_credit, "stalled_s", lambda: clock.stalled)
        return clock

    return made


def begun_in(run, clock, test_s, cpu_s):
    """How many seconds pass until no further test begins."""
    began = clock.now
    while not run.is_over():
        clock.pass_s(test_s)
        run.spend(cpu_s)
    return clock.now - began


@pytest.mark.parametrize(
    ("busy", "cpu_s", "seconds"),
    [
        (0.0, 1, 310),  # idle
        (1.0, 1, 1210),  # others have the processors
        (1.0, None, 1210),  # the same, where the machine does not show what was spent
        (1.0, 10, 310),  # the submission has them
        (1.0, 5, 610),  # it has half of one
        (1.0, 40, 310),  # or several: its processes are worth no more than the time that passed
    ],
)
def test_run_ends_after_its_time_unless_others_had_the_processors(machine, busy, cpu_s, seconds):
    clock = machine(busy)
    run = run_time.RunTime(RUN_S)
    assert begun_in(run, clock, 10, cpu_s) == pytest.approx(seconds, abs=10)


def test_hidden_tests_have_half_as_long_and_nothing_of_what_was_forgiven_before(machine):
    clock = machine(1.0)
    run = run_time.RunTime(RUN_S)
    begun_in(run, clock, 10, 10)
    run.begin_hidden()
    assert begun_in(run, clock, 10, 10) == pytest.approx(RUN_S / 2, abs=10)
    run.begin_hidden()
    assert run.is_over()


def test_hidden_tests_have_what_visible_ones_left_where_that_is_more(machine):
    clock = machine(0.0)
    run = run_time.RunTime(RUN_S)
    clock.pass_s(50)
    run.begin_hidden()
    assert begun_in(run, clock, 10, 1) == pytest.approx(RUN_S - 50, abs=10)


def test_seconds_of_a_pause_do_not_count(machine):
    clock = machine(0.0)
    run = run_time.RunTime(RUN_S)
    clock.pass_s(RUN_S + 50)
    run.pause(100)
    assert not run.is_over()
