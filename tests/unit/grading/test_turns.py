"""The dealing out of a run's tests: each to one process, and no stage before the last has ended."""

import contextlib
import select
import threading
from fractions import Fraction

import pytest

from grader import models
from grader.grading import turns
from grader.suite import run_options, scheduling

VISIBLE, HIDDEN = models.Visibility.VISIBLE, models.Visibility.HIDDEN
LATER = models.Visibility.AFTER_DUE_DATE


def case(name, visibility=VISIBLE, *, slow=False):
    return models.TestCase(name, name, "1", Fraction(1), visibility, slow=slow)


CASES = [
    case("hidden slow", HIDDEN, slow=True),
    case("slow", slow=True),
    case("hidden", HIDDEN),
    case("later", LATER),
    case("public"),
    case("public too"),
]


@pytest.fixture
def dealt():
    with contextlib.closing(turns.Dealer()) as made:
        yield made


def test_all_that_a_student_reads_comes_before_what_is_hidden():
    assert scheduling.stages(CASES) == [[4, 5], [1], [2, 3], [0]]
    assert scheduling.stages(CASES, run_options.RunOptions(slow=False)) == [[4, 5], [2, 3]]
    assert scheduling.stages([]) == []


def test_run_of_some_files_leaves_out_the_tests_of_others():
    cases = [case("public/test_a.py::test_x"), case("hidden/test_b.py::test_x[1]", HIDDEN)]
    some = run_options.RunOptions(files=("hidden/test_b.py",))
    assert scheduling.stages(cases, some) == [[1]]
    assert not some.whole


def is_waiting(dealt):
    """Whether a number can be read now."""
    return bool(select.select([dealt.fd], [], [], 0)[0])


def test_next_stage_opens_with_the_last_end_of_the_one_before(dealt):
    reader = scheduling.Turns(dealt.fd)
    dealt.deal(CASES, run_options.FOR_STUDENT)
    for stage in scheduling.stages(CASES):
        assert [reader.next() for _ in stage] == stage
        for number in reversed(stage):
            assert not is_waiting(dealt), "a turn before this stage has ended"
            dealt.ended(CASES[number].name)
    assert reader.next() is None


def test_each_number_is_read_once_however_many_read(dealt):
    cases = [case(f"public {number}") for number in range(200)]
    cases += [case(f"hidden {number}", HIDDEN) for number in range(200)]
    order, lock = [], threading.Lock()

    def work():
        reader = scheduling.Turns(dealt.fd)
        while (number := reader.next()) is not None:
            with lock:
                order.append(number)
                dealt.ended(cases[number].name)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    dealt.deal(cases, run_options.FOR_STUDENT)
    for thread in threads:
        thread.join(20)
    assert sorted(order[:200]) == list(range(200))
    assert sorted(order[200:]) == list(range(200, 400))


def test_turns_are_taken_ahead_only_while_there_are_plenty(dealt):
    dealt.deal(
        [case(f"public {number}") for number in range(scheduling.PLENTY + 1)],
        run_options.FOR_STUDENT,
    )
    reader = scheduling.Turns(dealt.fd)
    assert (reader.next(), reader.ahead(), reader.ahead()) == (0, 1, None)


def test_after_a_stop_nobody_gets_a_turn(dealt):
    dealt.deal(CASES, run_options.FOR_STUDENT)
    dealt.stop()
    dealt.ended("public")
    assert scheduling.Turns(dealt.fd).next() is None


def test_a_suite_without_tests_ends_at_once(dealt):
    dealt.deal([], run_options.FOR_STUDENT)
    assert scheduling.Turns(dealt.fd).next() is None
