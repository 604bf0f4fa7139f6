"""The reference decides whose fault a doubtful failure is, once per version of a suite and test."""

import logging

import pytest

from grader import errors, models
from grader.grading import suite_faults
from grader.models import Outcome, Verdict
from grader.suite import collect, events

DOUBTFUL = events.Finished(
    Outcome("hidden/t.py::t", Verdict.WRONG_ANSWER, "could not use it", "printed"),
    "hidden/t.py, line 3: NameError: \x1b[2Jx",
)


def reference(verdict, suspicion=""):
    calls = []

    def run(tests):
        calls.append(list(tests))
        return [events.Finished(Outcome(test, verdict), suspicion) for test in tests]

    return run, calls


@pytest.mark.parametrize("verdict", [Verdict.WRONG_ANSWER, Verdict.EXCEPTION])
def test_test_that_fails_on_the_reference_is_set_aside_and_staff_read_where(verdict, caplog):
    run, calls = reference(verdict)
    faults = suite_faults.SuiteFaults()
    with caplog.at_level(logging.ERROR):
        (outcome,) = faults.decide("a1 v1", [DOUBTFUL], run)
    assert outcome.verdict is Verdict.NOT_RUN
    assert outcome.output == ""
    assert "NameError" not in outcome.message
    assert outcome.fault == r"hidden/t.py, line 3: NameError: \x1b[2Jx"
    assert "a1 v1: a test is wrong" in caplog.text
    assert "hidden/t.py, line 3" in caplog.text
    faults.decide("a1 v1", [DOUBTFUL], run)
    assert calls == [["hidden/t.py::t"]]
    assert caplog.text.count("a test is wrong") == 1  # not once per submission


def test_test_that_passes_on_the_reference_is_the_submission_s_failure():
    run, calls = reference(Verdict.PASSED)
    faults = suite_faults.SuiteFaults()
    assert faults.decide("a1 v1", [DOUBTFUL], run) == [DOUBTFUL.outcome]
    assert faults.decide("a1 v1", [DOUBTFUL], run) == [DOUBTFUL.outcome]
    assert len(calls) == 1


def test_test_that_the_reference_is_known_to_pass_is_not_tried_on_it():
    run, calls = reference(Verdict.WRONG_ANSWER)
    faults = suite_faults.SuiteFaults()
    faults.note_right("a1 v1", ["hidden/t.py::t"])
    assert faults.decide("a1 v1", [DOUBTFUL], run) == [DOUBTFUL.outcome]
    assert calls == []
    (outcome,) = faults.decide("a1 v2", [DOUBTFUL], run)
    assert outcome.verdict is Verdict.NOT_RUN  # of another version nothing is known


def test_all_doubtful_tests_of_a_report_take_one_run_of_the_reference():
    run, calls = reference(Verdict.PASSED)
    doubtful = [events.Finished(Outcome(f"t{n}", Verdict.WRONG_ANSWER), "x") for n in range(150)]
    faults = suite_faults.SuiteFaults()
    assert faults.decide("a1 v1", doubtful[:3], run) == [event.outcome for event in doubtful[:3]]
    faults.decide("a1 v1", doubtful, run)
    assert [len(tests) for tests in calls] == [3, 100, 47]


def test_another_version_of_the_suite_is_tried_anew():
    broken, _ = reference(Verdict.WRONG_ANSWER)
    fixed, calls = reference(Verdict.PASSED)
    faults = suite_faults.SuiteFaults()
    assert faults.decide("a1 v1", [DOUBTFUL], broken)[0].fault
    assert not faults.decide("a1 v2", [DOUBTFUL], fixed)[0].fault
    assert len(calls) == 1


@pytest.mark.parametrize("verdict", [Verdict.TIME_LIMIT, Verdict.NOT_RUN, Verdict.CRASHED])
def test_reference_that_does_not_come_to_an_end_decides_nothing(verdict):
    faults = suite_faults.SuiteFaults()
    with pytest.raises(errors.OperatorError, match=r"hidden/t\.py::t ended in doubt"):
        faults.decide("a1 v1", [DOUBTFUL], reference(verdict)[0])
    assert not faults.decide("a1 v1", [DOUBTFUL], reference(Verdict.PASSED)[0])[0].fault


def test_test_whose_own_code_takes_too_long_on_the_reference_is_wrong():
    run, _ = reference(Verdict.TIME_LIMIT, "hidden/t.py, line 3: CheckingTooLong: 30 s")
    assert suite_faults.SuiteFaults().decide("a1 v1", [DOUBTFUL], run)[0].fault


def test_doubtful_outcome_is_told_once_it_is_decided():
    told = []
    results = collect.Results(told.append, keep_doubtful=True)
    case = models.TestCase("hidden/t.py::t", "hidden/t.py::t", "1", 1, models.Visibility.HIDDEN)
    results.add(events.Collected((case,)))
    results.add(DOUBTFUL)
    assert told == []
    assert results.outcomes == ()
    results.settle(lambda doubtful: [event.outcome for event in doubtful])
    assert [type(one).__name__ for one in told] == ["Tested", "PhaseEnded"]
    assert results.outcomes == (DOUBTFUL.outcome,)
    results.settle(lambda event: pytest.fail("decided twice"))
