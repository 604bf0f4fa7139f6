"""Calls of webhooks: the signature as a receiver checks it, and what is not followed."""

import base64
import hashlib
import hmac
import json
import logging

import pytest

from grader import errors, logs
from grader.notify import channels, webhook
from tests.support import mail_server

# The example of the convention's own documentation.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE = (
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)


def test_signature_is_the_convention_s():
    number, at, body, expected = EXAMPLE
    assert webhook.headers(SECRET, number, body, at)["webhook-signature"] == expected


def signature(secret, headers, body):
    """As a receiver computes it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def test_call_is_signed_over_id_time_and_body():
    with mail_server.taking_hooks() as server:
        webhook.call(channels.Webhook(server.url, "key"), "number-1", {"kind": "storage", "n": 2})
    ((headers, body),) = server.calls
    assert json.loads(body) == {"kind": "storage", "n": 2}
    assert headers["webhook-id"] == "number-1"
    assert headers["webhook-signature"] == signature("key", headers, body)
    assert signature("key", headers, body + b" ") != headers["webhook-signature"]
    assert signature("other", headers, body) != headers["webhook-signature"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status):
    with mail_server.taking_hooks() as inner, mail_server.taking_hooks() as server:
        server.status, server.location = status, inner.url
        with pytest.raises(errors.Undelivered, match="redirects are not followed"):
            webhook.call(channels.Webhook(server.url, "key"), "number-1", {})
    assert len(server.calls) == 1
    assert inner.calls == []


def test_answer_that_is_no_success_is_tried_again_and_names_no_address():
    with mail_server.taking_hooks() as server:
        server.status = 500
        hook = channels.Webhook(server.url + "/secret-word", "key")
        with pytest.raises(errors.Undelivered, match="answered 500") as caught:
            webhook.call(hook, "number-1", {})
    assert not caught.value.final
    assert "secret-word" not in str(caught.value)


def test_address_that_does_not_answer_is_a_failure():
    hook = channels.Webhook("http://127.0.0.1:9/secret-word", "key")
    with pytest.raises(
        errors.Undelivered, match=r"does not answer: .*Connection refused"
    ) as caught:
        webhook.call(hook, "number-1", {})
    assert "secret-word" not in str(caught.value)


def test_address_of_a_call_is_not_logged(caplog):
    logs.set_up("text")
    caplog.set_level(logging.INFO)
    with mail_server.taking_hooks() as server:
        webhook.call(channels.Webhook(server.url + "/secret-word", "key"), "number-1", {})
    assert "secret-word" not in caplog.text
