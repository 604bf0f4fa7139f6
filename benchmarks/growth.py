"""What grows with the queue and with what is stored: `python -m benchmarks.growth`.

Owns the table of growth: the same steps and pages with 10, 1,000 and 10,000 submissions waiting,
and with some hundred and a hundred thousand graded ones stored. The real statements and pages on an
embedded database of its own; no network, nothing is graded meanwhile. Stored submissions are copies
of made-up ones (`crowd`), each copy a course with people and an assignment of its own, as many
semesters leave them.
"""

import argparse
import contextlib
import functools
import itertools
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from fastapi.testclient import TestClient

from benchmarks import crowd, deadline, pages
from grader import models
from grader.service import accounts, jobs
from grader.store import database, migrate, queue, rows, submissions
from grader.store.embedded import server as postgres

QUEUED = (10, 1_000, 10_000)
STUDENTS, EACH = 100, 5  # of the course that is looked at, and of each copy
STORED = 100_000
SAMPLE = 30  # of each step
ROUND = itertools.count()
PAGES = {
    "a student's page of the assignment": ("student000", pages.HERE),
    "the staff's list of submissions": ("teacher", f"{pages.HERE}/submissions"),
    "the staff's dashboard": ("teacher", f"{pages.HERE}/dashboard"),
    "the gradebook as CSV": ("teacher", f"{pages.HERE}/gradebook.csv"),
}
OFFSET = 1_000_000  # between the numbers of copies; those that are counted stay below

Figures = dict[str, dict[str, float]]  # size -> step -> ms, or MB

# Rows as they would be after years: no trigger, no check is of interest here.
COPY = (
    "SET LOCAL session_replication_role = replica",
    """INSERT INTO users OVERRIDING SYSTEM VALUE
       SELECT (jsonb_populate_record(u, jsonb_build_object(
           'id', u.id + %(offset)s, 'name', u.name || '-' || %(copy)s))).* FROM users u
       WHERE u.id < 1000000 AND u.name NOT LIKE 'sample%%'""",
    "INSERT INTO courses (slug, title) VALUES ('copy-' || %(copy)s, 'Copy')",
    """INSERT INTO enrolments (course, user_id, role, section)
       SELECT 'copy-' || %(copy)s, user_id + %(offset)s, role, section FROM enrolments
       WHERE user_id < 1000000 AND course = 'main'
         AND user_id NOT IN (SELECT id FROM users WHERE name LIKE 'sample%%')""",
    """INSERT INTO course_assignments
       SELECT DISTINCT assignment || '-' || %(copy)s, 'copy-' || %(copy)s FROM submissions
       WHERE user_id < 1000000""",
    """INSERT INTO submissions
       SELECT (jsonb_populate_record(s, jsonb_build_object(
           'id', md5(s.id || %(copy)s)::uuid, 'user_id', s.user_id + %(offset)s,
           'assignment', s.assignment || '-' || %(copy)s,
           'current_run_id', s.current_run_id + %(offset)s))).* FROM submissions s
       WHERE s.user_id < 1000000""",
    """INSERT INTO runs OVERRIDING SYSTEM VALUE
       SELECT (jsonb_populate_record(r, jsonb_build_object(
           'id', r.id + %(offset)s, 'submission_id', md5(r.submission_id || %(copy)s)::uuid))).*
       FROM runs r WHERE r.id < 1000000""",
    """INSERT INTO results (run_id, attempt, report, created_at)
       SELECT run_id + %(offset)s, attempt, report, created_at FROM results
       WHERE run_id < 1000000""",
)


def measure(stored: int = STORED) -> Figures:
    """Every size in turn, on one growing database."""
    with (
        tempfile.TemporaryDirectory(prefix="growth-") as name,
        postgres.running(Path(name), own=True) as url,
    ):
        migrate.apply(url)
        with contextlib.closing(database.Database(url)) as store:
            teacher, _ = crowd.fill(store, pages.SLUG, STUDENTS, EACH)
            student, _ = accounts.add_token(store, "student000")
            tokens = {"teacher": teacher, "student000": student}
            own = STUDENTS * EACH
            figures = {f"{own:,} stored": _look(store, tokens, Path(name))}
            _copy(store, stored // own - 1)
            figures[f"{stored:,} stored"] = _look(store, tokens, Path(name))
            return figures | _queue(store, tokens, Path(name), stored)


def _queue(
    store: database.Database, tokens: dict[str, str], folder: Path, stored: int
) -> dict[str, dict[str, float]]:
    """The same with longer and longer queues."""
    deadline.add_students(store, "waiting", QUEUED[-1])
    ids = _users(store, "waiting%")
    figures = {}
    for before, size in itertools.pairwise((0, *QUEUED)):
        with ThreadPoolExecutor(deadline.CLIENTS) as pool:
            list(pool.map(lambda user_id: deadline.hand_in(store, user_id), ids[before:size]))
        queue.renew_statistics(store)  # as a worker's sweep does every ten seconds
        figures[f"{stored:,} stored, {size:,} waiting"] = _look(store, tokens, folder)
    return figures


def _look(store: database.Database, tokens: dict[str, str], folder: Path) -> dict[str, float]:
    """Medians of every step and page, in milliseconds, and two sizes."""
    seen = _steps(store)
    site = pages.pages(store, folder)
    for title, (who, path) in PAGES.items():
        client = TestClient(site, follow_redirects=False)
        client.post("/sign-in", data={"token": tokens[who]})
        first, middle, _, _ = pages.measure(client, path)
        seen |= {f"{title}, first ms": first, f"{title}, ms": middle}
    _, server, files = deadline.sizes(store)
    return seen | {"memory of the database, MB": server, "files of the database, MB": files}


def _steps(store: database.Database) -> dict[str, float]:
    """Accepting, looking and claiming; what is handed in for it is called off afterwards."""
    staff = rows.User(0, "bench", models.Role.ADMIN)
    people = f"sample{next(ROUND)}-"  # new ones: a claim that nobody ends keeps its student waiting
    deadline.add_students(store, people, SAMPLE)
    accepted = [deadline.hand_in(store, user_id) for user_id in _users(store, people + "%")]
    looks = [
        deadline.timed(functools.partial(submissions.get, store, one, staff)) for one, _ in accepted
    ]
    claims = [deadline.timed(lambda: deadline.claim(store)) for _ in accepted]
    stored = (submissions.get(store, number, staff) for number, _ in accepted)
    mine = [submission.run_id for submission in stored if submission]
    jobs.cancel(store, mine, "bench", "measured")
    return {
        "accept, ms": statistics.median(ms for _, ms in accepted),
        "status with the place in the queue, ms": statistics.median(looks),
        "claim, ms": statistics.median(claims),
    }


def _users(store: database.Database, like: str) -> list[int]:
    with store.transaction() as connection:
        rows = connection.execute("SELECT id FROM users WHERE name LIKE %s ORDER BY id", [like])
        return [row["id"] for row in rows.fetchall()]


def _copy(store: database.Database, copies: int) -> None:
    for number in range(1, copies + 1):
        values = {"copy": str(number), "offset": number * OFFSET}
        with store.transaction() as connection:
            for statement in COPY:
                connection.execute(statement, values if "%(" in statement else None)
    with psycopg.connect(
        store.conninfo, autocommit=True
    ) as connection:  # as the server does by itself
        connection.execute("VACUUM ANALYZE")


def table(figures: Figures) -> str:
    """A Markdown table: sizes as columns."""
    steps = list(next(iter(figures.values())))
    lines = [f"| | {' | '.join(figures)} |", "|---|" + "---|" * len(figures)]
    lines += [
        f"| {step} | {' | '.join(f'{s[step]:,.1f}' for s in figures.values())} |" for step in steps
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, default=STORED)
    sys.stdout.write(table(measure(parser.parse_args().stored)) + "\n")


if __name__ == "__main__":
    main()
