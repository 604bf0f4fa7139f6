"""The sandbox's arguments and meters as data; that they are in force is an integration test."""

import dataclasses
import json
import os
from pathlib import Path

import docker.models.containers
import pytest

from grader import errors
from grader.cli import doctor
from grader.sandbox import cgroup, cgroup_paths, limit_check, policy, selftest

MiB = 1024 * 1024
PROFILE = policy.Profile("image:1", "numpy", 256 * MiB)


def arguments(profile=PROFILE, **changes):
    keywords = {
        "socket_dir": "/run/x",
        "data_dir": "/srv/public",
        "labels": {"grader.lease": "1"},
        "name": "n",
        "user": 60700,
    } | changes
    return policy.create_arguments(profile, **keywords)


def test_each_confinement_flag_is_set():
    expected = {
        "network_disabled": True,
        "network_mode": "none",
        "read_only": True,
        "user": "60700:60700",
        "cap_drop": ["ALL"],
        "cgroupns": "private",
        "ipc_mode": "private",
        "mem_limit": 256 * MiB,
        "memswap_limit": 256 * MiB,
        "pids_limit": 64,
        "nano_cpus": 1_000_000_000,
        "log_config": {"type": "none"},
        "stdin_open": False,
        "tty": False,
        "init": False,
        "use_config_proxy": False,
    }
    given = arguments()
    assert expected == {name: given[name] for name in expected}


@pytest.mark.parametrize(
    "name", ["privileged", "cap_add", "devices", "volumes", "ports", "pid_mode", "oom_kill_disable"]
)
def test_flag_that_weakens_the_sandbox_is_absent(name):
    assert name not in arguments()


def test_only_mounts_are_socket_and_public_data_read_only():
    mounts = arguments(socket_dir="/data/run/abc", data_dir="/srv/public")["mounts"]
    shown = [(mount["Source"], mount["Target"], mount["ReadOnly"]) for mount in mounts]
    assert shown == [("/data/run/abc", "/run/grader", True), ("/srv/public", "/data", True)]


def test_command_names_socket_and_library():
    assert arguments()["command"] == ["--socket", "/run/grader/s", "--preload", "numpy"]


def test_seccomp_travels_as_text_and_allows_unix_sockets_only():
    options = arguments()["security_opt"]
    assert "no-new-privileges" in options
    (text,) = [o.removeprefix("seccomp=") for o in options if o.startswith("seccomp=")]
    profile = json.loads(text)
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    sockets = [rule for rule in profile["syscalls"] if "socket" in rule["names"]]
    assert [rule["args"] for rule in sockets] == [
        [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]  # 1 is AF_UNIX
    ]


@pytest.mark.parametrize("call", ["prlimit64", "sched_setaffinity"])
def test_process_changes_its_own_limits_only(call):
    profile = json.loads(policy.seccomp_json())
    rules = [rule for rule in profile["syscalls"] if call in rule["names"]]
    assert [rule["args"] for rule in rules] == [[{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]]


DANGEROUS = (
    "ptrace process_vm_readv io_uring_setup unshare setns mount bpf keyctl mq_open shmget "
    "userfaultfd perf_event_open personality modify_ldt"
)


@pytest.mark.parametrize("call", DANGEROUS.split())
def test_dangerous_system_call_is_not_allowed(call):
    profile = json.loads(policy.seccomp_json())
    allowed = {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW"
        for name in rule["names"]
    }
    assert call not in allowed


@pytest.mark.parametrize("memory_mib", [64, 256, 1024])
def test_tmpfs_and_shm_stay_under_half_of_the_memory(memory_mib):
    given = arguments(policy.Profile("i", "numpy", memory_mib * MiB))
    size = int(given["tmpfs"]["/tmp"].split("size=")[1].split(",")[0])
    assert size + given["shm_size"] < memory_mib * MiB / 2


def test_tmpfs_is_bounded_in_inodes_and_not_executable():
    options = arguments()["tmpfs"]["/tmp"].split(",")
    assert {"nr_inodes=4096", "noexec", "nosuid", "nodev"} <= set(options)


def test_environment_names_no_person_course_or_secret():
    libraries = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    assert set(arguments()["environment"]) == libraries | {"HOME", "GRADER_DATA", "USER"}
    assert arguments()["environment"]["USER"] == "student"


def test_torch_lies_in_huge_pages_and_numpy_does_not():
    huge = {"GLIBC_TUNABLES", "PYTHONMALLOC"}
    torch = dataclasses.replace(PROFILE, preload="torch", memory_bytes=1024 * MiB)
    assert huge <= set(arguments(torch)["environment"])
    assert not huge & set(arguments()["environment"])


def test_runtime_is_named_only_when_chosen():
    assert "runtime" not in arguments()
    chosen = policy.Profile("i", "numpy", 256 * MiB, runtime="runsc")
    assert arguments(chosen)["runtime"] == "runsc"


def test_gpus_are_requested_only_when_wanted():
    assert "device_requests" not in arguments()
    chosen = policy.Profile("i", "torch", 1024 * MiB, gpus=1)
    (request,) = arguments(chosen)["device_requests"]
    assert request == {"count": 1, "capabilities": [["gpu"]]}
    body = docker.models.containers._create_container_args(arguments(chosen) | {"version": "1.41"})
    (sent,) = body["host_config"]["DeviceRequests"]
    assert (sent["Count"], sent["Capabilities"]) == (1, [["gpu"]])


def test_arguments_are_understood_by_the_engine_library():
    """A flag that its version does not know would raise here, not at the first grading."""
    keywords = arguments(entrypoint=["python3"]) | {"version": "1.41"}
    body = docker.models.containers._create_container_args(keywords)
    assert body.keys() - {"host_config"} == policy.OF_CONTAINER
    assert body["host_config"]["ReadonlyRootfs"] is True
    assert body["host_config"]["LogConfig"]["Type"] == "none"


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"preload": "jax"}, "use one of: numpy, torch"),
        ({"preload": "torch"}, "limits.memory_mb to at least 768"),
        ({"memory_bytes": 63_999_999}, r"64 MB of memory are too little .* to at least 64"),
        ({"memory_bytes": 767_999_999, "preload": "torch"}, "to at least 768"),
        ({"pids": 2}, "limits.pids to at least 8"),
        ({"cpus": 0}, "more than 0"),
    ],
)
def test_impossible_profile_says_what_to_change(changes, advice):
    values = {"image": "i", "preload": "numpy", "memory_bytes": 256 * MiB} | changes
    with pytest.raises(errors.SuiteError, match=advice):
        policy.Profile(**values)


# ---- meters ------------------------------------------------------------------------------------

V1_CGROUPS = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n"
V1_MOUNTS = (
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)
V2_DIR = "/sys/fs/cgroup/system.slice/docker-abc.scope"
V2_CGROUPS = "0::/system.slice/docker-abc.scope\n"
V2_MOUNTS = "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


@pytest.mark.parametrize(
    ("cgroups", "mounts", "controller", "expected"),
    [
        (V1_CGROUPS, V1_MOUNTS, "memory", "/sys/fs/cgroup/memory/docker/abc/memory.oom_control"),
        (V1_CGROUPS, V1_MOUNTS, "cpuacct", "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpuacct.usage"),
        (V2_CGROUPS, V2_MOUNTS, "memory", f"{V2_DIR}/memory.events"),
        (V2_CGROUPS, V2_MOUNTS, "cpuacct", f"{V2_DIR}/cpu.stat"),
    ],
)  # fmt: skip
def test_meter_file_is_found_in_both_cgroup_versions(cgroups, mounts, controller, expected):
    assert cgroup_paths.find_file(cgroups, mounts, "abc", controller) == Path(expected)


def test_cgroup_of_another_process_is_not_read():
    assert cgroup_paths.find_file(V1_CGROUPS, V1_MOUNTS, "def", "memory") is None


def test_mount_that_shows_only_a_part_is_followed():
    mounts = "35 31 0:32 /docker /cg rw - cgroup cgroup rw,memory\n"
    found = cgroup_paths.find_file(V1_CGROUPS, mounts, "abc", "memory")
    assert found == Path("/cg/abc/memory.oom_control")


def test_unmounted_hierarchy_gives_no_meter():
    assert cgroup_paths.find_file(V1_CGROUPS, "", "abc", "memory") is None


def test_process_that_is_gone_gives_no_meters():
    assert cgroup.open_meters(2**22 + 1, "abc") == cgroup.Meters(None, None)


@pytest.mark.parametrize(
    ("text", "kills", "seconds"),
    [
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3, None),
        ("low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\noom_group_kill 0\n", 1, None),
        ("1500000000\n", None, 1.5),
        ("usage_usec 250000\nuser_usec 1\nsystem_usec 2\n", None, 0.25),
        ("", None, None),
    ],
)
def test_meter_text_is_read(tmp_path, text, kills, seconds):
    file = tmp_path / "meter"
    file.write_text(text)
    fd = os.open(file, os.O_RDONLY)
    try:
        assert (cgroup.oom_kills(fd), cgroup.cpu_seconds(fd)) == (kills, seconds)
    finally:
        os.close(fd)


def test_missing_meter_reads_as_unknown():
    assert (cgroup.oom_kills(None), cgroup.cpu_seconds(None)) == (None, None)


# ---- probe -------------------------------------------------------------------------------------


def good_facts():
    return {
        "status": {
            "Uid": "60700 60700 60700 60700",
            "Gid": "60700 60700 60700 60700",
            "Groups": "60700",
            **dict.fromkeys(("CapEff", "CapPrm", "CapBnd"), "0" * 16),
            "NoNewPrivs": "1",
            "Seccomp": "2",
        },
        "interfaces": ["lo"],
        "routes": 0,
        "sockets": {"AF_INET": "EPERM"},
        "syscalls": {"ptrace": "EPERM"},
        "writes": {"/x": "EROFS", "/data/x": "EROFS"},
        "data": ["/data/mnist", "/data/mnist/train.npz"],
        "tmp": ["ENOSPC", 64 * MiB],
        "forks": ["EAGAIN", 63],
        "memory": "SIGKILL",
        "environment": ["PATH", "HOME"],
        "cgroup": V1_LIMITS,
        "rlimits": {name: [value, value] for name, value in policy.ulimits(PROFILE).items()},
        "swap": 2 * 1024 * MiB,
        "shm": 16 * MiB,
        "oom_score_adj": 500,
        "machine": [],
        "kernel": ["6.1", "#1"],
    }


V1_LIMITS = {
    "memory/memory.limit_in_bytes": str(PROFILE.memory_bytes),
    "memory/memory.memsw.limit_in_bytes": str(PROFILE.memory_bytes),
    "pids/pids.max": "64",
    "cpu/cpu.cfs_quota_us": "100000",
    "cpu/cpu.cfs_period_us": "100000",
    "cpu/cpu.shares": "256",
}
V2_LIMITS = {
    "memory.max": str(PROFILE.memory_bytes),
    "memory.swap.max": "0",
    "pids.max": "64",
    "cpu.max": "100000 100000",
    "cpu.weight": "10",
}


@pytest.mark.parametrize("limits", [V1_LIMITS, V2_LIMITS, {}], ids=["v1", "v2", "own kernel"])
def test_limits_in_force_are_accepted(limits):
    assert selftest.violations(good_facts() | {"cgroup": limits}, PROFILE) == []


def test_kernel_without_account_of_swap_is_accepted_where_there_is_no_swap():
    limits = {k: v for k, v in V1_LIMITS.items() if "memsw" not in k}
    assert selftest.violations(good_facts() | {"cgroup": limits, "swap": 0}, PROFILE) == []
    (broken,) = selftest.violations(good_facts() | {"cgroup": limits}, PROFILE)
    assert "does not limit swap" in broken


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (V2_LIMITS | {"memory.swap.max": "max"}, "swap is not limited"),
        (V1_LIMITS | {"memory/memory.memsw.limit_in_bytes": "9"}, "swap is not limited"),
        (V2_LIMITS | {"memory.max": "max"}, "the memory limit is max"),
        (V2_LIMITS | {"pids.max": "max"}, "the limit of processes is max"),
        (V1_LIMITS | {"pids/pids.max": "65"}, "the limit of processes is 65"),
        (V2_LIMITS | {"cpu.max": "max 100000"}, "processors are not limited"),
        (V1_LIMITS | {"cpu/cpu.cfs_quota_us": "-1"}, "processors are not limited"),
        (V2_LIMITS | {"cpu.weight": "100"}, "the weight of processors"),
        (V1_LIMITS | {"cpu/cpu.shares": "1024"}, "the share of processors is 1024"),
    ],
)
def test_limit_that_the_kernel_does_not_hold_is_named(limits, named):
    (broken,) = selftest.violations(good_facts() | {"cgroup": limits}, PROFILE)
    assert named in broken


def recorded(**changes):
    """What an engine says of a container that the policy made."""
    made = policy.create_arguments(PROFILE, socket_dir="/", data_dir="/", labels={}, name="")
    return {
        "Memory": made["mem_limit"],
        "MemorySwap": made["memswap_limit"],
        "PidsLimit": made["pids_limit"],
        "NanoCpus": made["nano_cpus"],
        "CpuShares": made["cpu_shares"],
        "ShmSize": made["shm_size"],
        "OomScoreAdj": made["oom_score_adj"],
        "Ulimits": made["ulimits"][::-1],
    } | changes


def test_engine_that_kept_every_limit_is_accepted():
    assert limit_check.dropped_by_engine(recorded(), PROFILE) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("MemorySwap", -1), ("PidsLimit", None), ("Ulimits", None), ("CpuShares", 0)],
)
def test_limit_that_the_engine_dropped_is_named(name, value):
    (broken,) = limit_check.dropped_by_engine(recorded(**{name: value}), PROFILE)
    assert f"dropped {name}" in broken


def test_missing_meters_say_what_follows():
    assert cgroup.readable(cgroup.Meters()).missing[1].startswith("processor time: slow code")
    assert doctor.meters(cgroup.Readable(True, True, True)).ok
    finding = doctor.meters(cgroup.Readable(memory=True, cpu=False, peak=True))
    assert (finding.ok, finding.needed) == (False, False)
    assert "slow code is not judged" in finding.said


def test_confined_probe_has_no_violations():
    assert selftest.violations(good_facts(), PROFILE) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"status": good_facts()["status"] | {"Uid": "0 0 0 0"}}, "Uid is 0 0 0 0"),
        ({"status": good_facts()["status"] | {"CapEff": "00000000a80425fb"}}, "CapEff"),
        ({"status": good_facts()["status"] | {"NoNewPrivs": "0"}}, "NoNewPrivs"),
        ({"status": good_facts()["status"] | {"Seccomp": "0"}}, "Seccomp"),
        ({"interfaces": ["lo", "eth0"]}, "eth0"),
        ({"routes": 1}, "network"),
        ({"sockets": {"AF_INET": "allowed"}}, "AF_INET"),
        ({"syscalls": {"io_uring_setup": "EFAULT"}}, "io_uring_setup"),
        ({"writes": {"/data/x": "EROFS", "/etc/x": "allowed"}}, "/etc/x can be written"),
        ({"writes": {"/data/x": "EACCES"}}, "/data is not mounted read-only"),
        ({"data": ["/data/heldback"]}, "held-back data is there: /data/heldback"),
        ({"data": ["/data/mnist/test.npz"]}, "held-back data is there: /data/mnist/test.npz"),
        ({"tmp": ["ENOSPC", 65 * MiB]}, "/tmp took"),
        ({"tmp": ["allowed", 1]}, "/tmp took"),
        ({"forks": ["allowed", 4096]}, "4096 processes"),
        ({"forks": ["EAGAIN", 64]}, "64 processes"),
        ({"memory": "allowed"}, "memory limit"),
        ({"environment": ["HTTP_PROXY"]}, "HTTP_PROXY"),
        ({"rlimits": good_facts()["rlimits"] | {"nofile": [1024, 1024]}}, "nofile"),
        ({"shm": 64 * MiB}, "/dev/shm has"),
        ({"oom_score_adj": 0}, "oom_score_adj is 0"),
    ],
)
def test_control_not_in_force_is_named(changes, named):
    (broken,) = selftest.violations(good_facts() | changes, PROFILE)
    assert named in broken


def test_tmp_has_room_for_a_submission_of_checkpoints() -> None:
    usual = policy.Profile("i", "torch", 1024 * MiB)
    large = policy.Profile("i", "torch", 1024 * MiB, files_bytes=100 * MiB)
    assert policy.tmp_bytes(usual) == 64 * MiB
    assert policy.tmp_bytes(large) == 144 * MiB


@pytest.mark.parametrize(
    ("mount", "path"),
    [
        (
            "1 2 0:1 / {0}/memory ro - cgroup cgroup rw,memory",
            "memory/docker/abc/memory.oom_control",
        ),
        (
            "1 2 0:1 /../.. {0} ro - cgroup2 cgroup2 rw",
            "system.slice/docker-abc.scope/memory.events",
        ),
        (
            "1 2 0:1 / {0} ro - cgroup2 cgroup2 rw",
            "course.slice/course-hw.slice/docker-abc.scope/memory.events",
        ),
        (
            "1 2 0:1 / {0} ro - cgroup2 cgroup2 rw",
            "user.slice/user-1000.slice/user@1000.service/user.slice/docker-abc.scope/memory.events",
        ),
        ("1 2 0:1 / {0} ro - cgroup2 cgroup2 rw", "engine/docker/abc/memory.events"),
    ],
    ids=["v1", "v2", "v2 in a slice", "v2 rootless", "v2 under the engine's own group"],
)
def test_meter_is_found_by_name_where_process_ids_mean_nothing(tmp_path, mount, path):
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("")
    mounts = mount.format(tmp_path)
    assert cgroup_paths.find_by_name(mounts, "abc", "memory") == tmp_path / path
    assert cgroup_paths.find_by_name(mounts, "def", "memory") is None


def test_file_of_a_submission_may_be_as_large_as_its_assignment_takes():
    large = dataclasses.replace(PROFILE, files_bytes=100_000_000)
    made = policy.create_arguments(large, socket_dir="/", data_dir="/", labels={}, name="")
    (bound,) = (one for one in made["ulimits"] if one["Name"] == "fsize")
    assert (bound["Soft"], bound["Hard"]) == (100_000_000, 100_000_000)
    assert policy.ulimits(PROFILE)["fsize"] == 64 * MiB
