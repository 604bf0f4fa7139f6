"""How many runs a machine takes."""

import pytest

from grader import settings
from grader.sandbox import capacity

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


@pytest.fixture
def machine(tmp_path):
    """A folder like /proc and hierarchies of control groups, written as asked for."""
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text("MemTotal:        8388608 kB\nMemFree: 1 kB\n")

    def write(cgroups, mounts, files):
        (proc / "self/cgroup").write_text(cgroups)
        (proc / "self/mountinfo").write_text(mounts.format(tmp_path))
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"{text}\n")
        return capacity.cores(proc), capacity.memory_bytes(proc)

    return write


V2 = "30 23 0:27 / {0}/cg rw - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "35 31 0:32 / {0}/memory rw - cgroup cgroup rw,memory\n"
    "33 31 0:30 / {0}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
)


def test_limits_of_a_service_of_systemd_count(machine):
    files = {
        "cg/system.slice/grader.service/cpu.max": "50000 100000",
        "cg/system.slice/grader.service/memory.max": 2 * GiB,
        "cg/system.slice/cpu.max": "max 100000",
        "cg/system.slice/memory.max": "max",
    }
    assert machine("0::/system.slice/grader.service\n", V2, files) == (0.5, 2 * GiB)


def test_limits_of_the_slice_around_a_service_count(machine):
    files = {
        "cg/course.slice/grader.service/memory.max": 4 * GiB,
        "cg/course.slice/memory.max": 3 * GiB,
        "cg/course.slice/cpu.max": "25000 100000",
    }
    assert machine("0::/course.slice/grader.service\n", V2, files) == (0.25, 3 * GiB)


def test_limits_inside_a_container_count(machine):
    """Its own group is the root of what it sees."""
    files = {"cg/cpu.max": "50000 100000", "cg/memory.max": GiB}
    assert machine("0::/\n", V2, files) == (0.5, GiB)


def test_limits_of_version_1_count(machine):
    files = {
        "memory/box/memory.limit_in_bytes": 2 * GiB,
        "memory/memory.limit_in_bytes": 2**63 - 4096,
        "cpu/box/cpu.cfs_quota_us": 50_000,
        "cpu/box/cpu.cfs_period_us": 100_000,
        "cpu/cpu.cfs_quota_us": -1,
    }
    assert machine("5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n", V1, files) == (0.5, 2 * GiB)


@pytest.mark.parametrize("mounts", [V2, V1, ""])
def test_without_limits_the_machine_counts(machine, mounts):
    cores, memory = machine("0::/\n", mounts, {})
    assert (cores >= 1, memory) == (True, 8 * GiB)
