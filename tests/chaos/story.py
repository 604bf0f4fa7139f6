"""The story of a bad night: uploads come in while everything is killed, one after the other.

`python -m tests.chaos.story --submissions 200 --kills 100` is the long form.
"""

import argparse
import contextlib
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from tests.chaos import city as cities

END_S = 180.0  # after the last kill
UPLOADERS = 4


@dataclass
class Night:
    """What was seen."""

    accepted: dict[str, str] = field(default_factory=dict)  # submission id -> what was uploaded
    points: dict[str, Fraction] = field(default_factory=dict)  # what was uploaded -> its points
    kills: Counter = field(default_factory=Counter)
    recovery_s: dict[str, list[float]] = field(default_factory=dict)  # kill to ready, by kind
    states: Counter = field(default_factory=Counter)
    attempts: Counter = field(default_factory=Counter)
    seconds: float = 0.0


def live_through(city, submissions, kills, pause_s, seed, midway=lambda: None):
    """Hand in, kill, wait for the end.

    Args:
        midway: called once after half of the kills.
    """
    night, chance, started = Night(), random.Random(seed), time.monotonic()
    token = city.token()

    def upload(number):
        # Spread over the night, so that there is always something to lose.
        due = started + number / submissions * kills * pause_s
        time.sleep(max(0.0, due - time.monotonic()))
        text, points = city.upload(number)
        night.points[text] = points
        with city.client(token) as client:
            mine = cities.hand_in(client, text, f"key {number}", city.slug)
        night.accepted[mine] = text

    with ThreadPoolExecutor(UPLOADERS) as pool:
        waiting = [pool.submit(upload, number) for number in range(submissions)]
        for done in range(kills):
            if done == kills // 2:
                midway()
            time.sleep(chance.uniform(0.5, 1.5) * pause_s)
            while not kill(city, chance, night):
                time.sleep(0.1)
        try:
            for one in waiting:
                one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # each would wait as long as this one
            raise
    wait_for_the_end(city)
    night.seconds = time.monotonic() - started
    look_at(city, night)
    return night


def kill(city, chance, night):
    """kill -9 of a random process; it is started again at once. False if it was just down."""
    target = chance.choice(city.targets)
    started = time.monotonic()
    member = city.kill(target, chance)
    if member is None:
        return False
    night.kills[target] += 1
    if target != "database":  # its supervisor starts it; the others wait for it and say so
        arguments = (member, member.process, target, started, night)
        threading.Thread(target=time_recovery, args=arguments, daemon=True).start()
    return True


def time_recovery(member, process, target, started, night):
    """Note when a process is ready; one that is killed before that says nothing."""
    with contextlib.suppress(OSError, ValueError):  # the next kill closed what it is read from
        if member.heard_of(process):
            night.recovery_s.setdefault(target, []).append(time.monotonic() - started)


def wait_for_the_end(city):
    """Until no run is open."""
    deadline = time.monotonic() + END_S
    while city.rows("SELECT count(*) FROM runs WHERE finished_at IS NULL")[0][0]:
        assert time.monotonic() < deadline, city.rows(
            "SELECT id, state, attempt, failures, reasons FROM runs WHERE finished_at IS NULL"
        )
        time.sleep(0.2)


def look_at(city, night):
    """Every accepted upload has exactly one final result, and it is its own."""
    found = city.rows("SELECT id::text FROM submissions")
    assert {row[0] for row in found} == set(night.accepted), "202 exactly when it is there"
    assert len(set(night.accepted.values())) == len(night.accepted), "each upload once"
    results = city.rows(
        "SELECT r.submission_id::text, x.report ->> 'score' FROM results x JOIN runs r"
        " ON r.id = x.run_id"
    )
    assert Counter(row[0] for row in results) == Counter(dict.fromkeys(night.accepted, 1))
    for submission, score in results:
        assert Fraction(score) == night.points[night.accepted[submission]]
    night.states.update(row[0] for row in city.rows("SELECT state FROM runs"))
    night.attempts.update(row[0] for row in city.rows("SELECT attempt FROM runs"))
    ends = city.rows("SELECT run_id, count(*) FROM run_moves WHERE to_state = 'done' GROUP BY 1")
    assert {count for _, count in ends} == {1}
    assert set(night.states) == {"done"}


def main():
    """The long form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pause", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        city = cities.City(Path(folder))
        try:
            night = live_through(city, given.submissions, given.kills, given.pause, given.seed)
        finally:
            city.end()
    tell(night)


def tell(night):
    """What was seen, for the docs."""
    print(  # noqa: T201 - its purpose
        f"{len(night.accepted)} accepted, each with one result; kills {dict(night.kills)}, "
        f"attempts {dict(sorted(night.attempts.items()))}, {night.seconds:.0f} s"
    )
    for target, seconds in sorted(night.recovery_s.items()):
        print(  # noqa: T201 - its purpose
            f"{target}: kill to ready median {statistics.median(seconds):.1f} s, "
            f"longest {max(seconds):.1f} s ({len(seconds)} times)"
        )


if __name__ == "__main__":
    main()
