"""What a sandbox sees of the kernel's own files: chosen by name, on whatever machine this is."""

from pathlib import Path, PurePosixPath

import pytest

from grader.sandbox import masks


def is_masked(path, paths):
    return any(str(above) in paths for above in (PurePosixPath(path), *PurePosixPath(path).parents))


@pytest.mark.parametrize(
    "path",
    [
        *("/proc/stat", "/proc/meminfo", "/proc/locks", "/proc/kcore", "/proc/pressure/cpu"),
        *("/proc/sys/fs/file-nr", "/proc/sys/kernel/pty/nr", "/sys/block", "/sys/firmware"),
        *("/sys/devices/virtual", "/sys/kernel/slab", "/proc/timer_list"),
    ],
)
def test_figures_of_the_machine_are_masked(path):
    if Path(path).exists():
        assert is_masked(path, masks.masked_paths())


@pytest.mark.parametrize("path", ["/proc/self/status", "/proc/cpuinfo", "/sys/fs/cgroup/cpu.max"])
def test_what_a_program_needs_is_seen(path):
    assert not is_masked(path, masks.masked_paths())


def test_nothing_is_named_twice_or_below_another():
    paths = masks.masked_paths()
    assert sorted(set(paths)) == paths
    assert not [p for p in paths if any(str(a) in paths for a in PurePosixPath(p).parents)]


def test_a_counter_nobody_has_heard_of_is_masked(monkeypatch):
    listing = {"/proc": ["stat", "new", "1"], "/sys/devices/system/cpu": ["cpu0", "online"]}
    listing["/sys/devices/system/cpu/cpu0"] = ["cpuidle", "topology"]
    monkeypatch.setattr(masks.os, "listdir", lambda path: listing.get(str(path), []))
    added = set(masks.masked_paths()) - set(masks._ALWAYS)
    assert added == {"/proc/new", "/proc/stat", "/sys/devices/system/cpu/cpu0/cpuidle"}
