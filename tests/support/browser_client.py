"""Clients of the pages: a browser without scripts, and one in which the staff is signed in."""

import dataclasses
import io
import re
import uuid
import zipfile
from fractions import Fraction

from fastapi.testclient import TestClient

from grader.service import accounts, adapters, jobs
from grader.store import rows, runs, submissions
from grader.web import site
from tests.support import fakes_service as fakes
from tests.support.api_client import Api

PAGE = f"/assignments/{fakes.SLUG}"
FILES = [("files", ("layers.py", b"ok"))]
MANUAL = """
[[task]]
id = "w"
title = "Write-up"
points = 5
kind = "manual"
rubric = [{ text = "Derivation", points = 3 }, { text = "Plot", points = 2 }]
"""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
CODE = "".join(f"def f{n}(a, b):\n    c = a * {n} + b\n    return [c, a, {n}]\n" for n in range(20))


class Browser(Api):
    """A client that keeps cookies and sends forms as a browser would."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        app = self.client.app
        app.state.services = dataclasses.replace(app.state.services, views=adapters.views())
        site.install(app, b"k" * 32)
        self.client = TestClient(self.client.app, raise_server_exceptions=False)

    def sign_in(self, who="ann", **fields):
        self.client.cookies.clear()
        return self.client.post(
            "/sign-in", data={"token": self.tokens[who]} | fields, follow_redirects=False
        )

    def page(self, path):
        return self.client.get(path, follow_redirects=False)

    def form_token(self):
        return re.search(r'name="form_token" value="([^"]+)"', self.page("/").text)[1]

    def hand_in(self, files=None, headers=None, **fields):
        files = files or [("files", ("layers.py", b"ok %d" % next(self.numbers)))]
        data = {"form_token": self.form_token()} | fields
        return self.client.post(
            PAGE, data=data, files=files, headers=headers or {}, follow_redirects=False
        )


class Staff(Browser):
    """A browser in which the staff is signed in, and a worker."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.sign_in("eve")
        self.user = accounts.find(store, self.tokens["eve"])

    def hand_in_as(self, who="ann", points=Fraction(20, 3)):
        """A graded submission of a student; its id."""
        user = accounts.find(self.store, self.tokens[who])
        new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, "0" * 64)
        jobs.accept(self.store, new, "")
        self.finish_run(submissions.get(self.store, new.id, user).run_id, points)
        return new.id

    def finish_run(self, run_id, points):
        work = runs.begin(self.store, run_id, "worker test:1")
        runs.finish(self.store, work, fakes.report(points))

    def finish_all(self, points):
        with self.store.transaction() as connection:
            queued = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchall()
        for row in queued:
            self.finish_run(row["id"], points)

    def send(self, path, /, **fields):
        data = {"form_token": self.form_token()} | fields
        return self.client.post(path, data=data, follow_redirects=False)

    def mark(self, path, /, task="w", button="save", **fields):
        """Send the form of a marking page, filled in for one task.

        Args:
            path: of the submission, with a query behind it where the way is narrowed.
            fields: by their names without the task.
        """
        address, _, query = path.partition("?")
        named = {f"{name}.{task}": value for name, value in fields.items()}
        return self.send(f"{address}/marking{query and '?' + query}", **named, **{button: task})

    def upload(self, path, files, **fields):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        data = {"form_token": self.form_token()} | fields
        sent = {"files": ("all.zip", sink.getvalue())}
        return self.client.post(path, data=data, files=sent, follow_redirects=False)
