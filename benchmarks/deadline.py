"""A deadline night: 10,000 students hand in at once; what the queue costs.

Owns one table: `python -m benchmarks.deadline`. The real statements on an embedded database of its
own; no HTTP and no grading. The claim is the engine's fetch and our begin, as a worker does them.
"""

import argparse
import contextlib
import functools
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader import models
from grader.service import jobs
from grader.store import database, migrate, queue, rows, runs, submissions
from grader.store.embedded import server

CLIENTS = 8
CLAIMS = 500
LOOKS = 200
SIZES = ("the process that accepts", "PostgreSQL's processes", "the database's files")
FETCH = "SELECT * FROM procrastinate_fetch_job_v2(ARRAY['grading'], NULL)"


def timed(action: Callable[[], object]) -> float:
    """Wall milliseconds of one call."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def hand_in(store: database.Database, user_id: int) -> tuple[uuid.UUID, float]:
    """One student's upload; its id and milliseconds."""
    digest = f"{user_id:064x}"
    new = rows.NewSubmission(uuid.uuid4(), user_id, "hw", digest, 1, digest, one_at_a_time=True)
    return new.id, timed(lambda: jobs.accept(store, new))


def claim(store: database.Database) -> None:
    """What a worker does to get a run."""
    job = store.one(FETCH)
    assert job is not None
    assert runs.begin(store, job["args"]["run_id"], "worker bench:1")


def line(title: str, values: Iterable[float]) -> str:
    """One row of the table."""
    ordered = sorted(values)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"| {title} | {statistics.median(ordered):.1f} | {p99:.1f} | {ordered[-1]:.1f} |"


def resident_mb() -> float:
    """Memory of this process, which does what an API process does to accept."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def server_mb(store: database.Database) -> float:
    """Memory of the database's processes, shared pages counted once."""
    row = store.one("SELECT pg_backend_pid() AS pid")
    assert row is not None
    parent = Path(f"/proc/{row['pid']}/stat").read_text().rpartition(")")[2].split()[1]
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    total = 0
    for pid in (parent, *children):
        with contextlib.suppress(OSError):  # a process of the server that has just ended
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total / 1024


def sizes(store: database.Database) -> tuple[float, float, float]:
    """MB of this process, of the database's processes, and of its files."""
    row = store.one("SELECT pg_database_size(current_database()) AS bytes")
    assert row is not None
    return resident_mb(), server_mb(store), row["bytes"] / 2**20


def add_students(store: database.Database, prefix: str, count: int) -> None:
    """Students of the default course, named by number."""
    with store.transaction() as connection:
        connection.execute(
            "WITH made AS (INSERT INTO users (name)"
            " SELECT %s || n FROM generate_series(1, %s) n ORDER BY n RETURNING id)"
            " INSERT INTO enrolments (course, user_id, role)"
            " SELECT 'main', id, 'student' FROM made",
            [prefix, count],
        )


def measure(store: database.Database, students: int) -> list[str]:
    """Fill the queue, then look and claim while it is full."""
    add_students(store, "s", students)
    before, started = sizes(store), time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        accepted = list(pool.map(lambda number: hand_in(store, number), range(1, students + 1)))
    seconds = time.perf_counter() - started
    after = sizes(store)
    staff = rows.User(0, "bench", models.Role.ADMIN)
    sample = [accepted[students * n // LOOKS][0] for n in range(LOOKS)]
    looks = [timed(functools.partial(submissions.get, store, one, staff)) for one in sample]
    first = [timed(lambda: claim(store)) for _ in range(CLAIMS // 10)]
    queue.renew_statistics(store)  # as a worker's sweep does every ten seconds
    claims = [timed(lambda: claim(store)) for _ in range(CLAIMS)]
    return [
        f"{students} submissions from {CLIENTS} clients at once in {seconds:.1f} s "
        f"({students / seconds:.0f} a second); then all of them wait.",
        "",
        "| step | median ms | p99 ms | longest ms |",
        "|---|---|---|---|",
        line("accept: submission, run, job", (ms for _, ms in accepted)),
        line("status with the place in the queue", looks),
        line("claim within seconds of the burst", first),
        line("claim: fetch a job and begin its run", claims),
        "",
        "| memory, MB | before | with all of them waiting |",
        "|---|---|---|",
        *(
            f"| {title} | {empty:.0f} | {full:.0f} |"
            for title, empty, full in zip(SIZES, before, after, strict=True)
        ),
    ]


def main() -> None:
    """Measure on a database of its own and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=10_000)
    students = parser.parse_args().students
    with (
        tempfile.TemporaryDirectory(prefix="deadline-") as folder,
        server.running(Path(folder), own=True) as url,
    ):
        migrate.apply(url)
        with contextlib.closing(database.Database(url)) as store:
            print("\n".join(measure(store, students)))


if __name__ == "__main__":
    main()
