"""`grader notify test` and what `grader doctor` says of mail, against real servers on loopback."""

import pytest
from typer.testing import CliRunner

from grader import errors, settings
from grader.cli import doctor, main
from tests.support import mail_server


@pytest.fixture
def box(monkeypatch):
    with mail_server.running() as found:
        monkeypatch.setenv("GRADER_SMTP_URL", f"smtp+plain://127.0.0.1:{found.port}")
        monkeypatch.setenv("GRADER_MAIL_FROM", "grader@u.example")
        monkeypatch.setenv("GRADER_PUBLIC_URL", "https://grader.u.example")
        yield found


@pytest.fixture
def hooks(monkeypatch):
    with mail_server.taking_hooks() as found:
        monkeypatch.setenv("GRADER_WEBHOOK_URLS", found.url)
        monkeypatch.setenv("GRADER_WEBHOOK_SECRET", "key")
        yield found


def run(*arguments):
    return CliRunner().invoke(main.app, ["notify", "test", *arguments])


def test_message_is_sent_at_once(box):
    done = run("you@u.example")
    assert done.exit_code == 0
    assert "took a message to you@u.example" in done.output
    ((to, text),) = box.letters
    assert to == ("you@u.example",)
    assert "https://grader.u.example/messages" in text


def test_webhooks_are_called_and_a_bad_one_ends_with_a_fault(box, hooks):
    assert run("--webhooks").exit_code == 0
    hooks.status = 404
    done = run("--webhooks")
    assert done.exit_code == 3
    assert "answered 404" in done.output
    assert done.output.count("127.0.0.1-") == 1  # each webhook is named once
    assert "1 of 1 did not take the call" in done.output
    assert len(hooks.calls) == 2


def test_refusal_of_the_server_is_said(box):
    box.refused["gone@u.example"] = "550 no such user"
    done = run("gone@u.example")
    assert isinstance(done.exception, errors.OperatorError)
    assert "550 no such user" in str(done.exception)


def test_nothing_set_or_nothing_named_is_said():
    assert "GRADER_SMTP_URL" in str(run("you@u.example").exception)
    assert run().exit_code == 2  # as for whatever is refused


def test_doctor_says_whether_mail_can_be_handed_over(box):
    found = doctor.messages(settings.from_environment())
    assert found.ok
    assert "takes mail from grader@u.example" in found.said
    assert box.letters == []


def test_doctor_names_what_is_wrong_and_needs_none_of_it(box, monkeypatch):
    monkeypatch.setenv("GRADER_SMTP_URL", f"smtp://127.0.0.1:{box.port}")
    found = doctor.messages(settings.from_environment())
    assert not found.ok
    assert not found.needed
    assert "STARTTLS" in found.said
    assert doctor.messages(settings.Settings()).ok
