"""How many questions a page asks the database: as many for thirty students as for three."""

import contextlib
import io
import random
import uuid
import zipfile

import pytest

from benchmarks import crowd
from benchmarks import pages as measured
from grader import models
from grader.service import accounts, jobs, waiting
from grader.store import regrades, rows, runs
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Browser

MOST = 22  # of any page
PAGES = (
    *("/", PAGE, "/queue", "/roster", "/audit", "/submissions/{submission}"),
    *("/waiting", "/messages"),
    *(
        "/submissions/{submission}/files",
        "/submissions/{submission}/marking",
        "/regrades/{regrade}",
        "/batches/{batch}",
    ),
    "/regrades/{regrade}/submissions/{latest}",
    *(f"{PAGE}/{name}" for name in ("dashboard", "submissions", "batches", "regrades")),
    *(
        f"{PAGE}/{name}"
        for name in ("similarity", "quality", "schedule", "extensions", "gradebook", "unmarked")
    ),
    f"{PAGE}/gradebook.csv",
)


class School(Browser):
    """A course with so many students, a batch and a regrade of as many."""

    def __init__(self, store, uploads, course, students):
        super().__init__(store, uploads, course)
        # Counted on the first page, however long the others take.
        self.client.app.state.waiting = waiting.WaitingCount(kept_s=float("inf"))
        course = self.client.app.state.services.course
        for known in (course.edited, course.courses, course.folder.published.live):
            known.fresh_s = float("inf")
        stored = uploads.put(self.grading.inspect(fakes.SLUG, [("layers.py", b"ok")]))
        token, made = crowd.fill(store, fakes.SLUG, students, 2, seed=1, upload=stored)
        self.tokens["teacher"], self.tokens["student"] = (
            token,
            accounts.add_token(store, "student000", "test")[0],
        )
        teacher = accounts.find(store, token)
        self.sign_in("teacher")
        files = {f"s{n}/layers.py": "ok" for n in range(students)}
        batch = self.upload(files)
        group = rows.NewBulkOperation(
            uuid.uuid4(), "regrade", fakes.SLUG, teacher.id, "r", models.Which.LATEST
        )
        regrades.add(store, group, teacher.title, [], jobs.enqueue_all)
        draw = random.Random(3)
        with store.transaction() as connection:
            queued = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchall()
        for row in queued:
            work = runs.begin(store, row["id"], "worker test:1")
            runs.finish(store, work, crowd.report(fakes.SLUG, 0.7, draw, 10))
        chosen = regrades.items(store, group.id)[0].submission_id
        self.names = {"submission": made[0], "latest": chosen, "regrade": group.id, "batch": batch}

    def upload(self, files):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        sent = {"files": ("all.zip", sink.getvalue())}
        data = {"form_token": self.form_token()}
        answer = self.client.post(f"{PAGE}/batches", data=data, files=sent, follow_redirects=False)
        return answer.headers["location"].rpartition("/")[2]


def asked(school, who, pages):
    """Page -> how many statements it took."""
    school.sign_in(who)
    found = {}
    for page in pages:
        path = page.format(**school.names)
        with measured.counted() as sent:
            answer = school.page(path)
        assert answer.status_code == 200, path
        found[page] = len(sent)
    return found


@pytest.mark.parametrize(
    ("who", "pages"), [("teacher", PAGES), ("student", ("/", PAGE, "/submissions/{submission}"))]
)
def test_page_asks_as_often_for_thirty_students_as_for_three(
    another_database, uploads, course, who, pages
):
    from grader.store import database

    told = []
    for students in (3, 30):
        url = another_database()
        with contextlib.closing(database.Database(url)) as store:
            school = School(store, uploads, course, students)
            told.append(asked(school, who, pages))
    assert told[0] == told[1]
    assert max(told[0].values()) <= MOST, told[0]
