"""Pages of one course among twenty, next to those of a service that knew one course only.

Owns one table: `python -m benchmarks.courses --before FOLDER`, where FOLDER is a checkout of an
older commit. Two processes, each with its own tree and database, open the same pages in turn, so
that whatever else the machine does meets both. Both have the same course: its people, and their
graded submissions of one homework. Today's has nineteen more of that size.

Each process is this file run on its own, so it uses only what both trees have of `benchmarks`.
"""

import argparse
import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PEOPLE, EACH, COURSES = 150, 33, 20  # 3,000 people and 99,000 submissions in all
ROUNDS, FRESH = 15, 3
AT_MOST = 1.3
# Copies are of earlier weeks: else all of it was graded within the last hour.
EARLIER = """
UPDATE runs SET queued_at = queued_at - interval '7 days',
                started_at = started_at - interval '7 days',
                finished_at = finished_at - interval '7 days'
 WHERE id >= %(offset)s AND id < %(offset)s + 1000000"""


# ---- one of the two processes ----------------------------------------------------------------


def serve(courses: int, people: int, each: int) -> None:
    """Fill a database, then open the page that each line names and print its milliseconds."""
    from fastapi.testclient import TestClient

    from benchmarks import crowd, pages
    from grader.store import database, migrate
    from grader.store.embedded import server

    with (
        tempfile.TemporaryDirectory(prefix="courses-") as name,
        server.running(Path(name) / "pg", own=True) as url,
    ):
        make_folder(Path(name) / "course", pages.SLUG, courses)
        migrate.apply(url)
        setattr(crowd, "fill", functools.partial(fill, crowd.fill, each))  # noqa: B010  # of 5 each
        with contextlib.closing(database.Database(url)) as store:
            tokens, names = pages.fill(store, people)
            if courses > 1:
                copy(store, courses - 1)
            answer({"names": {key: str(value) for key, value in names.items()}})
            clients: dict[str, TestClient] = {}
            for line in sys.stdin:
                wanted = json.loads(line)
                if wanted["fresh"] or wanted["who"] not in clients:
                    client = TestClient(site(store, Path(name)), follow_redirects=False)
                    client.post("/sign-in", data={"token": tokens[wanted["who"]]})
                    client.get("/")  # the homeworks' files are read once, at the start
                    clients[wanted["who"]] = client
                answer(opened(clients[wanted["who"]], wanted["path"]))


def fill(real: Any, each: int, store: Any, slug: str, students: int, _each: int) -> Any:
    """`crowd.fill` with our number of submissions for each student."""
    return real(store, slug, students, each)


def site(store: Any, folder: Path) -> Any:
    """The pages as a service of either tree has them; nothing grades."""
    from grader import settings
    from grader.api import application
    from grader.service import adapters, context, course_folder
    from grader.store import blobs, run_events
    from grader.web import site as pages

    uploads = blobs.Blobs(folder / "uploads")
    course: Any = course_folder.CourseFolder(folder / "course")
    with contextlib.suppress(ImportError):  # the older tree has neither
        from grader.service import course as courses
        from grader.service import published

        course.published = published.Published(store, uploads, folder / "published")
        course = courses.Course(course, store)
    services = context.Services(
        course=course,
        store=store,
        uploads=uploads,
        intake=adapters.Intake(settings.Settings(course_dir=folder / "course", data_dir=folder)),
        views=adapters.views(),
        notices=run_events.Notices(store.conninfo),
        workers=2,
        max_batch_mb=500,
        checks={},
    )
    app = application.create(services)
    pages.install(app, b"k" * 32)
    return app


def make_folder(folder: Path, slug: str, courses: int) -> None:
    """A course folder with the same homework for each course."""
    root = Path(os.environ["PYTHONPATH"])
    for number in range(courses):
        name = f"{slug}_{number}" if number else slug
        for kind in ("tests/suites", "reference", "student_template"):
            shutil.copytree(root / kind / slug, folder / kind / name)
        path = folder / "tests/suites" / name / "assignment.toml"
        path.write_text(path.read_text().replace(f'slug = "{slug}"', f'slug = "{name}"'))


def copy(store: Any, copies: int) -> None:
    """More courses of the size of the first."""
    import psycopg

    from benchmarks import growth

    for number in range(1, copies + 1):
        values = {"copy": str(number), "offset": number * growth.OFFSET}
        with store.transaction() as connection:
            for statement in growth.COPY:
                words = statement.replace("'-'", "'_'")
                connection.execute(words, values if "%(" in statement else None)
            connection.execute(EARLIER, values)
    with psycopg.connect(store.conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def opened(client: Any, path: str) -> dict[str, float]:
    """A page's milliseconds and size."""
    started = time.perf_counter()
    got = client.get(path)
    spent = (time.perf_counter() - started) * 1000
    assert got.status_code == 200, (path, got.status_code)
    return {"ms": spent, "kB": len(got.content) / 1000}


def answer(said: object) -> None:
    """A line for the other side."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


# ---- the comparison --------------------------------------------------------------------------


class Side:
    """One tree's pages, in a process of its own."""

    def __init__(self, tree: Path, courses: int, people: int, each: int) -> None:
        words = ["--serve", str(courses), str(people), str(each)]
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).resolve()), *words],
            env=os.environ | {"PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tree,
        )
        self.names: dict[str, str] = {}

    def wait(self) -> None:
        """Until its database is filled."""
        self.names = self._read()["names"]

    def open(self, who: str, path: str, *, fresh: bool) -> dict[str, float]:
        """Milliseconds of a page; `fresh` with nothing remembered."""
        assert self._process.stdin
        wanted = {"who": who, "path": path.format(**self.names), "fresh": fresh}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("one of the two processes has ended; it says above why")
        read: dict[str, Any] = json.loads(line)
        return read

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def compare(before: Side, now: Side, who: str, path: str) -> list[float]:
    """The best of both, with nothing remembered and again: other programs only make it slower."""
    found = []
    for fresh, rounds in ((True, FRESH), (False, ROUNDS)):
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for side, times in zip((before, now), spent, strict=True):
                times.append(side.open(who, path, fresh=fresh)["ms"])
        found += [min(times) for times in spent]
    return found


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="a checkout of the older commit")
    parser.add_argument("--courses", type=int, default=COURSES)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--serve", type=int, nargs=3)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(*chosen.serve)
        return
    from benchmarks import pages

    before = Side(chosen.before.resolve(), 1, chosen.people, chosen.each)
    now = Side(pages.ROOT, chosen.courses, chosen.people, chosen.each)
    for side in (before, now):
        side.wait()
    head = "| who | page | before: first ms | now | ratio | before: ms | now | ratio |"
    sys.stdout.write(f"{head}\n|{'---|' * 8}\n")
    for who, paths in (("teacher", pages.STAFF), ("student", pages.STUDENT)):
        for path in paths:
            found = compare(before, now, who, path)
            sys.stdout.write(row(who, path.replace(pages.HERE, "…"), *found))
            sys.stdout.flush()
    for side in (before, now):
        side.end()


def row(who: str, page: str, first: float, first_now: float, again: float, again_now: float) -> str:
    """A line of the table; all times in milliseconds."""
    return (
        f"| {who} | {page} | {first:.0f} | {first_now:.0f} | {ratio(first, first_now)} "
        f"| {again:.1f} | {again_now:.1f} | {ratio(again, again_now)} |\n"
    )


def ratio(before: float, now: float) -> str:
    """How much longer it takes now, bold where that is too much."""
    found = f"{now / before:.2f}"
    return f"**{found}**" if now / before > AT_MOST else found


if __name__ == "__main__":
    main()
