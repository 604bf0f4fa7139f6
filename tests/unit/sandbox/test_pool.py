"""The warm pool, against a fake engine."""

import contextlib
import threading
import time

import pytest

from grader import errors
from grader.sandbox import policy, pool, restraint
from tests.support import fakes

MiB = 1024 * 1024
PROFILE = policy.Profile("image:1", "numpy", 256 * MiB)


def other(number):
    return policy.Profile(f"image:{number + 2}", "numpy", 256 * MiB)


@pytest.fixture
def engine():
    return fakes.FakeEngine()


@pytest.fixture
def make_pool(engine):
    with contextlib.ExitStack() as stack:

        def make(size=2):
            made = pool.Pool(engine, size)
            stack.callback(made.close)
            stack.callback(engine.gate.set)
            return made

        yield make
    assert engine.stuck or engine.living == set()


def eventually(condition, limit_s=5.0):
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and not condition():
        time.sleep(0.005)
    return condition()


def test_cold_lease_starts_one_and_fills_the_shelf(engine, make_pool):
    warm = make_pool(size=2)
    with warm.lease(PROFILE) as sandbox:
        assert sandbox.container_id == "c0"
        assert eventually(lambda: warm.stats().warm == 2)
    assert (warm.stats().cold_leases, warm.stats().warm_leases) == (1, 0)


def test_prewarmed_sandbox_is_leased_without_a_start(engine, make_pool):
    warm = make_pool(size=1)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 1)
    engine.gate.clear()
    with warm.lease(PROFILE) as sandbox:
        assert sandbox.container_id == "c0"
        assert warm.stats().starting == 1
    assert warm.stats().warm_leases == 1


def test_only_submission_that_is_graded_shares_no_processor_with_a_start(engine, make_pool):
    warm = make_pool(size=2)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 2)
    with warm.lease(PROFILE), warm.spare(PROFILE) as second:
        assert second
        assert warm.stats().starting == 0
    assert eventually(lambda: warm.stats().warm == 2)


def test_second_lease_fills_the_shelf_at_once(engine, make_pool):
    warm = make_pool(size=2)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 2)
    with warm.lease(PROFILE), warm.lease(PROFILE):
        assert eventually(lambda: warm.stats().warm == 2)


def test_spare_is_a_warm_sandbox_or_none_and_never_waits(engine, make_pool):
    warm = make_pool(size=2)
    with warm.spare(PROFILE) as nothing:
        assert nothing is None
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 2)
    with warm.spare(PROFILE) as first, warm.spare(PROFILE) as second, warm.spare(PROFILE) as third:
        assert {first.container_id, second.container_id} == {"c0", "c1"}
        assert third is None
    assert eventually(lambda: {"c0", "c1"} <= set(engine.destroyed))


def test_dead_sandbox_is_no_spare(engine, make_pool):
    warm = make_pool(size=1)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 1)
    engine.guests["c0"].close()
    with warm.spare(PROFILE) as nothing:
        assert nothing is None
    assert warm.stats().found_dead == 1


def test_sandbox_is_used_once_and_destroyed(engine, make_pool):
    warm = make_pool(size=2)
    seen = []
    for _ in range(5):
        with warm.lease(PROFILE) as sandbox:
            seen.append(sandbox.container_id)
    assert len(set(seen)) == 5
    assert eventually(lambda: set(seen) <= set(engine.destroyed))


def test_failing_block_destroys_its_sandbox(engine, make_pool):
    warm = make_pool(size=0)
    with pytest.raises(KeyError), warm.lease(PROFILE):
        raise KeyError
    assert eventually(lambda: engine.destroyed == ["c0"])
    assert warm.stats().leased == 0


@pytest.mark.parametrize("last_word", [b"", b"x"])
def test_warm_sandbox_that_ended_or_speaks_is_not_handed_out(engine, make_pool, last_word):
    warm = make_pool(size=1)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 1)
    engine.guests["c0"].send(last_word) if last_word else engine.guests["c0"].close()
    with warm.lease(PROFILE) as sandbox:
        assert sandbox.container_id != "c0"
    assert warm.stats().found_dead == 1
    assert eventually(lambda: "c0" in engine.destroyed)


def test_lease_waits_for_a_start_under_way_instead_of_a_second_one(engine, make_pool):
    warm = make_pool(size=1)
    engine.gate.clear()
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().starting == 1)
    threading.Timer(0.05, engine.gate.set).start()
    with warm.lease(PROFILE) as sandbox:
        assert sandbox.container_id == "c0"


def test_lease_does_not_wait_behind_queued_starts_for_others(make_pool, engine):
    warm = make_pool(size=pool.START_THREADS)
    engine.held = {other(0)}
    engine.gate.clear()
    warm.prewarm(other(0))
    warm.prewarm(PROFILE)  # queued: all start threads are busy with the other profile
    with warm.lease(PROFILE):
        assert engine.profiles == [PROFILE]


def test_parallel_leases_never_share_a_sandbox(engine, make_pool):
    warm = make_pool(size=2)
    seen, errors_seen = [], []

    def use():
        try:
            with warm.lease(PROFILE) as sandbox:
                seen.append(sandbox.container_id)
                time.sleep(0.002)
        except Exception as exc:
            errors_seen.append(exc)

    threads = [threading.Thread(target=use) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors_seen == []
    assert (len(seen), len(set(seen))) == (24, 24)


def test_broken_engine_fails_the_lease_and_is_not_asked_in_a_loop(engine, make_pool):
    warm = make_pool(size=2)
    engine.broken = True
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().failed_starts == 2)
    with pytest.raises(errors.SandboxUnavailable, match="broken"), warm.lease(PROFILE):
        pass
    time.sleep(0.05)
    assert warm.stats().failed_starts == 2


def test_fewer_are_started_at_once_when_processors_are_lacking(engine, make_pool, monkeypatch):
    warm = make_pool(size=2)
    engine.busy = True
    with pytest.raises(errors.MachineBusy), warm.lease(PROFILE):
        pass
    engine.busy = False
    with warm.lease(PROFILE):
        warm.prewarm(PROFILE)
        assert warm.stats().starting == warm.stats().warm == 0, "none is made ahead of need"
    monkeypatch.setattr(restraint, "RESTRAINED_S", 0.0)
    warm._restraint._until = 0.0
    with warm.lease(PROFILE):
        warm.prewarm(PROFILE)
        assert eventually(lambda: warm.stats().warm == 2)


def test_restrained_starts_come_one_after_the_other():
    held, at_once, most = restraint.Restraint(), [0], [0]
    with pytest.raises(errors.MachineBusy), held.turn():
        raise errors.MachineBusy("no processor to spare")

    def start():
        with held.turn():
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
            time.sleep(0.02)
            at_once[0] -= 1

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_mended_engine_serves_again_and_refills(engine, make_pool):
    warm = make_pool(size=2)
    engine.broken = True
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().failed_starts == 2)
    engine.broken = False
    with warm.lease(PROFILE):
        assert eventually(lambda: warm.stats().warm == 2)


def test_mended_engine_is_used_by_the_next_prewarm(engine, make_pool):
    warm = make_pool(size=2)
    engine.broken = True
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().failed_starts == 2 and not warm.stats().starting)
    engine.broken = False
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 2)


def test_profile_unused_for_longest_is_drained(engine, make_pool):
    warm = make_pool(size=1)
    for number in range(pool.MAX_PROFILES):
        warm.prewarm(other(number))
    assert eventually(lambda: warm.stats().warm == pool.MAX_PROFILES)
    warm.prewarm(other(0))  # used again: now 1 is the oldest
    warm.prewarm(PROFILE)
    assert eventually(lambda: len(engine.destroyed) == 1)
    assert eventually(lambda: warm.stats().warm == pool.MAX_PROFILES)
    gone = engine.profiles[int(engine.destroyed[0].removeprefix("c"))]
    assert gone == other(1)


def test_close_destroys_warm_and_starting_sandboxes(engine, make_pool):
    warm = make_pool(size=2)
    warm.prewarm(PROFILE)
    assert eventually(lambda: warm.stats().warm == 2)
    engine.start_s = 0.1
    warm.prewarm(other(0))
    assert eventually(lambda: warm.stats().starting == 2)
    warm.close()
    assert engine.living == set()


def test_lease_outliving_the_pool_destroys_its_sandbox_itself(engine, make_pool):
    warm = make_pool(size=1)
    with warm.lease(PROFILE) as sandbox:
        warm.close()
        assert engine.living == {sandbox.container_id}
    assert engine.living == set()


def test_closed_pool_refuses_and_closes_again_quietly(make_pool):
    warm = make_pool(size=1)
    warm.close()
    warm.close()
    with pytest.raises(errors.SandboxUnavailable, match="closed"), warm.lease(PROFILE):
        pass


def test_sandbox_that_cannot_be_removed_is_counted_and_hides_nothing(engine, make_pool):
    warm = make_pool(size=0)
    engine.stuck = True
    with warm.lease(PROFILE):
        pass
    assert eventually(lambda: warm.stats().failed_destroys == 1)


def test_many_doomed_sandboxes_slow_the_lease_instead_of_piling_up(engine, make_pool):
    warm = make_pool(size=0)
    for _ in range(3 * pool.MAX_DOOMED):
        with warm.lease(PROFILE):
            pass
    warm.close()
    assert len(engine.destroyed) == 3 * pool.MAX_DOOMED


@pytest.mark.parametrize(
    ("cause", "killed"), [("exit 137", True), ("memory", False), ("exit 1", False), (None, False)]
)
def test_only_a_kill_from_outside_counts_as_one(cause, killed, monkeypatch):
    monkeypatch.setattr(pool, "SETTLE_S", 0.05)
    engine = fakes.FakeEngine()
    with contextlib.closing(pool.Pool(engine, 0)) as sandboxes, sandboxes.lease(PROFILE) as leased:
        assert not sandboxes.was_killed(leased)
        engine.guests[leased.container_id].close()
        if cause:
            engine.causes[leased.container_id] = cause
        assert sandboxes.was_killed(leased) is killed
