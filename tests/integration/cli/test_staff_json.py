"""Every command of staff that prints something prints JSON for programs."""

import json
import os

import pytest
import typer.main
from typer.testing import CliRunner

from grader import app, settings
from grader.cli import main
from tests.support import fakes_service

# Those that only print files, folders or a line for people have none.
WITH = {
    "check", "submit", "status", "report", "download", "gradebook", "results", "similarity",
    "regrade", "extend", "schedule", "suite list", "suite check", "data list", "batch",
    "users add", "users list", "users role", "users import", "users token", "users tokens",
    "users revoke", "users late-days", "users forget", "marking list", "marking show",
    "marking mark", "marking rubric", "marking markers", "marking divide", "annotations list",
    "annotations add", "annotations change", "annotations remove", "requests list",
    "requests show", "requests ask", "requests answer", "courses settings",
}  # fmt: skip


def commands(command, name=""):
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from commands(inner, f"{name} {word}".strip())
    else:
        yield name, {option for parameter in command.params for option in parameter.opts}


def test_commands_have_the_option():
    found = dict(commands(typer.main.get_command(main.app)))
    assert {name for name in WITH if "--json" not in found[name]} == set()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a command on a data folder of its own; what it printed as JSON."""
    folder = tmp_path_factory.mktemp("staff")
    course = fakes_service.course(folder / "course")
    data = folder / "data"
    data.mkdir()

    def command(*words):
        where = ["--data", str(data)]
        where += ["--course", str(course)] if words[0] == "gradebook" else []
        done = CliRunner().invoke(main.app, [*map(str, words), *where, "--json"])
        assert done.exception is None, done.output
        return json.loads(done.stdout)

    command.folder = folder
    with app.open_store(settings.Settings(data_dir=data)):  # one start of the database for all
        yield command


@pytest.mark.slow
def test_people_and_their_tokens(run):
    made = run("users", "add", "ann")
    assert (made["login"], made["role"]) == ("ann", "student")
    assert run("users", "role", "ann", "ta")["role"] == "ta"
    issued = run("users", "token", "ann", "--label", "laptop")
    assert issued["token"] != made["token"]
    first, second = run("users", "tokens", "ann")
    assert second["label"] == "laptop"
    assert "token" not in first
    assert run("users", "revoke", "ann", second["id"]) == {"login": "ann", "revoked": second["id"]}
    assert run("users", "role", "ann", "student")["login"] == "ann"
    roster = run.folder / "roster.csv"
    roster.write_text("login,name,email\nbob,Bob B,bob@u.example\n")
    assert run("users", "import", roster)["added"] == ["bob"]
    assert any("bob" in one.values() for one in run("gradebook", fakes_service.SLUG))
    assert run("users", "forget", "bob", "--yes")["login"] == "bob"


def test_what_gradescope_wrote(tmp_path):
    file = tmp_path / "results.json"
    file.write_text('{"score": 3, "tests": [{"name": "a", "score": 0, "max_score": 4}]}')
    done = CliRunner().invoke(main.app, ["results", str(file), "--json"])
    assert json.loads(done.stdout) == {"score": 3, "max_score": 4, "failed": ["a"]}


def test_data_sets_that_are_here(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_DATASETS_DIR", os.fspath(tmp_path))
    done = CliRunner().invoke(main.app, ["data", "list", "--json"])
    assert {"name": "mnist", "here": False} in json.loads(done.stdout)
