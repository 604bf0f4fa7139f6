"""10,000 students and one deadline, simulated: how long they wait with so many gradings at once.

Owns one table: `python -m benchmarks.scale`. Nothing real runs. The queue's rules are the
service's: of one student one upload is graded and one waits, a newer one takes the waiting one's
place, the older of two students goes first. The times are assumptions stated on the command line;
docs/scale.md tells where its figures come from.

Theory of operation
    Two kinds of events in one heap, uploads and ends of gradings. A waiting student stands in the
    queue once, with the time of the upload that waits; who is being graded is passed over until
    then, as the engine passes over jobs whose lock is taken.
"""

import argparse
import heapq
import random
import statistics
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

HOUR_S = 3600.0
BEFORE_S = 24 * HOUR_S  # uploads are looked at from so long before the deadline
UPLOAD, END = 1, 0  # an end at the same moment comes first: its place is free


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated.

    Attributes:
        students: who all hand in.
        uploads: of each student in the last day, on average.
        rush_s: mean of the exponential distance of an upload from the deadline.
        grade_s: mean seconds of one grading; single ones vary by a third of it.
        slots: gradings at once.
    """

    students: int
    uploads: float
    rush_s: float
    grade_s: float
    slots: int


@dataclass(slots=True)
class Night:
    """The state of the queue, and what was seen."""

    scenario: Scenario
    chance: random.Random
    events: list[tuple[float, int, int]] = field(default_factory=list)
    queue: deque[int] = field(default_factory=deque)
    waiting: dict[int, float] = field(default_factory=dict)  # student -> since when
    graded: set[int] = field(default_factory=set)  # students with a running grading
    blocked: set[int] = field(default_factory=set)  # who wait for their own grading to end
    waits_s: list[float] = field(default_factory=list)
    superseded: int = 0
    busy_s: float = 0.0
    last_s: float = 0.0
    longest: int = 0

    def run(self) -> None:
        """Until every upload is graded or superseded."""
        for student in range(self.scenario.students):
            self.events += [(at, UPLOAD, student) for at in self.uploads()]
        heapq.heapify(self.events)
        while self.events:
            now, kind, student = heapq.heappop(self.events)
            if kind == UPLOAD:
                self.hand_in(now, student)
            else:
                self.end(now, student)
            self.begin(now)

    def uploads(self) -> Iterator[float]:
        """When one student hands in, in seconds after the deadline (so below zero)."""
        more = self.scenario.uploads - 1
        count = 1
        while more and self.chance.random() < more / (1 + more):
            count += 1
        for _ in range(count):
            yield -min(self.chance.expovariate(1 / self.scenario.rush_s), BEFORE_S)

    def hand_in(self, now: float, student: int) -> None:
        """A newer upload takes the waiting one's place and goes to the end."""
        if student in self.waiting:
            self.superseded += 1
            if student not in self.blocked:
                self.queue.remove(student)
        self.waiting[student] = now
        if student in self.graded:
            self.blocked.add(student)
        else:
            self.queue.append(student)
        self.longest = max(self.longest, len(self.queue))

    def begin(self, now: float) -> None:
        """Fill the free places."""
        while self.queue and len(self.graded) < self.scenario.slots:
            student = self.queue.popleft()
            self.waits_s.append(now - self.waiting.pop(student))
            self.graded.add(student)
            mean = self.scenario.grade_s
            seconds = max(mean / 5, self.chance.gauss(mean, mean / 3))
            self.busy_s += seconds
            heapq.heappush(self.events, (now + seconds, END, student))

    def end(self, now: float, student: int) -> None:
        """Free the place; the student's own next upload may go now."""
        self.graded.discard(student)
        self.last_s = now
        if student in self.blocked:
            self.blocked.discard(student)
            self.queue.appendleft(student)


def row(scenario: Scenario) -> str:
    """One line of the table."""
    night = Night(scenario, random.Random(20261124))
    night.run()
    waits = sorted(night.waits_s)
    p95 = waits[int(len(waits) * 0.95)]
    return (
        f"| {scenario.grade_s:g} | {scenario.slots} | {len(waits)} | {night.superseded} | "
        f"{shown(statistics.median(waits))} | {shown(p95)} | {shown(waits[-1])} | "
        f"{night.longest} | {shown(max(0.0, night.last_s))} |"
    )


def shown(seconds: float) -> str:
    """Seconds or minutes, whichever is read more easily."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--uploads", type=float, default=3.0)
    parser.add_argument("--rush", type=float, default=2.0, help="mean hours before the deadline")
    parser.add_argument("--seconds", type=float, nargs="*", default=[10.0, 30.0])
    parser.add_argument("--slots", type=int, nargs="*", default=[16, 32, 64, 96, 128])
    given = parser.parse_args()
    print(
        "| grading s | at once | graded | superseded | wait, median | wait, 95 % | longest wait | "
        "longest queue | last result after the deadline |\n|---|---|---|---|---|---|---|---|---|"
    )
    for seconds in given.seconds:
        for slots in given.slots:
            rush_s = given.rush * HOUR_S
            print(row(Scenario(given.students, given.uploads, rush_s, seconds, slots)))


if __name__ == "__main__":
    main()
