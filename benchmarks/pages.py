"""How long each page takes, and how often it asks the database, with a course's worth of work.

Owns one table: `python -m benchmarks.pages`. Real pages over an embedded database of its own with
300 students and 5 submissions each of 120 tests; no network, nothing is graded meanwhile.
"""

import argparse
import contextlib
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchmarks import crowd
from grader import models, settings
from grader.api import application
from grader.service import accounts, adapters, context, course, course_folder, jobs
from grader.store import blobs, database, migrate, regrades, rows, run_events, runs
from grader.store.embedded import server
from grader.web import site

ROOT = Path(__file__).parent.parent
SLUG = "eecs545_hw4"
HERE = f"/assignments/{SLUG}"
ROUNDS = 5
STAFF = (
    *("/", HERE, "/queue", "/roster", "/audit", "/submissions/{submission}"),
    *(f"{HERE}/dashboard", f"{HERE}/dashboard?which=all", f"{HERE}/plots/scores.svg"),
    *(f"{HERE}/{name}" for name in ("submissions", "batches", "regrades", "similarity")),
    *(f"{HERE}/submissions?sort=points&page=20", f"{HERE}/gradebook.csv", f"{HERE}/quality"),
    *("/regrades/{regrade}", "/regrades/{regrade}/submissions/{latest}"),
)
STUDENT = ("/", HERE, "/submissions/{submission}")


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    real = psycopg.Cursor.execute

    def execute(self, query, *args, **options):  # type: ignore[no-untyped-def]  # as psycopg's
        sent.append(str(query))
        return real(self, query, *args, **options)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]  # put back below
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = real  # type: ignore[method-assign]


def pages(store: database.Database, folder: Path) -> FastAPI:
    """The service's pages; nothing grades."""
    chosen = settings.Settings(course_dir=ROOT, data_dir=folder)
    services = context.Services(
        course=course.Course(course_folder.CourseFolder(ROOT), store),
        store=store,
        uploads=blobs.Blobs(folder / "uploads"),
        intake=adapters.Intake(chosen),
        views=adapters.views(),
        notices=run_events.Notices(store.conninfo),
        workers=2,
        max_batch_mb=500,
        checks={},
    )
    app = application.create(services)
    site.install(app, b"k" * 32)
    return app


def fill(store: database.Database, students: int) -> tuple[dict[str, str], dict[str, object]]:
    """Tokens of a teacher and a student, and what the pages' addresses name."""
    token, made = crowd.fill(store, SLUG, students, 5)
    student, _ = accounts.add_token(store, "student000")
    teacher = accounts.find(store, token)
    assert teacher is not None
    regrade = rows.NewBulkOperation(
        uuid.uuid4(), "regrade", SLUG, teacher.id, "fixed", models.Which.LATEST
    )
    regrades.add(store, regrade, teacher.title, [], jobs.enqueue_all)
    draw = random.Random(1)
    with store.transaction() as connection:
        queued = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchall()
    for row in queued:
        work = runs.begin(store, row["id"], "worker made-up:1")
        assert work is not None
        runs.finish(store, work, crowd.report(SLUG, draw.betavariate(4, 1.5), draw))
    latest = regrades.items(store, regrade.id)[0].submission_id
    names: dict[str, object] = {"submission": made[0], "regrade": regrade.id, "latest": latest}
    return {"teacher": token, "student": student}, names


def measure(client: TestClient, path: str) -> tuple[float, float, int, int]:
    """First and median milliseconds of a page, its statements, its bytes."""
    spent = []
    for _ in range(ROUNDS):
        with counted() as sent:
            started = time.perf_counter()
            answer = client.get(path)
            spent.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return spent[0], statistics.median(spent), len(sent), len(answer.content)


def main() -> None:
    """Fill a database and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    students = parser.parse_args().students
    with (
        tempfile.TemporaryDirectory() as name,
        server.running(Path(name), own=True) as url,
    ):
        migrate.apply(url)
        with contextlib.closing(database.Database(url)) as store:
            tokens, names = fill(store, students)
            print("| who | page | first ms | ms | queries | kB |\n|---|---|---|---|---|---|")
            for who, paths in (("teacher", STAFF), ("student", STUDENT)):
                client = TestClient(pages(store, Path(name)), follow_redirects=False)
                client.post("/sign-in", data={"token": tokens[who]})
                for path in paths:
                    first, middle, asked, size = measure(client, path.format(**names))
                    shown = path.replace(HERE, "…")
                    figures = f"{first:.0f} | {middle:.0f} | {asked} | {size / 1000:.0f}"
                    print(f"| {who} | {shown} | {figures} |")


if __name__ == "__main__":
    main()
