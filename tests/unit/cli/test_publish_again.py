"""What `grader publish` and `grader versions --compare` print, and with which status they end."""

import contextlib

import pytest
from typer.testing import CliRunner

from grader.cli import main, publish

MADE = {
    "assignment": "hw1",
    "number": 8,
    "checked": True,
    "findings": ["reference fails"],
    "origin": "published",
    "live_at": None,
    "sent": "same",
}
CHANGES = {
    "tests_added": [],
    "tests_removed": [],
    "tests_changed": [],
    "files": ["assignment.toml"],
    "tasks": [{"task": "2", "change": "removed", "text": "gone (5 points, graded by hand)"}],
    "points_before": 15,
    "points_after": 10,
}


class Service:
    """A service that answers with one thing."""

    url = "https://grader.example"

    def __init__(self, answer):
        self.answer = answer

    def send_file(self, *_args, **_query):
        return self.answer

    def get(self, *_args, **_query):
        return self.answer


@pytest.fixture
def run(monkeypatch):
    def run(answer, *words):
        opened = contextlib.nullcontext(Service(answer))
        monkeypatch.setattr(publish.submit, "open_service", lambda _url: opened)
        monkeypatch.setattr(publish, "_packed", lambda *_: b"")
        return CliRunner().invoke(main.app, list(words))

    return run


@pytest.mark.parametrize(
    ("state", "message", "status"),
    [
        ("live", "These are the files of version 8; it is live now.", 0),
        ("draft", "These are the files of version 8. It is not live.", 1),
    ],
)
def test_files_that_were_sent_again_are_said_and_only_what_is_not_live_fails(
    run, state, message, status
):
    done = run(MADE | {"state": state, "message": message}, "publish", "hw1", "--insist")
    assert done.stdout.startswith(f"{message}\nversion 8 of hw1: {state}, 1 finding\n")
    assert done.exit_code == status


def test_comparison_begins_with_the_tasks(run):
    done = run(CHANGES, "versions", "hw1", "--compare", "7:8")
    assert done.stdout.splitlines() == [
        "task 2: gone (5 points, graded by hand)",
        "all tasks: 10 points, 15 before",
        "file differs: assignment.toml",
    ]
