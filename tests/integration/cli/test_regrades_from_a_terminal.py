"""Regrades and batches of a service from a terminal, against the service's routes."""

import json
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from grader import errors
from grader.cli import main, submit
from grader.client import connection, credentials
from grader.store import runs
from tests.support import fakes_service as fakes
from tests.support.course_client import Staffed


class Terminal(Staffed):
    """A course with a manual task, and an instructor's terminal."""

    def __init__(self, store, uploads, course, monkeypatch):
        super().__init__(store, uploads, course)
        monkeypatch.setattr(submit, "open_service", self.open)

    def open(self, _url):
        login = credentials.Login("http://testserver", self.tokens["eve"])
        return connection.Connection(login, transport=self.client._transport)

    def run(self, *words):
        done = CliRunner().invoke(main.app, [str(word) for word in words])
        if done.exception:
            raise done.exception
        return done.stdout

    def grade(self, score):
        """Grade what is queued."""
        with self.store.transaction() as connection:
            found = connection.execute("SELECT id FROM runs WHERE state = 'queued'").fetchall()
        for row in found:
            begun = runs.begin(self.store, row["id"], "worker test:1")
            runs.finish(self.store, begun, fakes.report(score))


@pytest.fixture
def terminal(store, uploads, course, monkeypatch):
    return Terminal(store, uploads, course, monkeypatch)


def test_regrade_is_followed_applied_and_taken_back(terminal):
    submission = terminal.graded()
    assert terminal.mark(submission, points=3, version=0).status_code == 200
    terminal.run("regrade", fakes.SLUG, "--reason", "2a fixed", "--which", "all")
    (one,) = json.loads(terminal.run("regrades", "list", fakes.SLUG, "--json"))["operations"]
    assert f"{one['id']}  open       0 of 1  eve  2a fixed" in terminal.run(
        "regrades", "list", fakes.SLUG
    )
    assert "more points" not in terminal.run("regrades", "show", one["id"])
    assert "paused; 1 held" in terminal.run("regrades", "pause", one["id"])
    assert "open; 1 queued" in terminal.run("regrades", "resume", one["id"])
    terminal.grade(Fraction(10))
    shown = terminal.run("regrades", "show", one["id"])
    assert "1 with more points, 0 with fewer, 0 with the same" in shown
    assert "marks come on top" in shown
    applied = terminal.run("regrades", "apply", one["id"], "--take", "keep-max", "--reason", "r")
    assert applied == "applied; another result counts now for 1\n"
    assert "counts now for 1" in terminal.run("regrades", "revert", one["id"])


def test_regrade_that_is_cancelled_changes_nothing(terminal):
    terminal.graded()
    terminal.run("regrade", fakes.SLUG, "--reason", "r", "--which", "all")
    (one,) = json.loads(terminal.run("regrades", "list", fakes.SLUG, "--json"))["operations"]
    assert "cancelled" in terminal.run("regrades", "cancel", one["id"])
    with pytest.raises(errors.Conflict):
        terminal.run("regrades", "apply", one["id"], "--take", "take-new")


def test_regrade_of_every_test_is_asked_for(terminal):
    terminal.graded()
    begin = ("regrade", fakes.SLUG, "--reason", "r", "--which", "all")
    for words, every in (((), False), (("--every-test",), True)):
        terminal.run(*begin, *words)
        found = terminal.store.one("SELECT every_test FROM run_groups ORDER BY created_at DESC")
        assert found["every_test"] is every


def test_batch_is_sent_followed_and_read_as_a_table(terminal, tmp_path):
    assert terminal.run("batches", "list", fakes.SLUG) == "There is none.\n"
    archive = tmp_path / "all.zip"
    archive.write_bytes(fakes.Grading().inspect(fakes.SLUG, [("dan/layers.py", b"ok")]))
    batch = terminal.run("batches", "send", fakes.SLUG, archive).strip()
    assert batch in terminal.run("batches", "list", fakes.SLUG)
    assert "paused; 1 held" in terminal.run("batches", "pause", batch)
    assert "open; 1 queued" in terminal.run("batches", "resume", batch)
    terminal.grade(Fraction(10))
    assert "1 done" in terminal.run("batches", "show", batch)
    assert "dan" in terminal.run("batches", "report", batch)
    with pytest.raises(errors.NotFound):
        terminal.run("batches", "show", "nobody")
