"""Against a real mail server: headers, refusals, TLS."""

import email
import email.policy

import pytest

from grader import errors
from grader.notify import channels, mail, texts
from tests.support import mail_server

SENDER = "grader@u.example"
MESSAGE = texts.Message("Graded: Übung 4", "Look:\nhttps://grader.u.example/submissions/7\n")


def server(box, user="", password="", security=channels.Security.NONE):
    return channels.SmtpServer("127.0.0.1", box.port, security, user, password)


def letter(to="ann@u.example", reply_to=""):
    return mail.written(MESSAGE, SENDER, to, "number-1", "https://grader.u.example", reply_to)


def test_message_arrives_with_its_headers():
    with mail_server.running() as box, mail.connected(server(box), SENDER) as connection:
        mail.send(connection, letter(reply_to="staff@u.example"))
    ((to, text),) = box.letters
    read = email.message_from_string(text, policy=email.policy.default)
    assert to == ("ann@u.example",)
    assert read["Subject"] == "[grader] Graded: Übung 4"
    assert read["From"] == "grader <grader@u.example>"
    assert read["Reply-To"] == "staff@u.example"
    assert read["Message-ID"] == "<number-1@u.example>"
    assert read["List-Unsubscribe"] == "<https://grader.u.example/messages>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content() == MESSAGE.body


@pytest.mark.parametrize(("answer", "final"), [("550 no such user", True), ("451 later", False)])
def test_refused_recipient_is_final_only_if_the_server_says_so(answer, final):
    with mail_server.running() as box, mail.connected(server(box), SENDER) as connection:
        box.refused["gone@u.example"] = answer
        with pytest.raises(errors.Undelivered, match=answer) as caught:
            mail.send(connection, letter("gone@u.example"))
        assert caught.value.final is final
        mail.send(connection, letter())  # the connection is still good
    assert len(box.letters) == 1


@pytest.mark.parametrize("address", ["a@b, c@d", "no address", "", "a@b\r\nBcc: c@d"])
def test_what_is_no_single_address_is_never_sent_to(address):
    with pytest.raises(errors.Undelivered) as caught:
        letter(address)
    assert caught.value.final


def test_password_is_checked_and_never_repeated():
    options = {"authenticator": mail_server.only_ann, "auth_require_tls": False}
    with mail_server.running(**options) as box:
        with mail.connected(server(box, "ann", "right"), SENDER) as connection:
            mail.send(connection, letter())
        with (
            pytest.raises(errors.Undelivered, match="535") as caught,
            mail.connected(server(box, "ann", "wrong-word"), SENDER),
        ):
            pass
    assert "wrong-word" not in str(caught.value)
    assert len(box.letters) == 1


def test_server_without_tls_is_refused_where_tls_is_demanded():
    with (
        mail_server.running() as box,
        pytest.raises(errors.Undelivered, match="STARTTLS"),
        mail.connected(server(box, security=channels.Security.STARTTLS), SENDER),
    ):
        pass


def test_server_that_is_away_is_a_failure_to_be_tried_again():
    away = channels.SmtpServer("127.0.0.1", mail_server.free_port(), channels.Security.NONE)
    with (
        pytest.raises(errors.Undelivered, match="does not take our mail") as caught,
        mail.connected(away, SENDER),
    ):
        pass
    assert not caught.value.final
