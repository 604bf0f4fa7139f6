import pytest

from grader import errors, settings
from grader.notify import channels

SET = {"mail_from": "grader@u.example", "public_url": "https://grader.u.example/"}


def chosen(**values):
    return channels.chosen(settings.Settings(**(SET | values)))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.u.example", ("mail.u.example", 587, "smtp", "")),
        ("smtps://a%40b@mail.u.example", ("mail.u.example", 465, "smtps", "a@b")),
        ("smtp+plain://localhost:2525/", ("localhost", 2525, "smtp+plain", "")),
        ("smtp+plain://ann@localhost", ("localhost", 25, "smtp+plain", "ann")),
    ],
)
def test_mail_server_is_read_from_its_url(url, expected):
    smtp = chosen(smtp_url=url).smtp
    assert (smtp.host, smtp.port, smtp.security.value, smtp.user) == expected


def test_nothing_is_set_and_nothing_is_sent():
    assert not channels.chosen(settings.Settings()).any


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"smtp_url": "mail.u.example:25"}, "GRADER_SMTP_URL is not understood"),
        ({"smtp_url": "smtp://host:port"}, "GRADER_SMTP_URL is not understood"),
        ({"smtp_url": "smtp://ann:secret-word@host"}, "GRADER_SMTP_PASSWORD_FILE"),
        ({"smtp_url": "smtp+plain://ann@mail.u.example"}, "without TLS"),
        ({"smtp_url": "smtp://host", "mail_from": ""}, "GRADER_MAIL_FROM"),
        ({"smtp_url": "smtp://host", "mail_from": "a@b, c@d"}, "no mail address"),
        ({"smtp_url": "smtp://host", "public_url": ""}, "GRADER_PUBLIC_URL"),
        ({"webhook_urls": "https://h/secret-word"}, "GRADER_WEBHOOK_SECRET"),
        ({"webhook_urls": "file:///secret-word", "webhook_secret": "s"}, "not a web address"),
    ],
)
def test_setting_that_cannot_be_meant_is_refused_without_repeating_a_secret(values, said):
    with pytest.raises(errors.OperatorError, match=said) as caught:
        chosen(**values)
    assert "secret-word" not in str(caught.value)
    assert caught.value.__suppress_context__ or "secret-word" not in str(caught.value.__context__)


def test_webhooks_are_named_by_host_and_told_apart():
    first, second = chosen(
        webhook_urls="https://chat.example/a, https://chat.example/b", webhook_secret="s"
    ).webhooks
    assert first.name.startswith("chat.example-")
    assert first.name != second.name
    assert "chat.example/a" not in repr(first)
