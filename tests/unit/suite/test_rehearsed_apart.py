"""When notebooks are rehearsed in a run of several processes, and which findings are kept."""

import time
import types

import pytest

from grader import models
from grader.rpc import host, wire
from grader.suite import events, plugin, run_terms

FOUND = (wire.Skipped("a.ipynb", 0, "raised", "words"),)


class Guest:
    """Notes what it is handed of an earlier rehearsal."""

    def __init__(self, story):
        self.story = story

    def rehearse(self, _bounds, known):
        self.story.append("rehearsed" if known is None else "took over")
        return FOUND if known is None else known


class Sandboxes:
    def __init__(self, story):
        self.story = story
        self.in_use = None

    def guest(self):
        self.in_use = self.in_use or Guest(self.story)
        return self.in_use

    def renew(self):
        self.in_use = None


class Turns:
    """Deals out some numbers; what runs is up to the test."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def next(self):
        return self.numbers.pop(0) if self.numbers else None

    def ahead(self):
        return None


class Item:
    """A test that asks for the student's guest and does nothing else."""

    def __init__(self, name, suite):
        self.nodeid, self.suite = name, suite
        self.config = self.hook = self

    def pytest_runtest_protocol(self, item, nextitem):
        case = self.suite._cases[item.nodeid]
        self.suite._emit(case.name)
        self.suite._guests.for_test(hidden=not case.readable)


def case(name, visibility=models.Visibility.VISIBLE, *, slow=False):
    return models.TestCase(name, name, "1", 1, visibility, "", slow=slow)


CASES = (case("shown"), case("hidden", models.Visibility.HIDDEN), case("slow", slow=True))


@pytest.fixture
def run(tmp_path):
    """Runs tests by their numbers as one of several processes; the story of it."""

    def work(*numbers, cases=CASES):
        story = []
        terms = run_terms.RunTerms(
            Sandboxes(story), host.Bounds(1), 60, story.append, turns=Turns(*numbers)
        )
        suite = plugin.Plugin(tmp_path, terms)
        suite._cases = {one.name: one for one in cases}
        suite._items = [Item(one.name, suite) for one in cases]
        suite.pytest_collection_finish()
        suite.pytest_runtestloop(None)
        return [one for one in story if not isinstance(one, events.StatementsSkipped)]

    return work


def test_notebooks_are_rehearsed_before_the_tests_are_dealt_out(run):
    story = run(0)
    assert story[0] == "rehearsed"
    assert isinstance(story[1], events.Collected)
    assert story[2:] == ["shown"]


def test_findings_from_before_all_hidden_tests_are_taken_over_later(run):
    assert run(0, 1, 2)[2:] == ["shown", "hidden", "slow", "took over"]


def test_findings_that_a_hidden_test_may_have_reached_are_for_no_test_that_a_student_reads(run):
    """A process that is late rehearses while others run hidden tests."""
    assert run(1, 2)[2:] == ["hidden", "slow", "rehearsed"]


def test_turn_of_a_slow_test_says_nothing_of_what_ran_before(run):
    assert run(2, 1, 2)[2:] == ["slow", "rehearsed", "hidden", "slow", "took over"]


def test_without_visible_tests_the_first_stage_is_a_hidden_one(run):
    hidden = models.Visibility.HIDDEN
    cases = (case("hidden", hidden), case("slow", hidden, slow=True))
    assert run(0, 1, cases=cases)[2:] == ["hidden", "slow"]


def test_hidden_tests_have_half_of_the_time_though_visible_ones_used_up_all(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    terms = run_terms.RunTerms(Sandboxes([]), host.Bounds(1), 60_000, [].append)
    suite = plugin.Plugin(tmp_path, terms)
    suite._cases = {one.name: one for one in CASES}

    def begins(name, after_s):
        now[0] = 100.0 + 1_000 * after_s
        try:
            suite.pytest_runtest_setup(Item(name, suite))
        except host.Stopped as stopped:
            return stopped.verdict
        return "began"

    assert begins("slow", 59) == "began"
    assert begins("slow", 70) == "not_run"
    assert begins("hidden", 80) == "began"
    assert begins("hidden", 109) == "began"
    assert begins("hidden", 150) == "not_run"


def test_no_test_pays_for_the_rehearsal_nor_for_the_wait_for_its_sandbox(tmp_path, monkeypatch):
    now, said = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    class SlowGuest(Guest):
        def rehearse(self, bounds, known):
            now[0] += 20
            return super().rehearse(bounds, known)

    class SlowSandboxes(Sandboxes):
        def guest(self):
            now[0] += 5
            return SlowGuest([])

    idle = types.SimpleNamespace(ask=None, cpu_s=None, restart=None, begin_again=None)
    monkeypatch.setattr(plugin.student_process, "StudentProcess", lambda _guest, _bounds: idle)
    terms = run_terms.RunTerms(SlowSandboxes([]), host.Bounds(1), 60, said.append)
    suite = plugin.Plugin(tmp_path, terms)
    suite._cases = {"shown": CASES[0]}
    suite.pytest_runtest_setup(Item("shown", suite))
    next(type(suite).student.__wrapped__(suite))
    now[0] += 3
    ended = types.SimpleNamespace(when="teardown", excinfo=None)
    suite.pytest_runtest_makereport(Item("shown", suite), ended)
    assert said[-1].outcome.wall_s == 3
