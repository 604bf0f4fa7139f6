"""Teams from a terminal, as students and as staff."""

import json

import pytest
from typer.testing import CliRunner

from grader import errors
from grader.cli import main, submit
from grader.client import connection, credentials
from tests.support import fakes_service as fakes
from tests.support.team_client import Teamed


class TeamTerminal(Teamed):
    """A course with teams, and a person's terminal that is logged in to it."""

    def __init__(self, store, uploads, course, monkeypatch):
        super().__init__(store, uploads, course)
        self.who = "eve"
        monkeypatch.setattr(submit, "open_service", self.open)

    def open(self, _url):
        login = credentials.Login("http://testserver", self.tokens[self.who])
        return connection.Connection(login, transport=self.client._transport)

    def run(self, verb, *words, who="eve"):
        self.who = who
        done = CliRunner().invoke(main.app, ["teams", verb, fakes.SLUG, *map(str, words)])
        if done.exception:
            raise done.exception
        return done.stdout


@pytest.fixture
def terminal(store, uploads, course, monkeypatch):
    return TeamTerminal(store, uploads, course, monkeypatch)


def test_students_form_and_leave_a_team(terminal):
    assert terminal.run("show", who="ann") == "You are in no team.\n"
    assert "You have invited bob" in terminal.run("invite", "bob", who="ann")
    assert "ann invites you." in terminal.run("show", who="bob")
    assert "ann invites you." not in terminal.run("decline", "ann", who="bob")
    terminal.run("invite", "bob", who="ann")
    assert "bob" not in terminal.run("withdraw", "bob", who="ann")
    terminal.run("invite", "bob", who="ann")
    assert terminal.run("accept", "ann", who="bob") == "Your team: ann, bob\n"
    assert terminal.run("leave", who="ann") == "You are in no team.\n"
    with pytest.raises(errors.NotFound, match="check the login"):
        terminal.run("invite", "nobody", who="ann")


def test_instructor_makes_changes_and_dissolves(terminal):
    assert "made" in terminal.run("make", "ann", "bob")
    listed = terminal.run("list", who="tim")
    assert "ann, bob  (0 submitted)" in listed
    assert "No team: cid, dan, eli" in listed
    number = json.loads(terminal.run("list", "--json"))["teams"][0]["id"]
    assert "changed" in terminal.run("change", number, "ann", "cid")
    assert terminal.run("dissolve", number) == f"Team {number} is dissolved.\n"
    with pytest.raises(errors.NotAllowed):
        terminal.run("make", "ann", "bob", who="ann")


def test_instructor_imports_what_was_listed(terminal, tmp_path):
    terminal.run("make", "ann", "bob")
    table = tmp_path / "teams.csv"
    table.write_text(terminal.run("list", "--csv"))
    assert terminal.run("import", table) == "1 as before.\n"
    table.write_text("cid,dan\n")
    assert "dissolved" in terminal.run("import", table, "--only-these")
    table.write_text("cid,nobody\n")
    with pytest.raises(errors.UploadRefused, match="nobody"):
        terminal.run("import", table)
