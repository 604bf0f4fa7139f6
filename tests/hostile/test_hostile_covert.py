"""Family 88: every covert channel of the bench, with and without the barrier."""

import os

import pytest

from benchmarks import covert, covert_channels, covert_later

ALL = os.environ.get("HOSTILE") == "all"
pytestmark = [
    pytest.mark.usefixtures("docker_engine"),
    pytest.mark.skipif(not ALL, reason="slow: `make hostile` runs it"),
]
FAMILY = "88_covert_channels"
CHANNELS = (*covert_channels.AT_ONCE, *covert_later.NUMBERS)


def test_no_channel_carries_a_bit_from_a_hidden_test_to_a_student(held, told):
    held(FAMILY, 0, len(CHANNELS))
    rows = covert.measure(ways=(covert.OPEN, covert.CLOSED))
    told("covert channels", *covert.table(rows).splitlines())
    assert set(rows) == set(CHANNELS)
    assert any(bits[covert.OPEN] for bits in rows.values()), "without the barrier nothing is seen"
    assert [name for name, bits in rows.items() if bits[covert.CLOSED]] == []
    held(FAMILY, len(CHANNELS), 0)
