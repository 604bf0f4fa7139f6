"""Limits that were asked for, read back from the engine and from the kernel.

Owns the comparison of the policy's limits with what `selftest_guest` read in its own control group
and with the engine's own record. What a probe can try by itself (fill memory, fork) is
`selftest`'s. An engine that cannot set a limit often only warns and starts the container anyway.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from grader.sandbox import policy

OWN_GROUP: Final = (
    "start the engine in a control group of its own, not in the root group (under systemd it is; "
    "elsewhere: mkdir /sys/fs/cgroup/engine, and move dockerd there before it starts)"
)
_DEFAULT_WEIGHT: Final = 100  # of a v2 control group that nobody set


def dropped_by_engine(recorded: Mapping[str, Any], profile: policy.Profile) -> list[str]:
    """Limits that the engine did not take over, one sentence part each.

    Args:
        recorded: `HostConfig` of a container that was made by the policy.
    """
    arguments = policy.create_arguments(profile, socket_dir="/", data_dir="/", labels={}, name="")
    asked_for = {
        "Memory": arguments["mem_limit"],
        "MemorySwap": arguments["memswap_limit"],
        "PidsLimit": arguments["pids_limit"],
        "NanoCpus": arguments["nano_cpus"],
        "CpuShares": arguments["cpu_shares"],
        "ShmSize": arguments["shm_size"],
        "OomScoreAdj": arguments["oom_score_adj"],
        "Ulimits": arguments["ulimits"],
    }
    return [
        f"the engine dropped {name} (asked for {value}, has {recorded.get(name)})"
        + (f": {OWN_GROUP}" if name == "MemorySwap" else "")
        for name, value in asked_for.items()
        if _plain(recorded.get(name)) != _plain(value)
    ]


def not_in_force(facts: Mapping[str, Any], profile: policy.Profile) -> list[str]:
    """Limits that the kernel does not hold the probe to, one sentence part each.

    Args:
        facts: the guest's report, and `swap`. Runtimes with a kernel of their own show no control
            group; there the engine's record and the attempts must do.
    """
    broken = _memory(facts, profile) + _processors(facts["cgroup"], profile)
    pids = _first(facts["cgroup"], "pids/pids.max", "pids.max")
    if pids is not None and pids != str(profile.pids):
        broken.append(f"the limit of processes is {pids}, not {profile.pids}")
    for name, value in policy.ulimits(profile).items():
        if (in_force := facts["rlimits"][name]) != [value, value]:
            broken.append(f"the limit {name} is {in_force}, not {value}")
    if facts["oom_score_adj"] < policy.OOM_SCORE_ADJ:
        broken.append(f"oom_score_adj is {facts['oom_score_adj']}, not {policy.OOM_SCORE_ADJ}")
    if facts["shm"] > policy.SHM_BYTES:
        broken.append(f"/dev/shm has {facts['shm']} bytes")  # noqa: S108  # in words
    return broken


def swap_bytes() -> int:
    """How much swap the machine has; a sandbox does not see it."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return 1024 * next((int(x.split()[1]) for x in lines if x.startswith("SwapTotal:")), 0)


def _memory(facts: Mapping[str, Any], profile: policy.Profile) -> list[str]:
    group, limit = facts["cgroup"], str(profile.memory_bytes)
    broken = []
    memory = _first(group, "memory/memory.limit_in_bytes", "memory.max")
    if memory is not None and memory != limit:
        broken.append(f"the memory limit is {memory}, not {limit}")
    if memory is None:
        return broken  # a runtime that shows no control group
    both = group.get("memory/memory.memsw.limit_in_bytes")  # version 1 counts memory and swap
    swap = group.get("memory.swap.max")
    if both is None and swap is None:
        if facts["swap"]:
            broken.append(
                "the kernel does not limit swap (version 1: boot it with swapaccount=1, or turn "
                "swap off)"
            )
    elif both not in (None, limit) or swap not in (None, "0"):
        broken.append(f"swap is not limited ({both or swap}): {OWN_GROUP}")
    return broken


def _processors(group: Mapping[str, str], profile: policy.Profile) -> list[str]:
    broken = []
    quota = group.get("cpu.max", "").split()
    if "cpu/cpu.cfs_quota_us" in group:
        quota = [group["cpu/cpu.cfs_quota_us"], group["cpu/cpu.cfs_period_us"]]
    if quota and (not quota[0].isdigit() or int(quota[0]) > profile.cpus * int(quota[1])):
        broken.append(f"processors are not limited ({' '.join(quota)})")
    shares, weight = group.get("cpu/cpu.shares"), group.get("cpu.weight")
    if shares not in (None, str(policy.CPU_SHARES)):
        broken.append(f"the share of processors is {shares}, not {policy.CPU_SHARES}")
    # Runtimes translate shares to weights by different formulas; all of them fall below the usual.
    if weight is not None and int(weight) >= _DEFAULT_WEIGHT:
        broken.append(f"the weight of processors is {weight}, as much as any other process's")
    return broken


def _first(group: Mapping[str, str], *names: str) -> str | None:
    return next((group[name] for name in names if name in group), None)


def _plain(value: Any) -> Any:
    """Engines keep no order of the ulimits."""
    return sorted((u["Name"], u["Soft"], u["Hard"]) for u in value) if _is_list(value) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
