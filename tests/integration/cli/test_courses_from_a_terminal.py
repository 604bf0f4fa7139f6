"""`grader courses`, `grader enrol` and what `grader users` says of a course."""

import csv
import json

import pytest
from typer.testing import CliRunner

from grader import errors
from grader.cli import main


@pytest.fixture
def grader(tmp_path, monkeypatch, database_url):
    monkeypatch.setenv("GRADER_DATABASE_URL", database_url)

    def run(*words):
        done = CliRunner().invoke(main.app, [*words, "--data", str(tmp_path)])
        if isinstance(done.exception, errors.GraderError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_course_is_made_filled_and_archived(grader):
    grader("courses", "create", "ml", "--title", "Learning", "--term", "Fall")
    grader("enrol", "eve", "--in", "ml", "--role", "instructor", "--name", "Eve")
    grader("enrol", "ann", "--in", "ml")
    assert "Learning, Fall: 1 students, 1 staff" in grader("courses", "list")
    grader("courses", "edit", "ml", "--title", "Deep learning")
    grader("courses", "archive", "ml")
    assert "Deep learning, Fall (archived)" in grader("courses", "list")
    for words in (
        ("enrol", "bob", "--in", "ml"),
        ("enrol", "ann", "--in", "ml", "--drop"),
        ("users", "add", "bob", "--in", "ml"),
        ("users", "role", "ann", "ta", "--in", "ml"),
        ("courses", "edit", "ml", "--term", "Spring"),
    ):
        with pytest.raises(errors.Conflict, match="archived"):
            grader(*words)
    grader("courses", "archive", "ml", "--back")
    grader("enrol", "bob", "--in", "ml")


def test_role_stays_where_none_is_given(grader):
    grader("courses", "create", "ml", "--title", "Learning")
    grader("enrol", "eve", "--in", "ml", "--role", "ta")
    assert grader("enrol", "eve", "--in", "ml", "--section", "B").startswith("eve is ta in ml")
    grader("enrol", "eve", "--in", "ml", "--drop")
    assert "eve" not in grader("users", "list", "--in", "ml")
    assert "(dropped)" in grader("users", "list", "--in", "ml", "--dropped")


def test_roster_drops_whom_it_does_not_name_and_links_are_made_once(grader, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("login,name\nann,Ann\nbob,Bob\n")
    grader("users", "import", str(roster))
    roster.write_text("login,name\nbob,Bob\n")
    assert "1 dropped" in grader("users", "import", str(roster), "--drop")
    for name, logins in (("first.csv", ["bob"]), ("second.csv", [])):
        grader("users", "links", str(tmp_path / name))
        with (tmp_path / name).open(newline="") as file:
            assert [line["login"] for line in csv.DictReader(file)] == logins
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_roster_that_drops_most_students_asks_first(grader, tmp_path, database_url):
    roster = tmp_path / "roster.csv"
    roster.write_text("login,role,Phone\n" + "".join(f"s{n},student,1\n" for n in range(6)))
    assert "Columns that were not used: Phone" in grader("users", "import", str(roster))
    roster.write_text("login,role\ns0,ta\n")
    words = ["users", "import", str(roster), "--drop"]
    asked = CliRunner().invoke(main.app, [*words, "--data", str(tmp_path)], input="n\n")
    assert (asked.exit_code, "does not name 5 of the 6 students" in asked.output) == (1, True)
    assert "dropped" not in grader("users", "list", "--dropped")
    said = grader(*words, "--confirm")
    assert "5 dropped" in said
    assert "s0: role student → ta" in said


def test_links_are_mailed_once_to_whom_has_an_address(grader, tmp_path, monkeypatch):
    roster = tmp_path / "roster.csv"
    roster.write_text("login,name,email\nann,Ann,ann@u.example\nbob,Bob,\n")
    grader("users", "import", str(roster))
    with pytest.raises(errors.Conflict, match="sends no mail"):
        grader("users", "mail-links")
    monkeypatch.setenv("GRADER_SMTP_URL", "smtp+plain://127.0.0.1:1")
    monkeypatch.setenv("GRADER_MAIL_FROM", "grader@u.example")
    monkeypatch.setenv("GRADER_PUBLIC_URL", "https://grader.u.example")
    assert json.loads(grader("users", "mail-links", "--json")) == {
        "mailed": ["ann"],
        "without_address": ["bob"],
    }
    said = grader("users", "mail-links")
    assert said == "0 links are on the way; no address is known of bob\n"
    with pytest.raises(errors.NotFound):
        grader("users", "mail-links", "--in", "none")


@pytest.mark.parametrize(
    "words",
    [
        ("courses", "create", "No", "--title", "x"),
        ("courses", "create", "main", "--title", "x"),
        ("enrol", "ann", "--in", "none"),
        ("enrol", "ann", "--role", "admin"),
        ("enrol", "ann", "--drop"),
        ("users", "add", "ann", "--in", "none"),
    ],
)
def test_what_cannot_be_is_said(grader, words):
    with pytest.raises(errors.GraderError):
        grader(*words)


def test_somebody_unknown_is_named_before_it_asks(grader):
    with pytest.raises(errors.GraderError, match="There is no user 'ann'"):
        grader("users", "forget", "ann")


def test_token_that_is_over_is_called_expired(grader):
    grader("users", "add", "ann")
    grader("users", "token", "ann", "--days", "0.0000001")
    assert "expired" in grader("users", "tokens", "ann").splitlines()[1]


def test_roster_is_not_taken_where_its_tokens_cannot_be_written(grader, tmp_path):
    roster, taken = tmp_path / "roster.csv", tmp_path / "tokens.csv"
    roster.write_text("login,name\nann,Ann\n")
    taken.write_text("of last term")
    for file in (taken, tmp_path / "no" / "tokens.csv"):
        with pytest.raises(errors.NotValid, match="name a new file"):
            grader("users", "import", str(roster), "--tokens", str(file))
    assert "ann" not in grader("users", "list")
