"""The shipped configuration of nginx in front of a real service, with a certificate made here."""

import time

import httpx
import pytest

from tests.support import fakes_service as fakes
from tests.support import tls_proxy
from tests.support.running_service import start, token  # noqa: F401  # fixtures

PAGE = f"/assignments/{fakes.SLUG}"
pytestmark = pytest.mark.skipif(not tls_proxy.INSTALLED, reason="nginx is not installed here")


@pytest.fixture
def proxied(start, token, tmp_path, monkeypatch):  # noqa: F811
    """A client that reaches the service through nginx alone."""
    port = tls_proxy.free_port()
    monkeypatch.setenv("GRADER_PUBLIC_URL", f"https://localhost:{port}")
    service_port = httpx.URL(start().url).port
    with tls_proxy.in_front_of(service_port, port, tmp_path) as web:
        web.token = token
        yield web


def test_a_student_signs_in_and_submits_through_the_proxy(proxied):
    answer = proxied.post("/sign-in", data={"token": proxied.token})
    assert answer.status_code == 303
    assert "; Secure" in answer.headers["set-cookie"]
    page = proxied.get(PAGE).text
    form = tls_proxy.form_token(page)
    sent = proxied.post(PAGE, data={"form_token": form}, files={"files": ("layers.py", b"ok")})
    assert sent.status_code == 303, sent.text
    assert proxied.get(sent.headers["location"]).status_code == 200


def test_events_come_as_they_happen(proxied):
    sender = {"Authorization": f"Bearer {proxied.token}"}
    files = {"files": ("layers.py", b"slow")}
    sent = proxied.post(f"/api{PAGE}/submissions", files=files, headers=sender).json()
    with proxied.stream("GET", sent["links"]["self"] + "/events", headers=sender) as stream:
        started = time.monotonic()
        assert "event" in next(line for line in stream.iter_lines() if line.startswith("event"))
        assert time.monotonic() - started < 5


def test_what_is_for_the_operator_stays_inside(proxied):
    assert proxied.get("/metrics").status_code == 404


def test_plain_http_leads_to_the_certificate(proxied):
    answer = httpx.get(f"http://localhost:{proxied.plain_port}/x")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/x")
