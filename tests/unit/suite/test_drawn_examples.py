"""Examples drawn ahead are those that hypothesis would draw; a test says what it said without."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from grader.rpc import host
from grader.suite import WrongAnswer, close, decorators, drawn_examples, given
from grader.suite import strategies as own

SHAPES = own.arrays(own.shapes(n=(1, 5), m=(1, 4)))


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(drawn_examples, "supply", drawn_examples.Supply())
    monkeypatch.setattr(decorators, "running", decorators.GivenOptions())


@pytest.fixture
def restarted(monkeypatch):
    """How often the submission's process was begun again."""
    calls = []
    decorators.running.begin_again = lambda: calls.append(1)
    return calls


def draw(test, fixtures=("student",)):
    made = getattr(test, decorators.PROPERTY)
    usual = decorators.settings(made.max_examples, shrink=False)
    return drawn_examples.draw(made, fixtures, usual)


def seen_by(make, ahead, student=None, **running):
    """Examples that the body of a new test saw, and what it failed with."""
    seen = []
    for name, value in running.items():
        setattr(decorators.running, name, value)
    test = make(seen)
    if ahead:
        assert draw(test)
    failure = None
    try:
        test(student=student)
    except BaseException as exc:
        failure = exc
    return [[np.asarray(value).tolist() for value in each] for each in seen], failure


def passing(seen):
    @given(x=SHAPES, n=st.integers(0, 2**40), max_examples=40)
    def test(student, x, n):
        seen.append((x, n, np.random.random()))

    return test


def test_passing_test_sees_what_hypothesis_would_draw(restarted):
    plain, ahead = (seen_by(passing, ahead) for ahead in (False, True))
    assert plain == ahead
    assert len(plain[0]) == 40
    assert restarted == []


def failing(seen):
    @given(x=SHAPES)
    def test(student, x):
        seen.append((x,))
        close(x * (x.size > 3), x)

    return test


@pytest.mark.parametrize("shrink", [False, True])
def test_failing_test_says_what_it_would(restarted, shrink):
    plain, ahead = (
        (seen_by(failing, ahead, shrink=shrink), decorators.running.examples)
        for ahead in (False, True)
    )
    (_, expected), examples = plain
    (_, failure), examples_ahead = ahead
    assert (type(failure), str(failure)) == (type(expected), str(expected))
    assert np.array_equal(examples.failing["x"], examples_ahead.failing["x"])
    assert restarted == [1], "hypothesis meets a process that was asked nothing"


def test_failing_example_of_which_nobody_reads_runs_once(restarted):
    seen, failure = seen_by(failing, ahead=True, shrink=False, read=False)
    assert isinstance(failure, WrongAnswer)
    assert seen.count(seen[-1]) == 1


def test_time_limit_ends_the_test_at_its_example(restarted):
    def make(seen):
        @given(x=SHAPES)
        def test(student, x):
            seen.append((x,))
            if len(seen) == 3:
                raise host.GuestLost

        return test

    plain, ahead = (seen_by(make, ahead) for ahead in (False, True))
    assert plain[0] == ahead[0]
    assert isinstance(ahead[1], host.GuestLost)
    assert restarted == []


def test_examples_are_drawn_again_where_no_process_can_be_begun_again():
    seen, _ = seen_by(passing, ahead=True)
    assert len(seen) == 40


@pytest.mark.parametrize("fixtures", [("student", "net"), ("student", "tmp_path")])
def test_test_with_fixtures_of_its_own_is_drawn_as_ever(fixtures):
    assert not draw(passing([]), fixtures)


def test_body_that_decides_what_comes_next_is_drawn_as_ever():
    @given(n=st.integers())
    def test(student, n):
        hypothesis.assume(n > 3)

    @given(data=st.data())
    def interactive(student, data):
        data.draw(st.integers())

    @given(pair=st.tuples(st.integers(), st.randoms()))
    def nested(student, pair):
        pass

    assert not any(map(draw, (test, interactive, nested)))


def test_strategy_that_cannot_be_drawn_shows_when_the_test_runs():
    @given(n=st.integers().filter(lambda n: False))
    def test(student, n):
        pass

    assert not draw(test)
    with pytest.raises(hypothesis.errors.HypothesisException):
        test(student=None)


def test_cases_of_one_function_do_not_see_each_other_s_changes(restarted):
    seen = []

    @given(x=SHAPES)
    def test(student, x):
        seen.append(x.copy())
        x += 1

    assert draw(test)
    assert draw(test)
    test(student=None)
    test(student=None)
    half = len(seen) // 2
    assert all(map(np.array_equal, seen[:half], seen[half:]))
    assert drawn_examples.supply.by_test == {}


def test_large_examples_are_not_held(monkeypatch):
    monkeypatch.setattr(drawn_examples, "MAX_BYTES", 100)
    assert not draw(passing([]))
