"""nginx with the configuration that we ship, and a certificate made here, before a service."""

import contextlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
INSTALLED = bool(shutil.which("nginx") and shutil.which("openssl"))
READY_S = 30


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificate(folder):
    """Paths of a certificate for localhost and of its key."""
    name, key = folder / "grader.pem", folder / "grader.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -keyout {key} -out {name}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return name, key


def configured(text, service_port, port, plain_port, certificate):
    """The shipped file with a test's ports and certificate."""
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


@contextlib.contextmanager
def in_front_of(service_port, port, folder):
    """A client that reaches the service through nginx alone; `plain_port` leads to the same."""
    plain_port, made = free_port(), certificate(folder)
    site = (ROOT / "docs" / "operations" / "nginx.conf").read_text()
    site = configured(site, service_port, port, plain_port, made)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    whole = f"pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
    whole += f"http {{ access_log off; {places}\n{site}\n}}"
    (folder / "nginx.conf").write_text(whole)
    nginx = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-g", "daemon off;"])
    trust = ssl.create_default_context(cafile=str(made[0]))
    try:
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trust, timeout=20) as web:
            web.headers["Origin"] = f"https://localhost:{port}"
            await_answer(web)
            web.plain_port = plain_port
            yield web
    finally:
        nginx.send_signal(signal.SIGQUIT)
        nginx.wait(20)


def await_answer(web):
    deadline = time.monotonic() + READY_S
    while True:
        try:
            return web.get("/healthz").raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def form_token(page):
    return re.search(r'name="form_token" value="([^"]+)"', page)[1]
