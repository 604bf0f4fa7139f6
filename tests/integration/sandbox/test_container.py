"""The sandbox on a real engine: each control seen from inside, starts, deaths and left-overs.

Most tests replace the image's guest by a few lines of Python which connect as the guest does.
"""

import contextlib
import json
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest

from grader import errors, settings
from grader.sandbox import cgroup, container, first_contact, masks, policy, pool, selftest

MiB = 1024 * 1024
IMAGE = settings.Settings().sandbox_image
SMALL = policy.Profile(IMAGE, "numpy", 64 * MiB)
CONNECT = (
    "import os, socket, sys, time\n"
    "s = socket.socket(socket.AF_UNIX); s.connect('/run/grader/s'); s.sendall(b'C')\n"
)
IDLE = "s.recv(1)"
HOARD = "x = [b'x' * 2**20 + bytes(1) for _ in range(4096)]\n"
REMOVED_WITHIN_S = 10  # idle 0.05 s; the bound is generous because machines are loaded


def program(text, *, connect=True):
    return ["python3", "-I", "-B", "-c", (CONNECT if connect else "") + text]


def labelled(docker_engine, owner):
    wanted = {"label": f"{container.OWNER_LABEL}={owner}"}
    return docker_engine.containers.list(all=True, filters=wanted)


@pytest.fixture
def owner(docker_engine):
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield name
    left = labelled(docker_engine, name)
    for one in left:
        one.remove(force=True)
    assert left == [], "containers were left behind"


@pytest.fixture
def run_dir():
    # Not pytest's own folder: a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:
        yield Path(folder, "run")


def new_engine(run_dir, owner):
    """An engine whose data folder lies elsewhere: its run folder then holds leases only."""
    data = run_dir.parent / "data"
    data.mkdir(mode=0o755, exist_ok=True)
    return container.Engine(run_dir, owner, data)


@pytest.fixture
def engine(owner, run_dir):
    made = new_engine(run_dir, owner)
    made.check(IMAGE)
    return made


@pytest.fixture
def start(engine):
    """Start a sandbox running the given Python lines; destroyed at the end."""
    with contextlib.ExitStack() as stack:

        def started(text, profile=SMALL):
            sandbox = engine.start(profile, entrypoint=program(text))
            stack.callback(engine.destroy, sandbox)
            sandbox.control.settimeout(20)
            return sandbox

        yield started


def seconds(action):
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


# ---- controls, seen from inside ----------------------------------------------------------------


@pytest.fixture(scope="module")
def facts(docker_engine):
    """What a probe with the smallest profile could and could not do."""
    profile = policy.Profile(IMAGE, "numpy", selftest.MEMORY_BYTES, pids=selftest.PIDS)
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:
        engine = container.Engine(Path(folder), f"test-{uuid.uuid4().hex[:8]}")
        sandbox = engine.start(profile, entrypoint=selftest.program())
        try:
            found = selftest.receive(sandbox.control)
            found["oom_kills"] = cgroup.oom_kills(sandbox.meters.memory_fd)
        finally:
            engine.destroy(sandbox)
    return found


def test_process_has_no_privileges(facts):
    status = facts["status"]
    assert status["Uid"] == status["Gid"] == " ".join([status["Uid"].split()[0]] * 4)
    assert int(status["Uid"].split()[0]) in policy.USERS
    assert {status[name] for name in ("CapEff", "CapPrm", "CapBnd")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_network_is_a_loopback_without_routes(facts):
    assert (facts["interfaces"], facts["routes"]) == (["lo"], 0)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
def test_socket_to_anywhere_is_refused(facts, family):
    assert facts["sockets"][family] == "EPERM"


@pytest.mark.parametrize("call", ["ptrace", "unshare", "io_uring_setup", "bpf", "keyctl"])
def test_dangerous_system_call_is_refused(facts, call):
    assert facts["syscalls"][call] == "EPERM"


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/run/grader/x", "/proc/sys/kernel/core_pattern"])
def test_file_system_is_read_only(facts, path):
    assert facts["writes"][path] == "EROFS"


def test_device_folder_cannot_be_written(facts):
    assert facts["writes"]["/dev/x"] == "EACCES"


def test_tmp_ends_at_its_size(facts):
    assert facts["tmp"] == ["ENOSPC", selftest.MEMORY_BYTES // 4]


def test_fork_stops_at_the_pids_limit(facts):
    assert facts["forks"] == ["EAGAIN", selftest.PIDS - 1]


def test_memory_bomb_is_killed_and_counted(facts):
    assert facts["memory"] == "SIGKILL"
    assert facts["oom_kills"] == 1


def test_probe_finds_every_control_in_force(engine):
    selftest.verify(engine, IMAGE)


@pytest.mark.parametrize(
    ("dropped", "named"),
    [("memswap_limit", "MemorySwap"), ("cpu_shares", "CpuShares"), ("nano_cpus", "NanoCpus")],
)
def test_limit_that_the_engine_drops_stops_the_grading(engine, monkeypatch, dropped, named):
    """As an engine in the root control group does: it only warns, and starts the container."""
    create = docker.APIClient.create_host_config

    def careless(self, **arguments):
        return create(self, **{**arguments, dropped: None})

    monkeypatch.setattr(docker.APIClient, "create_host_config", careless)
    with pytest.raises(errors.SandboxUnavailable, match=f"the engine dropped {named}"):
        selftest.verify(engine, IMAGE)


def test_control_not_in_force_stops_the_grading(engine, monkeypatch):
    """The same probe in a sandbox whose policy lost a control."""
    weak = {"security_opt": ["no-new-privileges", "seccomp=unconfined"], "read_only": False}
    confinement = policy._confinement
    monkeypatch.setattr(policy, "_confinement", lambda: confinement() | weak)
    with pytest.raises(errors.SandboxUnavailable, match=r"nothing is graded.*AF_INET") as caught:
        selftest.verify(engine, IMAGE)
    assert "Seccomp is 0" in str(caught.value)


def test_figures_of_the_machine_stop_the_grading(engine, monkeypatch):
    monkeypatch.setattr(masks, "masked_paths", list)
    with pytest.raises(errors.SandboxUnavailable, match=r"machine.*/proc/stat"):
        selftest.verify(engine, IMAGE)


SHARED = """
import errno, fcntl, os, sqlite3
def name(action):
    try:
        action()
    except OSError as exc:
        return errno.errorcode[exc.errno]
    return 'allowed'
fd = os.open('/data', os.O_RDONLY)
said = [
    name(lambda: fcntl.flock(fd, fcntl.LOCK_EX)),
    name(lambda: fcntl.fcntl(fd, fcntl.F_GETLK, bytes(32))),
    name(lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)),
    name(lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_ACCESS)),
    name(lambda: os.preadv(fd, [bytearray(1)], 0, os.RWF_NOWAIT)),
]
own = open('/tmp/own', 'w')
said.append(name(lambda: fcntl.lockf(own, fcntl.LOCK_EX)))
base = sqlite3.connect('/tmp/base.db')
base.execute('create table numbers (x)')
base.execute('insert into numbers values (1)')
base.commit()
s.sendall(' '.join(said).encode() + b'\\n')
"""


def test_folder_that_all_sandboxes_share_carries_no_lock_lease_or_notification(start):
    sandbox = start(SHARED + IDLE)
    assert sandbox.control.recv(200).split() == [b"ENOSYS", *4 * [b"EPERM"], b"allowed"]


SENDS_AWAY = """
import errno, os, socket
def send(count):
    '''How many descriptors can be on their way.'''
    kept = []
    for sent in range(count):
        if not sent % 100:
            kept.append(socket.socketpair())
        try:
            socket.send_fds(kept[-1][0], [b'x'], [0])
        except OSError as exc:
            return errno.errorcode[exc.errno], sent
    return 'enough', count
"""


def test_descriptors_on_their_way_are_counted_for_each_sandbox_by_itself(start):
    greedy = start(SENDS_AWAY + "kept = send(400)\ns.sendall(kept[0].encode() + b'\\n')\n" + IDLE)
    assert greedy.control.recv(64) == b"ETOOMANYREFS\n"
    honest = start(SENDS_AWAY + "s.sendall(send(50)[0].encode() + b'\\n')\n" + IDLE)
    assert honest.control.recv(64) == b"enough\n"


def test_no_two_sandboxes_of_the_engine_have_the_same_user(run_dir, owner, docker_engine):
    """Not even those that another process started, which only the engine knows of."""
    engines = [new_engine(run_dir, owner), new_engine(run_dir.parent / "other", f"{owner}-b")]
    with contextlib.ExitStack() as stack:
        for engine in engines:
            sandbox = engine.start(SMALL, entrypoint=program(IDLE))
            stack.callback(engine.destroy, sandbox)
        rows = docker_engine.api.containers(filters={"label": container.USER_LABEL})
        users = [row["Labels"][container.USER_LABEL] for row in rows]
        assert len(users) >= 2
        assert len(set(users)) == len(users)


def test_without_a_free_user_no_sandbox_starts(engine, monkeypatch):
    monkeypatch.setattr(policy, "USERS", range(0))
    with pytest.raises(errors.SandboxUnavailable, match="users for sandboxes are taken"):
        engine.start(SMALL)


def test_inodes_of_tmp_are_bounded(start):
    sandbox = start(
        "n = 0\n"
        "try:\n"
        "    while n < 10000: open(f'/tmp/{n}', 'w').close(); n += 1\n"
        "except OSError as e: s.sendall(f'{e.errno} {n}\\n'.encode())\n" + IDLE
    )
    assert sandbox.control.recv(64) == b"28 4095\n"


def test_sandbox_names_nothing_of_its_owner(start, owner):
    """Host name, environment, arguments and mounts, which submitted code can read."""
    sandbox = start(
        "import json, os, socket\n"
        "paths = ['/proc/self/environ', '/etc/hostname', '/etc/hosts', '/proc/self/cgroup']\n"
        "there = filter(os.path.exists, paths)\n"  # Docker 28: no /etc/hostname
        "texts = [open(p, errors='replace').read() for p in there] + [socket.gethostname()]\n"
        "s.sendall(json.dumps(texts).encode() + b'\\n')\n" + IDLE
    )
    texts = json.loads(sandbox.control.makefile("rb").readline())
    assert not any(owner in t or sandbox.container_id[:12] in t for t in texts)
    assert texts[-1] == "sandbox"


# ---- start -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preload", "memory_mib"), [("numpy", 256), ("torch", 768)])
def test_guest_of_the_image_gets_ready(engine, preload, memory_mib):
    sandbox = engine.start(policy.Profile(IMAGE, preload, memory_mib * MiB))
    try:
        assert pool.is_alive(sandbox)
        assert 0 < sandbox.started_s < first_contact.CANARY_DEADLINE_S[preload]
        assert cgroup.cpu_seconds(sandbox.meters.cpu_fd) > 0
        assert cgroup.oom_kills(sandbox.meters.memory_fd) == 0
    finally:
        engine.destroy(sandbox)


def test_interpreter_of_the_image_uses_the_allocator_that_the_policy_names(docker_engine):
    entrypoint = docker_engine.images.get(IMAGE).attrs["Config"]["Entrypoint"]
    said = {}
    for allocator in ("malloc", "pymalloc"):
        command = [
            *entrypoint[1 : entrypoint.index("-m")],
            "-c",
            "__import__('sys')._debugmallocstats()",
        ]
        said[allocator] = docker_engine.containers.run(
            IMAGE,
            command,
            entrypoint=entrypoint[0],
            environment={"PYTHONMALLOC": allocator},
            network_mode="none",
            stderr=True,
            remove=True,
        )
    assert b"size classes" in said["pymalloc"]  # Python's own arenas, which no huge page holds
    assert b"size classes" not in said["malloc"]


@pytest.mark.parametrize(
    ("entrypoint", "said"),
    [
        (["/no/such/program"], "no such file"),
        (program("raise SystemExit(3)", connect=False), "exit code 3"),
        (program(CONNECT.replace("b'C'", "b'X'") + IDLE, connect=False), "b'X'"),
        (program(HOARD, connect=False), "out of memory"),
    ],
    ids=["no-program", "exits", "wrong-canary", "out-of-memory"],
)
def test_guest_that_fails_before_the_canary_leaves_nothing(
    engine, docker_engine, owner, run_dir, entrypoint, said
):
    with pytest.raises(errors.SandboxUnavailable, match=said):
        engine.start(SMALL, entrypoint=entrypoint)
    assert labelled(docker_engine, owner) == []
    assert list(run_dir.iterdir()) == []


def test_guest_that_never_gets_ready_is_given_up(engine, run_dir, monkeypatch):
    monkeypatch.setitem(first_contact.CANARY_DEADLINE_S, "numpy", 1.0)
    with pytest.raises(errors.SandboxUnavailable, match="did not get ready in 1 s"):
        engine.start(SMALL, entrypoint=program("import time; time.sleep(60)", connect=False))
    assert list(run_dir.iterdir()) == []


def test_missing_image_says_how_to_make_it(engine):
    with pytest.raises(errors.SandboxUnavailable, match="make images"):
        engine.check("grader-no-such-image:latest")
    with pytest.raises(errors.SandboxUnavailable, match="make images"):
        engine.start(policy.Profile("grader-no-such-image:latest", "numpy", 64 * MiB))


def test_control_that_the_engine_refuses_is_not_left_out(engine):
    profile = policy.Profile(IMAGE, "numpy", 64 * MiB, runtime="no-such-runtime")
    with pytest.raises(errors.SandboxUnavailable, match="no-such-runtime"):
        engine.start(profile)


def test_missing_engine_says_what_to_do(run_dir, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    with pytest.raises(errors.SandboxUnavailable, match="DOCKER_HOST"):
        container.Engine(run_dir, "test").check(IMAGE)


def test_socket_path_too_long_is_refused(run_dir, owner):
    long = container.Engine(run_dir / ("x" * 80), owner)
    with pytest.raises(errors.SandboxUnavailable, match="shorter path"):
        long.start(SMALL)


# ---- life and death ----------------------------------------------------------------------------


def test_later_connections_reach_the_listener(start):
    sandbox = start(
        "t = socket.socket(socket.AF_UNIX); t.connect('/run/grader/s'); t.sendall(b'R')\n" + IDLE
    )
    sandbox.listener.settimeout(20)
    connection, _ = sandbox.listener.accept()
    with connection:
        assert connection.recv(1) == b"R"


def test_cpu_meter_grows_with_work_and_not_with_sleep(start):
    sandbox = start("s.recv(1)\nwhile time.process_time() < 0.5: pass\ns.sendall(b'd')\n" + IDLE)
    time.sleep(0.3)
    before = cgroup.cpu_seconds(sandbox.meters.cpu_fd)
    sandbox.control.sendall(b"g")
    assert sandbox.control.recv(1) == b"d"
    worked = cgroup.cpu_seconds(sandbox.meters.cpu_fd) - before
    assert before < 0.3
    assert 0.3 < worked < 0.8


def test_peak_meter_tells_what_was_held_at_most_since_it_was_set(start):
    """Where the kernel cannot set it (cgroup v2 before Linux 6.12), the figure is not used."""
    held = "a = bytearray(b'x') * 20_000_000"
    sandbox = start(
        f"s.recv(1); {held}; s.sendall(b'd'); s.recv(1); del a; s.sendall(b'e')\n{IDLE}"
    )
    fd = sandbox.meters.peak_fd
    if not cgroup.reset_peak(fd):
        pytest.skip("this kernel's peak of memory cannot be set")
    before = cgroup.peak_bytes(fd)
    sandbox.control.sendall(b"g")
    assert sandbox.control.recv(1) == b"d"
    assert cgroup.peak_bytes(fd) > before + 15_000_000
    sandbox.control.sendall(b"g")
    assert sandbox.control.recv(1) == b"e"
    cgroup.reset_peak(fd)
    assert cgroup.peak_bytes(fd) < before + 10_000_000


def test_child_killed_for_memory_leaves_the_sandbox_running(start, engine):
    sandbox = start(
        "p = os.fork()\n"
        f"if p == 0: {HOARD}"
        "s.sendall(b'%d' % os.WTERMSIG(os.waitpid(p, 0)[1]))\n" + IDLE
    )
    assert sandbox.control.recv(4) == b"9"
    assert cgroup.oom_kills(sandbox.meters.memory_fd) == 1
    assert engine.exit_cause(sandbox) is None


def test_guest_killed_for_memory_is_told_apart_by_its_exit(start, engine):
    """The meters vanish with the last process, so the engine's word is needed."""
    sandbox = start(f"s.recv(1); {HOARD}")
    sandbox.control.sendall(b"g")
    assert sandbox.control.recv(1) == b""
    deadline = time.monotonic() + 10
    while engine.exit_cause(sandbox) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert engine.exit_cause(sandbox) == "memory"


def test_guest_that_exits_is_told_with_its_code(start, engine):
    sandbox = start("s.recv(1); os._exit(7)")
    sandbox.control.sendall(b"g")
    assert sandbox.control.recv(1) == b""
    deadline = time.monotonic() + 10
    while engine.exit_cause(sandbox) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert engine.exit_cause(sandbox) == "exit 7"
    assert cgroup.cpu_seconds(sandbox.meters.cpu_fd) is None


@pytest.mark.parametrize(
    "attack",
    [
        "while True: os.write(1, b'x' * 65536)",
        "os.fork(); os.fork()\nwhile True: os.write(2, b'x' * 65536)",
        "while True: s.sendall(b'x' * 65536)",
        "while True:\n    try: os.fork()\n    except OSError: pass",
        "import signal\nfor n in (2, 15, 1): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
    ],
    ids=["stdout-flood", "stderr-flood-of-four", "socket-flood", "fork-bomb", "deaf-spinner"],
)
def test_misbehaving_sandbox_is_removed_fast(engine, docker_engine, owner, attack):
    sandbox = engine.start(SMALL, entrypoint=program(attack))
    time.sleep(0.5)
    assert seconds(lambda: engine.destroy(sandbox)) < REMOVED_WITHIN_S
    assert labelled(docker_engine, owner) == []


def test_destroy_twice_is_quiet_and_removes_the_folder(engine, run_dir):
    sandbox = engine.start(SMALL, entrypoint=program(IDLE))
    assert len(list(run_dir.iterdir())) == 1
    engine.destroy(sandbox)
    engine.destroy(sandbox)
    assert list(run_dir.iterdir()) == []
    assert sandbox.control.fileno() == -1


def test_other_users_of_the_machine_cannot_reach_the_sockets(start, run_dir):
    start(IDLE)
    assert run_dir.stat().st_mode & 0o777 == 0o700
    (folder,) = run_dir.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o711


# ---- after a crash -----------------------------------------------------------------------------


def test_reap_removes_what_a_dead_process_left(owner, run_dir, docker_engine):
    crashed = new_engine(run_dir, owner)
    sandbox = crashed.start(SMALL, entrypoint=program(IDLE))
    sandbox.close()
    (run_dir / "not-ours").mkdir()
    assert new_engine(run_dir, owner).reap() == 1
    assert labelled(docker_engine, owner) == []
    assert [f.name for f in run_dir.iterdir()] == ["not-ours"]


def test_reap_spares_the_living_and_other_owners(engine, owner, run_dir, start):
    mine = start(IDLE)
    stranger = container.Engine(run_dir.parent / "other", f"{owner}-other")
    theirs = stranger.start(SMALL, entrypoint=program(IDLE))
    try:
        assert engine.reap() == 0
        assert pool.is_alive(mine)
        assert pool.is_alive(theirs)
    finally:
        stranger.destroy(theirs)


# ---- the pool on the real engine ---------------------------------------------------------------


def test_pool_hands_out_warm_sandboxes_and_leaves_none(engine, docker_engine, owner):
    profile = policy.Profile(IMAGE, "numpy", 256 * MiB)
    warm = pool.Pool(engine, 1)
    with contextlib.closing(warm):
        warm.prewarm(profile)
        deadline = time.monotonic() + 30
        while not warm.stats().warm and time.monotonic() < deadline:
            time.sleep(0.02)
        with warm.lease(profile) as sandbox:
            assert warm.stats().warm_leases == 1
            assert pool.is_alive(sandbox)
        with warm.lease(profile) as second:
            assert second.container_id != sandbox.container_id
    assert labelled(docker_engine, owner) == []


def test_parallel_leases_share_one_engine(engine, docker_engine, owner):
    profile = policy.Profile(IMAGE, "numpy", 128 * MiB)
    warm = pool.Pool(engine, 1)

    def use(_):
        with warm.lease(profile) as sandbox:
            return sandbox.container_id, pool.is_alive(sandbox)

    with contextlib.closing(warm), ThreadPoolExecutor(6) as threads:
        used = list(threads.map(use, range(12)))
    assert len({container_id for container_id, _ in used}) == 12
    assert all(alive for _, alive in used)
    assert labelled(docker_engine, owner) == []
