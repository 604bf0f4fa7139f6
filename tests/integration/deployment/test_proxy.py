"""The shipped configuration of nginx in front of a real service, with a certificate made here."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.support import fakes_service as fakes
from tests.support.running_service import start, token  # noqa: F401  # fixtures

ROOT = Path(__file__).parents[3]
PAGE = f"/assignments/{fakes.SLUG}"
pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not installed here"
)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def certificate(tmp_path):
    name, key = tmp_path / "grader.pem", tmp_path / "grader.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -keyout {key} -out {name}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return name, key


def configured(text, service_port, port, plain_port, certificate):
    """The shipped file with this test's ports and certificate."""
    name, key = certificate
    changes = {
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "127.0.0.1:8000": f"127.0.0.1:{service_port}",
        "/etc/ssl/certs/grader.pem": str(name),
        "/etc/ssl/private/grader.key": str(key),
        "Host $host;": "Host $http_host;",  # with the port, which is not the usual one here
        "grader.example.edu": "localhost",
    }
    text = re.sub(r"    listen \[::\].*\n", "", text)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture
def proxied(start, token, tmp_path, certificate, monkeypatch):  # noqa: F811
    """A client that reaches the service through nginx alone."""
    port, plain_port = free_port(), free_port()
    monkeypatch.setenv("GRADER_PUBLIC_URL", f"https://localhost:{port}")
    service_port = httpx.URL(start().url).port
    site = (ROOT / "docs" / "operations" / "nginx.conf").read_text()
    site = configured(site, service_port, port, plain_port, certificate)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
    whole += f"http {{ access_log off; {places}\n{site}\n}}"
    (tmp_path / "nginx.conf").write_text(whole)
    nginx = subprocess.Popen(["nginx", "-c", tmp_path / "nginx.conf", "-g", "daemon off;"])
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with httpx.Client(base_url=f"https://localhost:{port}", verify=trust, timeout=20) as web:
        web.headers["Origin"] = f"https://localhost:{port}"
        await_answer(web)
        web.plain_port, web.token = plain_port, token
        yield web
    nginx.send_signal(signal.SIGQUIT)
    nginx.wait(20)


def await_answer(web):
    deadline = time.monotonic() + 10
    while True:
        try:
            return web.get("/healthz").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_student_signs_in_and_submits_through_the_proxy(proxied):
    answer = proxied.post("/sign-in", data={"token": proxied.token})
    assert answer.status_code == 303
    assert "; Secure" in answer.headers["set-cookie"]
    page = proxied.get(PAGE).text
    form = re.search(r'name="form_token" value="([^"]+)"', page)[1]
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
