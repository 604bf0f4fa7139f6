"""A short fuzzing of the wire in every test run; `make fuzz` goes on for minutes."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile import fuzz

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=300))
@QUICK
def test_guest_may_say_anything(data):
    assert fuzz.one(data)


def test_trials_reach_every_ending_and_memory_does_not_grow():
    """The fuzzer itself: trials that are all refused at the first byte would test nothing."""
    tally = fuzz.Tally(3600)
    source = random.Random(20)
    for _ in range(3000):
        tally(source.randbytes(source.randrange(1, 120)))
    kinds = {"protocol_violation", "crashed", "raised", "too large", "value ndarray", "value dict"}
    assert kinds <= set(tally.endings), tally.endings
