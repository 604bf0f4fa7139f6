"""Families 83 to 87: what strangers, other sites, eager uploaders and old tokens try.

A whole service on loopback, as a process, with a fake grader: nothing here needs a sandbox.
"""

import io
import os
import re
import signal
import socket
import time
import zipfile

import httpx
import pytest

from grader import app, settings
from grader.service import accounts
from tests.support import fakes_service as fakes
from tests.support import running_service

ALL = os.environ.get("HOSTILE") == "all"
ROLES = {
    **dict.fromkeys(("ann", "bob", "cid", "dan", "eager"), "student"),
    "eve": "instructor",
}
UPLOAD = f"/api/assignments/{fakes.SLUG}/submissions"
TOKENS = "/api/users/ann/tokens"
EVIL = "https://evil.example"
JSON = {"Content-Type": "application/json"}
FAMILIES = {
    "Bodies": "83_bodies_of_strangers",
    "Forms": "84_forms_of_other_sites",
    "Storage": "85_stored_for_nothing",
    "Rights": "86_rights_that_outlast_their_token",
    "Figures": "87_what_is_not_for_strangers",
}


class People:
    """Tokens of some people, and the service that they use."""

    def __init__(self, data_dir, course):
        self.data_dir = data_dir
        self.clients = []
        data_dir.mkdir()
        with app.open_store(settings.Settings(data_dir=data_dir), new=True) as store:
            self.tokens = {n: accounts.add_user(store, n, role) for n, role in ROLES.items()}
            self.tokens["submits"], _ = accounts.add_token(store, "eve", scope="submit")
            self.tokens["ends soon"], _ = accounts.add_token(store, "ann", days=2)
        self.process = running_service.Process(data_dir, course)
        self.url = self.process.url

    def client(self, who=None):
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, timeout=60))
        return self.clients[-1]

    def close(self):
        for web in self.clients:
            web.close()
        self.process.end(signal.SIGKILL)
        self.process.process.stdout.close()

    def submit(self, web, text):
        return web.post(UPLOAD, files={"files": ("layers.py", text.encode())})

    def graded(self, web, text):
        sent = self.submit(web, text)
        assert sent.status_code == 202, sent.text
        link, deadline = sent.json()["links"]["self"], time.monotonic() + 60
        while web.get(link).json()["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stored(self):
        return {p.name for p in (self.data_dir / "uploads").rglob("*") if p.is_file()}

    def browser(self, who):
        """A client with a session, and the token of its forms."""
        web = self.client()
        answer = web.post("/sign-in", data={"token": self.tokens[who]})
        assert answer.status_code == 303
        page = web.get(f"/assignments/{fakes.SLUG}").text
        return web, re.search(r'name="form_token" value="([^"]+)"', page)[1]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """One service for all: what a test uses up is its own person's."""
    folder = tmp_path_factory.mktemp("service")
    course = fakes.course(folder / "course")
    manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    manifest.write_text(fakes.MANIFEST + "[schedule]\nattempts_per_day = 2\n")
    made = People(folder / "data", course)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _noted(request, held):
    family = FAMILIES[request.cls.__name__.removeprefix("Test")]
    held(family, 0, 1)
    failed = request.session.testsfailed
    yield
    held(family, int(request.session.testsfailed == failed), 0)


def raw(people, path, who, said, **headers):
    """What is answered to the head of a request and a little of its body; the rest never comes."""
    host, port = people.url.removeprefix("http://").split(":")
    told = {"Host": f"{host}:{port}", **JSON, **headers}
    if who:
        told["Authorization"] = f"Bearer {people.tokens[who]}"
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + said)
    return connection


class TestBodies:
    """Row by row: identity first, then a bound, then a deadline, and only then the parser."""

    @pytest.mark.parametrize(
        "path", [TOKENS, "/api/roster", f"/api/assignments/{fakes.SLUG}/regrades"]
    )
    def test_stranger_is_answered_before_a_large_body_has_come(self, people, path):
        with raw(people, path, None, b'{"x": "', Content_Length=60_000_000) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 401")

    def test_body_over_its_bound_is_refused_by_what_it_says_of_itself(self, people):
        with raw(people, TOKENS, "ann", b'{"x": "', Content_Length=60_000_000) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 413")

    def test_body_over_its_bound_is_refused_while_it_streams(self, people):
        pieces = (b"[" * 65536 for _ in range(20))
        answer = people.client("ann").post(TOKENS, content=pieces, headers=JSON)
        assert answer.status_code == 413

    @pytest.mark.skipif(not ALL, reason="waits out the patience: `make hostile` runs it")
    def test_body_that_trickles_is_given_up(self, people):
        with raw(people, TOKENS, "ann", b"{", Content_Length=1000) as connection:
            answer, until = b"", time.monotonic() + 90
            while not answer and time.monotonic() < until:
                connection.settimeout(1)
                try:
                    connection.sendall(b" ")
                    answer = connection.recv(4096)
                except TimeoutError:
                    continue
            assert answer.startswith(b"HTTP/1.1 408"), answer
            assert people.client().get("/healthz").status_code == 200


class TestForms:
    """Another site's page sends our forms."""

    @pytest.mark.parametrize(
        "sent", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    def test_nobody_is_signed_in_by_another_site(self, people, sent):
        form = {"token": people.tokens["ann"]}
        answer = people.client().post("/sign-in", data=form, headers=sent)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_nobody_is_signed_out_by_another_site(self, people):
        web, form_token = people.browser("ann")
        form = {"form_token": form_token}
        assert web.post("/sign-out", data=form, headers={"Origin": EVIL}).status_code == 403
        assert web.get("/").status_code == 200

    def test_nothing_is_submitted_by_another_site(self, people):
        web, form_token = people.browser("ann")
        before = people.stored()
        answer = web.post(
            f"/assignments/{fakes.SLUG}",
            data={"form_token": form_token},
            files={"files": ("layers.py", b"ok")},
            headers={"Origin": EVIL},
        )
        assert answer.status_code == 403
        assert people.stored() == before

    def test_token_of_another_session_s_forms_is_none(self, people):
        web, _ = people.browser("ann")
        _, of_bob = people.browser("bob")
        answer = web.post(
            f"/assignments/{fakes.SLUG}",
            data={"form_token": of_bob},
            files={"files": ("layers.py", b"ok")},
        )
        assert answer.status_code == 403


class TestStorage:
    """Uploads that are of no use stay on no disk."""

    def test_what_is_refused_for_want_of_attempts_is_not_stored(self, people):
        web = people.client("cid")
        for number in range(2):
            people.graded(web, f"ok\n{number:>5}")
        before = people.stored()
        answers = {people.submit(web, f"ok\n{'x' * 1000}{n}").status_code for n in range(4)}
        assert answers == {429}
        assert people.stored() == before

    def test_pace_is_bounded(self, people):
        web = people.client("eager")
        before = people.stored()
        answers = [people.submit(web, f"slow\n{n}").status_code for n in range(70)]
        assert 429 in answers
        assert answers.index(429) <= 60
        assert len(people.stored() - before) <= 60

    def test_what_intake_refuses_is_not_stored(self, people):
        web = people.client("ann")
        before = people.stored()
        answer = web.post(UPLOAD, files={"files": ("bad.exe", b"x" * 100_000)})
        assert answer.status_code == 422
        assert people.stored() == before


class TestRights:
    """Rights end with the token, or the session, that they came with."""

    def test_token_that_ends_makes_none_that_lasts(self, people):
        answer = people.client("ends soon").post(TOKENS, json={"days": 0})
        assert answer.status_code == 201
        assert answer.json()["expires_at"] is not None

    @pytest.mark.parametrize("action", ["pause", "resume", "cancel"])
    def test_token_for_submissions_changes_no_batch(self, people, action):
        batch = people.client("eve").post(
            f"/api/assignments/{fakes.SLUG}/batches", files={"files": ("all.zip", batch_of_two())}
        )
        assert batch.status_code == 202, batch.text
        answer = people.client("submits").post(f"/api/batches/{batch.json()['id']}/{action}")
        assert answer.status_code == 403

    def test_copy_of_a_cookie_is_worth_nothing_after_signing_out(self, people):
        web, form_token = people.browser("ann")
        (name, value), *_ = web.cookies.items()
        assert web.post("/sign-out", data={"form_token": form_token}).status_code == 303
        answer = people.client().get("/", headers={"Cookie": f"{name}={value}"})
        assert answer.headers.get("location", "").startswith("/sign-in")

    def test_session_ends_with_its_token(self, people):
        web, _ = people.browser("dan")
        owner = people.client("dan")
        for row in owner.get(TOKENS.replace("ann", "dan")).json()["tokens"]:
            owner.delete(f"{TOKENS.replace('ann', 'dan')}/{row['id']}")
        assert web.get("/").headers.get("location", "").startswith("/sign-in")


class TestFigures:
    """Metrics are the operator's."""

    @pytest.mark.parametrize(
        "sent",
        [
            {"Host": "evil.example"},
            {"Via": "1.1 proxy"},
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"X-Forwarded-Host": "localhost"},
        ],
        ids=lambda sent: next(iter(sent)),
    )
    def test_metrics_are_for_this_machine_by_its_own_name(self, people, sent):
        assert people.client().get("/metrics").status_code == 200
        answer = people.client().get("/metrics", headers=sent)
        assert answer.status_code in (400, 403, 421)
        assert "grader_" not in answer.text


def batch_of_two():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for who in ("ann", "bob"):
            archive.writestr(f"{who}/layers.py", "slow")
    return sink.getvalue()
