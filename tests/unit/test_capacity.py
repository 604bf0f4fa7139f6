"""How many runs a machine takes."""

import pytest

from grader import capacity, settings

GiB = capacity.GiB


@pytest.mark.parametrize(
    ("cores", "memory_gib", "expected"),
    [(2, 24, 2), (16, 4, 2), (8, 1, 1), (0.5, 8, 1), (64, 256, 64)],
)
def test_scarcer_of_cores_and_memory_decides(cores, memory_gib, expected):
    assert capacity.fitting(cores, memory_gib * GiB) == expected


def test_number_set_by_the_operator_wins():
    assert capacity.workers(settings.Settings(workers=7)) == 7


def test_this_machine_takes_at_least_one():
    assert capacity.workers(settings.Settings()) >= 1


def test_limits_of_a_control_group_count(tmp_path):
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{GiB}\n")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:        8388608 kB\nMemFree: 1 kB\n")
    assert capacity.cores(tmp_path) == 0.5
    assert capacity.memory_bytes(tmp_path, meminfo) == GiB
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert capacity.cores(tmp_path) >= 1
    assert capacity.memory_bytes(tmp_path, meminfo) == 8 * GiB
