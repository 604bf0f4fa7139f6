"""Every command of staff that prints something prints JSON for programs."""

import json
import os

import pytest
import typer.main
from typer.testing import CliRunner

from grader import app, settings
from grader.cli import main
from tests.support import fakes_service

# Those that start something, write files, talk to a person or print a text as it is.
WITHOUT = {
    "backup", "batches report", "data fetch", "data path", "data stand-in", "demo", "doctor",
    "export gradescope", "health", "image", "login", "logout", "migrate", "notify test",
    "restore", "serve", "submissions log", "suite import", "suite manifest", "suite new",
    "template build", "watch",
}  # fmt: skip


def commands(command, name=""):
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from commands(inner, f"{name} {word}".strip())
    else:
        yield name, {option for parameter in command.params for option in parameter.opts}


def test_all_other_commands_have_the_option():
    found = dict(commands(typer.main.get_command(main.app)))
    assert {name for name, options in found.items() if "--json" not in options} == WITHOUT


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a command on a data folder of its own; what it printed as JSON."""
    folder = tmp_path_factory.mktemp("staff")
    course = fakes_service.course(folder / "course")
    data = folder / "data"
    data.mkdir()

    def command(*words):
        where = ["--data", str(data)]
        reads_course = words[0] in ("gradebook", "retention") or words[:2] == ("courses", "move")
        where += ["--course", str(course)] if reads_course else []
        done = CliRunner().invoke(main.app, [*map(str, words), *where, "--json"])
        assert done.exception is None, done.output
        return json.loads(done.stdout)

    command.folder = folder
    with app.open_store(
        settings.Settings(data_dir=data), new=True
    ):  # one start of the database for all
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
    data = str(run.folder / "data")
    nobody = CliRunner().invoke(main.app, ["users", "tokens", "nobody", "--data", data])
    assert str(nobody.exception) == "There is no user 'nobody'."
    roster = run.folder / "roster.csv"
    roster.write_text("login,name,email\nbob,Bob B,bob@u.example\n")
    assert run("users", "import", roster)["added"] == ["bob"]
    assert any("bob" in one.values() for one in run("gradebook", fakes_service.SLUG))
    assert run("users", "forget", "bob", "--yes")["login"] == "bob"


@pytest.mark.slow
def test_courses_and_how_long_their_work_is_kept(run):
    made = run("courses", "create", "ml", "--title", "Learning")
    assert (made["slug"], made["archived_at"]) == ("ml", None)
    assert run("courses", "edit", "ml", "--term", "Fall")["term"] == "Fall"
    moved = {"assignment": fakes_service.SLUG, "course": "ml"}
    assert run("courses", "move", fakes_service.SLUG, "ml") == moved
    entry = run("enrol", "cid", "--in", "ml", "--role", "ta")
    assert (entry["login"], entry["role"], entry["has_token"]) == ("cid", "ta", False)
    left = {"login": "cid", "course": "ml", "dropped": True}
    assert run("enrol", "cid", "--in", "ml", "--drop") == left
    assert run("retention", "keep", "ml", "--days", 30)[0]["keeping"]["keep_days"] == 30
    archive = run("retention", "grades", "ml", run.folder / "grades.zip")
    assert (archive["course"], archive["file"]) == ("ml", str(run.folder / "grades.zip"))
    assert run("retention", "delete", "ml")[0]["holdings"]["submissions"] == 0
    assert run("courses", "archive", "ml")["archived_at"]
    assert run("retention", "delete", "ml", "--yes") == {"course": "ml", "deleted": 0}
    listed = {one["slug"]: one for one in run("courses", "list")}
    assert set(listed) == {"main", "ml"}
    assert "T" in listed["ml"]["archived_at"]  # as the service's answers have it
    found = run("users", "links", run.folder / "links.csv", "--in", "ml")
    assert found["links"] == 0


def test_what_gradescope_wrote(tmp_path):
    file = tmp_path / "results.json"
    file.write_text('{"score": 3, "tests": [{"name": "a", "score": 0, "max_score": 4}]}')
    done = CliRunner().invoke(main.app, ["results", str(file), "--json"])
    assert json.loads(done.stdout) == {"score": 3, "max_score": 4, "failed": ["a"]}


def test_data_sets_that_are_here(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_DATASETS_DIR", os.fspath(tmp_path))
    done = CliRunner().invoke(main.app, ["data", "list", "--json"])
    assert {"name": "mnist", "here": False} in json.loads(done.stdout)
