"""CPU budgets: measured on the reference, compared on a submission, silent without a meter."""

import pytest

from grader import errors, models
from grader.rpc import host, proxy
from grader.suite import budgets, events


def spend(monkeypatch, seconds, reference, factor=10.0):
    """Use this much CPU under a budget; the events sent."""
    clock = iter([5.0, None if seconds is None else 5.0 + seconds])
    told = []
    monkeypatch.setattr(
        budgets, "running", budgets.BudgetedTest("t.py::test", reference, told.append)
    )
    student = proxy.Student(lambda *_: None, lambda: next(clock))
    with budgets.budget(student, factor=factor, name="big"):
        pass
    return told


def test_reference_is_measured_and_never_too_slow(monkeypatch):
    (told,) = spend(monkeypatch, 100.0, None)
    assert told == events.Measured("t.py::test/big", 100.0)


def test_submission_within_the_factor_passes(monkeypatch):
    assert spend(monkeypatch, 1.9, {"t.py::test/big": 0.2})


def test_submission_beyond_the_factor_is_stopped_with_both_figures(monkeypatch):
    with pytest.raises(host.Stopped, match=r"Used 2\.10 s .* 2\.00 s are allowed: 10 times") as got:
        spend(monkeypatch, 2.1, {"t.py::test/big": 0.2})
    assert got.value.verdict is models.Verdict.TIME_LIMIT


def test_tiny_figures_are_not_compared(monkeypatch):
    assert spend(monkeypatch, 0.09, {"t.py::test/big": 0.0001})


def test_nothing_is_checked_without_a_meter_and_that_is_told(monkeypatch):
    (told,) = spend(monkeypatch, None, {})
    assert told.cpu_s is None


def test_budget_the_reference_never_reached_is_the_suite_s_fault(monkeypatch):
    with pytest.raises(errors.SuiteError, match="never came to this budget"):
        spend(monkeypatch, 1.0, {"other": 1.0})


def test_measured_event_survives_its_line():
    told = events.Measured("a", 0.25)
    assert events.from_line(events.to_line(told)) == told
