"""What is graded without a queue waits for a busy machine, too, but not for ever."""

import pytest

from grader import errors
from grader.grading import patience


def test_a_busy_machine_is_waited_for_with_longer_and_longer_pauses():
    answers, slept = [errors.MachineBusy("busy"), errors.MachineBusy("busy"), "report"], []

    def grade():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patience.patiently(grade, slept.append) == "report"
    assert slept == [5, 10]


def test_a_machine_that_stays_busy_is_given_up_after_half_an_hour():
    def grade():
        raise errors.MachineBusy("busy")

    slept = []
    with pytest.raises(errors.MachineBusy):
        patience.patiently(grade, slept.append)
    assert 1500 < sum(slept) < 2000


def test_what_is_broken_is_not_waited_for():
    def grade():
        raise errors.SandboxUnavailable("no image")

    with pytest.raises(errors.SandboxUnavailable):
        patience.patiently(grade, lambda _: pytest.fail("it waited"))
