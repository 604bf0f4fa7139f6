"""How long a run waits after a failure of the machine."""

import pytest

from grader.service import jobs


@pytest.mark.parametrize(("attempts", "middle"), [(0, 2), (1, 4), (3, 16), (9, 60), (10_000, 60)])
def test_pauses_grow_to_a_bound_and_scatter(attempts, middle):
    pauses = [jobs.retry_pause_s(attempts) for _ in range(200)]
    assert middle * 0.5 <= min(pauses) < middle < max(pauses) <= middle * 1.5
    assert len(set(pauses)) > 100


@pytest.mark.parametrize(("attempts", "middle"), [(0, 10), (2, 40), (9, 120)])
def test_pauses_are_longer_where_processors_are_lacking(attempts, middle):
    pauses = [jobs.retry_pause_s(attempts, busy=True) for _ in range(200)]
    assert middle * 0.5 <= min(pauses) < middle < max(pauses) <= middle * 1.5
