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
    assert {row.name for row in rows} == set(CHANNELS)
    assert any(row.bits[covert.OPEN] for row in rows), "without the barrier nothing is seen, either"
    heard = {row.name: row.bits[covert.CLOSED] for row in rows if row.bits[covert.CLOSED]}
    assert not heard
    held(FAMILY, len(CHANNELS), 0)
