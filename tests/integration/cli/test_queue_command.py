"""What waits and runs, over HTTP and from a terminal."""

import pytest

from grader import errors
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.terminal import Terminal


@pytest.fixture
def terminal(store, uploads, course, monkeypatch):
    return Terminal(store, uploads, course, monkeypatch)


def test_waiting_submission_is_counted_and_named(terminal):
    assert terminal.json("queue")["waiting"] == []
    assert terminal.post([("files", ("layers.py", b"ok"))]).status_code == 202
    found = terminal.json("queue", who="tim")
    (waiting,) = found["waiting"]
    kind = {"assignment": fakes.SLUG, "kind": "submission", "state": "queued", "n": 1}
    assert kind.items() <= waiting.items()
    assert found["queued"] == 1
    said = terminal.run("queue")
    assert said.startswith("1 waiting, 0 paused, 0 of 2 at once being graded\n")
    assert f"queued   {fakes.SLUG}: 1 (submission), the oldest for " in said


def test_service_without_a_worker_says_so(terminal):
    assert "No worker is running" in terminal.run("queue")


def test_regrade_that_is_to_be_decided_is_named(terminal):
    terminal.graded()
    made = terminal.json("regrade", fakes.SLUG, "--reason", "3a")
    (operation,) = terminal.json("queue")["operations"]
    assert (operation["id"], operation["kind"], operation["runs"]) == (made["id"], "regrade", 1)
    assert f"regrade {made['id']}  {fakes.SLUG}: 1 of 1 to grade" in terminal.run("queue")


def test_queue_is_not_for_students(terminal):
    with pytest.raises(errors.NotAllowed):
        terminal.run("queue", who="ann")
    assert "TAs and instructors" in problem(terminal.get("/api/queue", "ann"), 403)["detail"]
