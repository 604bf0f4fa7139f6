"""A course with staff, and the commands of people who are logged in to its service."""

import json

from typer.testing import CliRunner

from grader.cli import main, submit
from grader.client import connection, credentials
from grader.service import accounts
from tests.support.course_client import HOUR, NOW, Staffed


class Terminal(Staffed):
    """A course, and a person's terminal that is logged in to it."""

    def __init__(self, store, uploads, course, monkeypatch):
        super().__init__(store, uploads, course)
        self.tokens["tim"] = accounts.add_user(store, "tim", "ta")
        self.rubric(f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n")
        self.who = "eve"
        monkeypatch.setattr(submit, "open_service", self.open)

    def open(self, _url):
        login = credentials.Login("http://testserver", self.tokens[self.who])
        return connection.Connection(login, transport=self.client._transport)

    def run(self, *words, who="eve"):
        self.who = who
        done = CliRunner().invoke(main.app, [str(word) for word in words])
        if done.exception:
            raise done.exception
        return done.stdout

    def json(self, *words, who="eve"):
        return json.loads(self.run(*words, "--json", who=who))
