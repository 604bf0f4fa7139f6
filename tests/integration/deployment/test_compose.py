"""The compose file, for real: up from nothing, a submission graded by two workers, backup, a
student's browser behind nginx with a certificate, down.

Takes about two minutes and the images of `.ci/deploy`, so it runs only when asked for:
`COMPOSE=all pytest tests/integration/deployment/test_compose.py`. What can be read from the file
is checked
always, in tests/invariants/test_deploy.py.
"""

import io
import os
import shutil
import subprocess
import tarfile
import time
import uuid
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support import tls_proxy

ROOT = Path(__file__).parents[3]
SLUG = "eecs545_hw4"
PORT, TLS_PORT = 18432, 18443
READY_S, GRADED_S = 300, 900  # of a machine that others use, too
OPTIONAL = ("oidc_client_secret", "smtp_password", "webhook_secret")

pytestmark = pytest.mark.skipif(
    os.environ.get("COMPOSE") != "all" or not shutil.which("docker-compose"),
    reason="COMPOSE=all asks for it, and docker-compose must be installed",
)


class Project:
    """One compose project of our own."""

    def __init__(self, folder):
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700)
        self.metrics_token = uuid.uuid4().hex
        files = {"database_password": uuid.uuid4().hex, "metrics_token": self.metrics_token}
        for secret, content in (files | dict.fromkeys(OPTIONAL, "")).items():
            (secrets / secret).write_text(content)
            (secrets / secret).chmod(0o444)
        image = (ROOT / ".cache/database-image").read_text().strip()
        self.name = f"grader-test-{uuid.uuid4().hex[:6]}"
        self.environment = os.environ | {
            "COMPOSE_PROJECT_NAME": self.name,
            "GRADER_POSTGRES_IMAGE": os.environ.get("GRADER_POSTGRES_IMAGE", image),
            "GRADER_SECRETS_DIR": str(secrets),
            "GRADER_SOCKETS_DIR": str(folder / "s"),
            "GRADER_LISTEN": f"127.0.0.1:{PORT}",
            "GRADER_PUBLIC_URL": f"https://localhost:{TLS_PORT}",
        }

    def run(self, *words, **options):
        return subprocess.run(
            ["docker-compose", *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            **options,
        ).stdout

    def token(self, name, role):
        said = self.run("exec", "-T", "api", "grader", "users", "add", name, "--role", role)
        return said.decode().strip()


@pytest.fixture(scope="module")
def project():
    # A short path: sockets lie in it.
    folder = Path("/tmp") / f"gc-{uuid.uuid4().hex[:6]}"
    folder.mkdir(mode=0o755)
    made = Project(folder)
    try:
        made.run("up", "-d", "--scale", "worker=2")
        yield made
    finally:
        made.run("down", "-v", "--remove-orphans")
        shutil.rmtree(folder)


def wait_for(seconds, look):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s")


def ready(client):
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def test_upload_is_graded_though_a_worker_is_killed_and_backed_up(project):
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=30) as client:
        wait_for(READY_S, lambda: ready(client))
        client.headers["Authorization"] = f"Bearer {project.token('ann', 'student')}"
        sent = client.post(f"/api/assignments/{SLUG}/submissions", files={"files": archive()})
        assert sent.status_code == 202, sent.text
        link = sent.json()["links"]["self"]
        wait_for(READY_S, lambda: client.get(link).json()["state"] == "running")
        victim = f"{project.name}_worker_{worker_of(project)}"
        subprocess.run(["docker", "kill", victim], check=True, capture_output=True)
        wait_for(GRADED_S, lambda: client.get(link).json()["state"] == "done")
        report = client.get(f"{link}/report").json()
        assert report["score"] == report["max_score"]
        assert client.get("/metrics").status_code == 403, "it is asked from outside"
        scrape = client.get(
            "/metrics", headers={"Authorization": f"Bearer {project.metrics_token}"}
        )
        assert "grader_workers" in scrape.text
    backup = project.run("exec", "-T", "api", "grader", "backup", "-")
    with tarfile.open(fileobj=io.BytesIO(backup)) as found:
        assert [n for n in found.getnames() if n.startswith("uploads/")]


@pytest.mark.skipif(not tls_proxy.INSTALLED, reason="nginx is not installed here")
def test_student_signs_in_and_submits_through_a_proxy_with_a_certificate(project, tmp_path):
    """The proxy is on this machine; for the container its address is one of Docker's network."""
    with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=30) as client:
        wait_for(READY_S, lambda: ready(client))
    page = f"/assignments/{SLUG}"
    with tls_proxy.in_front_of(PORT, TLS_PORT, tmp_path) as web:
        answer = web.post("/sign-in", data={"token": project.token("bob", "student")})
        assert answer.status_code == 303, answer.text
        assert "; Secure" in answer.headers["set-cookie"]
        form = {"form_token": tls_proxy.form_token(web.get(page).text)}
        sent = web.post(page, data=form, files={"files": archive()})
        assert sent.status_code == 303, sent.text
        assert web.get(sent.headers["location"]).status_code == 200
        foreign = {"Origin": "https://evil.example"}
        sent = web.post(page, data=form, files={"files": archive()}, headers=foreign)
        assert sent.status_code == 403, sent.text
        assert web.get("/metrics").status_code == 404
        assert web.post("/sign-out", data=form).status_code == 303
        assert web.get("/").headers["location"].startswith("/sign-in")


def worker_of(project):
    """Number of the worker whose log says that it has begun the first run."""
    log = project.run("logs", "--no-color", "worker").decode().splitlines()
    (begun,) = [line for line in log if "run 1 attempt 1" in line]
    return next(number for number in (1, 2) if f"worker_{number}" in begun)


def archive():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for path in sorted((ROOT / "reference" / SLUG).glob("*.py")):
            file.write(path, path.name)
    return ("all.zip", sink.getvalue())
