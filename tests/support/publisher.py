"""A client that publishes homeworks, and the worker that checks them."""

import asyncio
import contextlib

from grader.service import jobs, run_grader, run_versions, version_check, worker
from tests.support import fakes_service as fakes
from tests.support.course_client import ASSIGNMENT, Staffed

VERSIONS = f"{ASSIGNMENT}/versions"


class Publisher(Staffed):
    """An instructor who publishes, and a worker that checks."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.course = self.client.app.state.services.course
        chooses = run_versions.RunVersions(store, self.course.folder)
        grader = run_grader.RunGrader(
            store, uploads, self.grading, max_attempts=3, versions=chooses
        )
        folder = self.course.folder
        checker = version_check.VersionChecker(store, folder, folder.published, self.grading)
        app = jobs.application(grader, checker)
        self.worker = worker.Worker(app, store, concurrency=1, alone=True)

    def publish(self, content, slug=fakes.SLUG, status=202, **query):
        path = f"/api/assignments/{slug}/versions"
        files = {"file": ("hw.zip", content)}
        answer = self.client.post(path, files=files, params=query, headers=self.headers("eve"))
        assert answer.status_code == status, answer.text
        return answer.json()

    def check(self):
        """Let the worker check what waits."""
        self.work("SELECT count(*) AS n FROM homework_versions WHERE checked_at IS NULL")

    def grade(self):
        """Let the worker grade what waits."""
        self.work("SELECT count(*) AS n FROM runs WHERE state IN ('queued', 'running')")

    def work(self, left):
        """Let the worker work until nothing is left."""

        def waits():
            with self.store.transaction() as connection:
                return connection.execute(left).fetchone()["n"]

        async def main():
            task = asyncio.create_task(self.worker.run())
            async with asyncio.timeout(60):
                while await asyncio.to_thread(waits):
                    await asyncio.sleep(0.1)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        asyncio.run(main())
        self.course.read_again()

    def states(self, slug=fakes.SLUG):
        found = self.get(f"/api/assignments/{slug}/versions", "eve").json()["versions"]
        return {one["number"]: one["state"] for one in found}

    def live(self, number, status=200, *, insist=False):
        answer = self.send("POST", f"{VERSIONS}/{number}/live", insist=insist)
        assert answer.status_code == status
        return answer
