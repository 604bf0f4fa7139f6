"""A client of the API over a real database, with a fake grader and no worker."""

import itertools
import json
import uuid

from fastapi.testclient import TestClient

from grader.api import application
from grader.service import accounts, context, course_folder, published
from grader.service import course as courses
from grader.store import run_events, runs, submissions
from tests.support import fakes_service as fakes

UPLOAD = f"/api/assignments/{fakes.SLUG}/submissions"
FILES = {"files": ("layers.py", b"ok")}


class Api:
    """A client that speaks as one of several people."""

    def __init__(self, store, uploads, course):
        self.store = store
        self.numbers = itertools.count()
        self.grading = fakes.Grading()
        self.notices = run_events.Notices(store.conninfo)
        folder = course_folder.CourseFolder(course)
        folder.published = published.Published(store, uploads, course.parent / "published")
        services = context.Services(
            course=courses.Course(folder, store),
            store=store,
            uploads=uploads,
            intake=self.grading,
            views=fakes.parts(self.grading).views(),
            notices=self.notices,
            workers=2,
            max_batch_mb=1,
            checks={"database": store.ping, "grading": self.grading.check},
        )
        self.client = TestClient(application.create(services), raise_server_exceptions=False)
        self.tokens = {
            name: accounts.add_user(store, name, role)
            for name, role in {"ann": "student", "bob": "student", "eve": "instructor"}.items()
        }

    def get(self, path, who="ann"):
        return self.client.get(path, headers=self.headers(who))

    def post(self, files=None, who="ann", path=UPLOAD, **headers):
        """Submit files; by default other bytes each time, as a student's next attempt has."""
        files = files or {"files": ("layers.py", b"ok %d" % next(self.numbers))}
        return self.client.post(path, files=files, headers=self.headers(who) | headers)

    def headers(self, who):
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}

    def finish(self, answer, report=None):
        """Do the worker's part for a submission just accepted."""
        user = accounts.find(self.store, self.tokens["eve"])
        found = submissions.get(self.store, uuid.UUID(answer.json()["id"]), user)
        work = runs.begin(self.store, found.run_id, "worker test:1")
        runs.finish(self.store, work, report or fakes.report())


def problem(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert len(body["detail"]) > 20
    return body


def events(answer):
    """Kind, data and id of each event of a stream."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found
