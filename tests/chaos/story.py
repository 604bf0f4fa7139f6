"""The story of a bad night: uploads come in while everything is killed, one after the other.

`python -m tests.chaos.story --submissions 200 --kills 100` is the long form.
"""

import argparse
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
TARGETS = ("worker", "worker", "worker", "api", "database")


@dataclass
class Night:
    """What was seen."""

    accepted: dict[str, str] = field(default_factory=dict)  # submission id -> what was uploaded
    kills: Counter = field(default_factory=Counter)
    recovery_s: list[float] = field(default_factory=list)  # kill to ready again, API and workers
    states: Counter = field(default_factory=Counter)
    attempts: Counter = field(default_factory=Counter)
    seconds: float = 0.0


def text_of(number):
    """An upload: its seconds of grading and its points, which tell it from the others."""
    return f"{0.3 + number % 5 * 0.4:.1f} {number + 1}/{number % 7 + 2}"


def live_through(city, submissions, kills, pause_s, seed):
    """Hand in, kill, wait for the end."""
    night, chance, started = Night(), random.Random(seed), time.monotonic()
    token = city.token()

    def upload(number):
        # Spread over the night, so that there is always something to lose.
        due = started + number / submissions * kills * pause_s
        time.sleep(max(0.0, due - time.monotonic()))
        with city.client(token) as client:
            night.accepted[cities.hand_in(client, text_of(number), f"key {number}")] = text_of(
                number
            )

    with ThreadPoolExecutor(UPLOADERS) as pool:
        waiting = [pool.submit(upload, number) for number in range(submissions)]
        while sum(night.kills.values()) < kills:
            time.sleep(chance.uniform(0.5, 1.5) * pause_s)
            kill(city, chance, night)
        for one in waiting:
            one.result()
    wait_for_the_end(city)
    night.seconds = time.monotonic() - started
    look_at(city, night)
    return night


def kill(city, chance, night):
    """kill -9 of a random process; it is started again at once."""
    target = chance.choice(TARGETS)
    if target == "database":
        night.kills[target] += city.kill_database()
        return
    member = city.api if target == "api" else chance.choice(city.workers)
    started = time.monotonic()
    member.end()
    member.start()
    night.kills[target] += 1
    threading.Thread(target=time_recovery, args=(member.process, started, night)).start()


def time_recovery(process, started, night):
    """Note when a process is ready; one that is killed before that says nothing."""
    if process.stdout.readline():
        night.recovery_s.append(time.monotonic() - started)


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
        assert Fraction(score) == Fraction(night.accepted[submission].split()[1])
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
    recovery = sorted(night.recovery_s)
    print(  # noqa: T201 - its purpose
        f"{len(night.accepted)} accepted, each with one result; kills {dict(night.kills)}, "
        f"attempts {dict(sorted(night.attempts.items()))}, {night.seconds:.0f} s; kill to ready "
        f"median {statistics.median(recovery):.1f} s, longest {recovery[-1]:.1f} s"
    )


if __name__ == "__main__":
    main()
