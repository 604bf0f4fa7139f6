"""The student's commands in a terminal, against a whole service: log in, submit, follow, read."""

import datetime
import json
import signal
import sys
import time
import zoneinfo

import pytest

from grader import app, settings
from grader.cli import main, submit
from grader.service import accounts
from tests.support import fakes_service
from tests.support.running_service import Process

pytestmark = pytest.mark.slow
CHICAGO = "America/Chicago"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A course with a template, and a data folder."""
    folder = tmp_path_factory.mktemp("service")
    course = fakes_service.course(folder / "course")
    with (course / "tests" / "suites" / "hw" / "assignment.toml").open("a") as manifest:
        manifest.write(f'[schedule]\ndue = 2099-01-01T00:00:00Z\ntime_zone = "{CHICAGO}"\n')
    template = course / "student_template" / "hw"
    (template / "public_tests").mkdir(parents=True)
    (template / "layers.py").write_text("def softmax(x): ...\n")
    (template / "public_tests" / "test_a.py").write_text("")
    (folder / "data").mkdir()
    return folder


@pytest.fixture(scope="module")
def people(place):
    """Login -> token."""
    with app.open_store(settings.Settings(data_dir=place / "data"), new=True) as store:
        roles = {"ann": "student", "bob": "student", "ines": "instructor"}
        return {name: accounts.add_user(store, name, role) for name, role in roles.items()}


@pytest.fixture(scope="module")
def service(place, people):
    running = Process(place / "data", place / "course", "real")
    yield running
    running.end(signal.SIGKILL)


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsys):
    """A person's machine, with a home of its own; a function that runs one command."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)

    def run(*words, status=0, **variables):
        with monkeypatch.context() as set_for_it:
            set_for_it.setattr(sys, "argv", ["grader", *words])
            for name, value in variables.items():
                set_for_it.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main.main()
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == status, said
        return said.out if status == 0 else said.err

    run.home = home
    return run


def test_student_goes_from_login_to_report(service, people, terminal):
    said = terminal("login", service.url, "--token", people["ann"])
    assert "Homework: hw" in said
    kept = terminal.home.parent / "config" / "grader" / "logins.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert people["ann"] not in said

    terminal("download", "hw")
    layers = terminal.home / "hw" / "layers.py"
    layers.write_text("x = 1\n")
    assert "Kept as you changed them" in terminal("download", "hw")
    assert layers.read_text() == "x = 1\n"

    first = terminal("submit", "hw", "--wait")
    assert "6.67 of 10 points" in first
    assert f"{service.url}/submissions/" in first
    again = json.loads(terminal("report", "-a", "hw", "--json"))
    assert again["total"]["score"] == pytest.approx(20 / 3, abs=1e-5)
    assert "hw" in terminal("status")
    assert json.loads(terminal("status", "--json"))[0]["newest"]["state"] == "done"
    assert "<testsuite" in terminal("report", "-a", "hw", "--format", "junit")
    assert terminal("report", "-a", "hw", "--format", "markdown").startswith("## hw: 6.67 of 10")


def test_exit_code_is_by_score_and_by_refusal(service, people, terminal):
    as_ann = {"GRADER_URL": service.url, "GRADER_TOKEN": people["ann"]}
    (terminal.home / "layers.py").write_text("x = 1\n")
    words = ("submit", "layers.py", "-a", "hw", "--wait")
    terminal(*words, "--min-score", "60%", status=0, **as_ann)
    terminal(*words, "--min-score", "70%", status=1, **as_ann)
    (terminal.home / "bad.exe").write_text("x = 1\n")
    why = terminal("submit", "bad.exe", "-a", "hw", status=2, **as_ann)
    assert "bad.exe: not a kind of file" in why
    assert not (terminal.home.parent / "config").exists(), "what the environment says is not kept"


def test_notes_on_the_files_are_printed_as_they_come_and_each_once(
    service, people, terminal, monkeypatch
):
    as_ann = {"GRADER_URL": service.url, "GRADER_TOKEN": people["ann"]}
    said = list[str]()
    monkeypatch.setattr(submit, "_say", said.append)
    (terminal.home / "old.tmp").write_text("noted\n")
    terminal("submit", "old.tmp", "-a", "hw", "--wait", **as_ann)
    accepted = next(at for at, line in enumerate(said) if line.startswith("Accepted"))
    assert said[accepted + 1 :] == ["Left out: old.tmp.", fakes_service.READ_NOTE]
    assert fakes_service.READ_NOTE in terminal("status", "-a", "hw", **as_ann)


def test_wrong_names_say_what_there_is(service, people, terminal):
    (terminal.home / "layers.py").write_text("x = 1\n")
    said = terminal("submit", status=2, GRADER_URL=service.url)
    assert f"grader login {service.url}" in said
    said = terminal("submit", status=2, GRADER_URL=service.url, GRADER_TOKEN="nobodys")
    assert "not valid" in said
    as_ann = {"GRADER_URL": service.url, "GRADER_TOKEN": people["ann"]}
    assert "Name one of these: hw" in terminal("submit", status=2, **as_ann)
    assert "Name one of these: hw" in terminal("submit", "-a", "h", status=2, **as_ann)
    as_bob = as_ann | {"GRADER_TOKEN": people["bob"]}
    assert "not submitted hw yet" in terminal("report", "-a", "hw", status=2, **as_bob)


def test_address_where_nobody_answers_is_named(terminal):
    said = terminal("login", "http://127.0.0.1:9", "--token", "abc", status=3)
    assert "http://127.0.0.1:9 cannot be reached" in said
    assert not (terminal.home.parent / "config").exists()


def test_instructor_regrades_and_extends(service, people, terminal):
    as_ann = {"GRADER_URL": service.url, "GRADER_TOKEN": people["ann"]}
    as_ines = {"GRADER_URL": service.url, "GRADER_TOKEN": people["ines"]}
    (terminal.home / "layers.py").write_text("x = 1\n")
    terminal("submit", "layers.py", "-a", "hw", "--wait", **as_ann)
    page = terminal("regrade", "hw", "--reason", "test of 1a fixed", **as_ines)
    assert page.startswith(f"{service.url}/regrades/")
    granted = json.loads(terminal("extend", "hw", "ann", "2099-10-09", "--json", **as_ines))
    assert granted["student"] == "ann"
    due = datetime.datetime.fromisoformat(granted["due"])
    assert due == datetime.datetime(2099, 10, 9, 23, 59, tzinfo=zoneinfo.ZoneInfo(CHICAGO))
    assert "for instructors" in terminal("extend", "hw", "ann", "2099-10-09", status=2, **as_ann)


def test_people_are_listed_and_given_roles(tmp_path, terminal):
    data = ("--data", str(tmp_path / "data"))
    for name, role in (("ann", "student"), ("ines", "instructor")):
        terminal("users", "add", name, "--role", role, *data)
    nothing = dict.fromkeys(("full_name", "email", "section", "sid", "lms_id"), "")
    listed = terminal("users", "list", "--role", "student", "--json", *data)
    assert json.loads(listed) == [{"role": "student", "login": "ann"} | nothing]
    terminal("users", "role", "ann", "instructor", *data)
    assert [line.split()[:2] for line in terminal("users", "list", *data).splitlines()] == [
        ["ann", "instructor"],
        ["ines", "instructor"],
    ]
    assert "no user 'nobody'" in terminal("users", "role", "nobody", "student", *data, status=2)


def test_instructor_downloads_moves_and_deletes_from_a_terminal(service, people, terminal):
    terminal("login", service.url, "--token", people["bob"])
    (terminal.home / "layers.py").write_text("ok\n")
    terminal("submit", "layers.py", "-a", "hw", "--wait")
    found = json.loads(terminal("status", "-a", "hw", "--json"))["id"]
    terminal("login", service.url, "--token", people["ines"])
    assert terminal("submissions", "download", "hw", "--which", "all") == "hw-all.zip\n"
    assert (terminal.home / "hw-all.zip").read_bytes().startswith(b"PK")
    assert "student bob: submitted" in terminal("submissions", "log", found)
    assert "points" in terminal("report", found, "--as-student")
    terminal("submissions", "move", found, "ann", "--reason", "wrong account")
    terminal("submissions", "delete", found, "--reason", "a test")
    terminal("status", found, status=2)


def test_instructor_changes_dates_from_a_terminal(service, people, terminal):
    terminal("login", service.url, "--token", people["ines"])
    said = terminal("schedule", "hw", "--set", "due=2098-01-01T00:00", "--set", "published=yes")
    assert "2098-01-01T00:00:00-06:00" in said
    assert "by instructor ines; in the homework: 2099-01-01T00:00:00+00:00" in said
    back = terminal("schedule", "hw", "--reset", "due", "--reset", "published", "--json")
    assert not any(one["changed_by"] for one in json.loads(back)["fields"])
    assert "FIELD=VALUE" in terminal("schedule", "hw", "--set", "due", status=2)
    terminal("login", service.url, "--token", people["ann"])
    terminal("schedule", "hw", "--set", "published=yes", status=2)


def test_instructor_sets_late_days_of_the_course_from_a_terminal(service, people, terminal):
    terminal("login", service.url, "--token", people["ines"])
    said = terminal("courses", "settings", "main", "--set", "late_days=5")
    assert "by instructor ines; in course.toml: 0" in said
    back = terminal("courses", "settings", "main", "--reset", "late_days", "--json")
    assert not any(one["changed_by"] for one in json.loads(back)["fields"])
    assert "late_days=5" in terminal("courses", "settings", "main", "--set", "late_days", status=2)
    terminal("login", service.url, "--token", people["ann"])
    terminal("courses", "settings", "main", status=2)


def test_versions_of_the_folder_are_listed_from_a_terminal(service, people, terminal):
    terminal("login", service.url, "--token", people["ines"])
    for _ in range(100):
        said = terminal("versions", "hw")
        if "in use  " in said:
            break
        time.sleep(0.5)
    assert "1  of the folder, in use" in said
    assert "the service's own folder is in use" in said
    assert "name two versions" in terminal("versions", "hw", "--compare", "1", status=2)
    assert "There is no version 9" in terminal(
        "regrade", "hw", "--reason", "r", "--version", "9", status=2
    )
