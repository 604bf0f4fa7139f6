"""Attacks on the service itself: real `grader serve`, real HTTP, the hostile course.

Requests are data (`[[request]]` of a case); what takes streams, processes or threads is code below.
"""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
import pytest

from grader.sandbox import container
from tests.hostile import bench as benches
from tests.hostile import cases, course

pytestmark = pytest.mark.usefixtures("docker_engine")
ROOT = Path(__file__).parents[2]
GRADER = [sys.executable, "-m", "grader.cli.main"]
UPLOAD = f"/api/assignments/{course.SLUG}/submissions"
SLOW_HONEST = "import time\n" + course.HONEST.replace("return 1", "time.sleep(2); return 1")
PART = b"--b\r\nContent-Disposition: form-data; name=files; filename=layers.py\r\n\r\n"
ALL = os.environ.get("HOSTILE") == "all"


@dataclass
class Service:
    """A service as a process, with people who have tokens."""

    data: Path
    root: Path
    process: subprocess.Popen | None = None
    url: str = ""

    def start(self) -> None:
        command = [*GRADER, "serve", "--port", "0", "--data", self.data, "--course", self.root]
        with (self.data.parent / "log").open("a") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        line = self.process.stdout.readline()
        assert line.startswith("Ready at "), self.log()
        self.url = line.removeprefix("Ready at ").strip()

    def log(self) -> str:
        return (self.data.parent / "log").read_text()

    def person(self, role: str = "student") -> httpx.Client:
        command = [*GRADER, "users", "add", secrets.token_hex(4), "--role", role]
        added = subprocess.run(
            [*command, "--data", str(self.data)], cwd=ROOT, capture_output=True, text=True
        )
        token = added.stdout.split()[-1]
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})

    def containers(self) -> set[str]:
        rows = docker.from_env().api.containers(all=True)
        labels = {row["Id"]: row["Labels"].get(container.OWNER_LABEL, "") for row in rows}
        return {name for name, owner in labels.items() if owner == self.owner()}

    def owner(self) -> str:
        from grader import settings
        from grader.service import adapters

        return adapters._owner(settings.Settings(data_dir=self.data))


@pytest.fixture(scope="module")
def service(docker_engine, tmp_path_factory, canary):
    root = tmp_path_factory.mktemp("course")
    course.write(root, canary)
    made = Service(tmp_path_factory.mktemp("service") / "data", root)
    made.start()
    yield made
    made.process.terminate()
    assert made.process.wait(60) == 0, made.log()


@pytest.fixture(scope="module")
def people(service):
    """Two students with a graded submission each, and one of the staff."""
    found = {"ann": service.person(), "bob": service.person(), "eve": service.person("instructor")}
    ids = {name: graded(found[name], course.HONEST)["id"] for name in ("ann", "bob")}
    return found, ids


def post(web, source, name="layers.py", **options):
    return web.post(UPLOAD, files={"files": (name, source.encode())}, timeout=60, **options)


def ended(web, submission, limit_s=90):
    deadline = time.monotonic() + limit_s
    while (found := web.get(submission["links"]["self"]).json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def graded(web, source):
    answer = post(web, source)
    assert answer.status_code == 202, answer.text
    return ended(web, answer.json())


def score_of(web, submission):
    return web.get(submission["links"]["report"]).json()["score"]


def requests():
    return sorted(cases.HERE.glob("[67][0-9]_*/*/requests.toml"))


@pytest.mark.parametrize("path", requests(), ids=lambda p: f"{p.parts[-3]}/{p.parts[-2]}")
def test_request_is_refused_or_harmless(service, people, canary, held, path):
    clients, ids = people
    case = tomllib.loads(path.read_text())
    family, count = path.parts[-3], len(case["request"])
    held(family, 0, count)
    for request in case["request"]:
        who = clients[request.get("as", "ann")]
        where = request["path"].format(**ids, slug=course.SLUG)
        content = request.get("body", "").encode() or None
        headers = request.get("headers", {})
        if request.get("anonymous"):
            headers = {"Authorization": ""} | headers
        answer = who.request(
            request["method"],
            where,
            headers=headers,
            content=content,
            files=[("files", tuple(f)) for f in request["files"]] if "files" in request else None,
            data=request.get("fields"),
        )
        assert answer.status_code in request["status"], (request, answer.text)
        check_answer(answer, clients, canary)
        assert re.search(request.get("says", ""), answer.text), (request, answer.text)
        held(family, 1, 0)


def check_answer(answer, clients, canary):
    """Nothing secret, nothing that a browser would run, keep or share with another page."""
    kind = answer.headers.get("content-type", "application/json")
    assert kind.startswith(("application/json", "application/problem+json", "application/xml"))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"set-cookie", "access-control-allow-origin"} & set(answer.headers)
    tokens = [client.headers["authorization"].split()[-1] for client in clients.values()]
    for secret in [canary, "31337", str(ROOT), "Traceback", "test_hidden", *tokens]:
        assert secret not in answer.text


class TestUploads:
    """Family 62: bodies that are too large, too slow or no forms; others are answered meanwhile."""

    @pytest.fixture(autouse=True)
    def _noted(self, held):
        held("62_request_bodies", 0, 1)
        yield
        held("62_request_bodies", 1, 0)

    @pytest.fixture
    def ann(self, people):
        return people[0]["ann"]

    def test_announced_ten_gigabytes_are_refused_at_once(self, service, ann):
        headers = {"Content-Length": str(10**10), "Expect": "100-continue"}
        assert self.raw(service, ann, headers, b"").startswith(b"HTTP/1.1 413")

    def test_unannounced_flood_is_refused_and_costs_no_memory(self, service, ann):
        before = resident_mb(service.process.pid)

        def flood():
            yield PART
            for _ in range(60):
                yield b"x" * 2**20

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        with ThreadPoolExecutor(4) as crew:
            floods = [
                crew.submit(ann.post, UPLOAD, content=flood(), headers=headers, timeout=60)
                for _ in range(4)
            ]
            assert service.person("student").get("/healthz").status_code == 200
            assert {one.result().status_code for one in floods} == {413}
        assert resident_mb(service.process.pid) - before < 100

    @pytest.mark.skipif(not ALL, reason="waits out the patience: `make hostile` runs it")
    def test_slow_body_is_given_up_and_others_are_answered(self, service, ann):
        headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "1000"}
        with self.connected(service, ann, headers) as drip:
            drip.sendall(PART)
            started = time.monotonic()
            assert ann.get("/healthz").elapsed.total_seconds() < 5
            answer = b""
            while not answer and time.monotonic() - started < 60:
                drip.sendall(b"x")
                drip.settimeout(1)
                try:
                    answer = drip.recv(4096)
                except TimeoutError:
                    continue
            assert answer.startswith(b"HTTP/1.1 408"), answer

    def test_too_many_fields_are_refused(self, ann):
        fields = {f"field{n}": "x" for n in range(10_000)}
        answer = ann.post(UPLOAD, data=fields, files={"files": ("layers.py", b"x = 1\n")})
        assert answer.status_code in (400, 413, 422)

    def test_megabyte_of_part_header_is_refused(self, ann):
        body = (
            b"--b\r\nContent-Disposition: form-data; name="
            + b"x" * 2**20
            + b"\r\n\r\nx\r\n--b--\r\n"
        )
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert ann.post(UPLOAD, content=body, headers=headers).status_code in (400, 413, 422)

    @pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=\xff"])
    def test_odd_boundary_is_refused(self, ann, kind):
        headers = {"Content-Type": kind.encode("latin-1")}
        assert ann.post(UPLOAD, content=b"--x\r\n\r\n", headers=headers).status_code in (400, 422)

    def connected(self, service, ann, headers):
        host, port = service.url.removeprefix("http://").split(":")
        told = {"Host": host, "Authorization": ann.headers["authorization"], **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        connection = socket.create_connection((host, int(port)), timeout=60)
        connection.sendall(f"POST {UPLOAD} HTTP/1.1\r\n{lines}\r\n".encode())
        return connection

    def raw(self, service, ann, headers, body):
        told = {"Content-Type": "multipart/form-data; boundary=b", **headers}
        with self.connected(service, ann, told) as connection:
            connection.sendall(body)
            return connection.recv(4096)


def resident_mb(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class TestQueue:
    """Family 72: many submissions at once, and submissions while others run."""

    def test_flood_is_queued_in_order_and_answers_go_on(self, service, people, held):
        held("72_queue", 0, 1)
        web = service.person()
        sent = [post(web, f"{course.HONEST}# {n}\n").json() for n in range(12)]
        assert len({one["id"] for one in sent}) == 12
        assert web.get("/healthz").status_code == 200
        found = [ended(web, one) for one in sent]
        times = [one["submitted_at"] for one in found]
        assert times == sorted(times)
        # A newer one takes the place of those of the same student that still wait.
        assert {one["state"] for one in found} <= {"done", "superseded"}
        assert score_of(web, found[-1]) == 40
        held("72_queue", 1, 0)


def test_a_few_attacks_through_the_service_cost_only_themselves(service, people, held, canary):
    """(f) in the service's words: done, never failed; (d) the next submission is graded."""
    web = people[0]["ann"]
    for name in (
        "01_exit_at_import/status_zero",
        "37_memory/list_growth",
        "41_kills/all_and_the_first_process",
    ):
        source = (
            cases.HERE / name / "layers.py"
        ).read_text() + "\nimport os\n\n\ndef double(x):\n    os._exit(0)\n"
        found = graded(web, source)
        assert (found["state"], found["attempt"]) == ("done", 1)
        assert score_of(web, found) in (0, 10)
    assert score_of(web, graded(web, course.HONEST)) == 40


def test_no_route_takes_an_address_and_no_module_calls_out(service, held):
    """Family 73: nobody but administrators, who register an LMS, names an address."""
    family = "73_server_side_requests"
    held(family, 0, 1)
    described = httpx.get(f"{service.url}/openapi.json").json()
    # What is sent: bodies and parameters. An answer may name webhooks, not their addresses.
    taken = [
        [each.get("requestBody"), each.get("parameters")]
        for path, verbs in described["paths"].items()
        for each in verbs.values()
        if path != "/api/lms/platforms"  # for administrators; see test_hostile_lms
    ]
    named = json.dumps([taken, _schemas_of(taken, described["components"]["schemas"])])
    assert not re.findall(r'"\w*(?:url|uri_|callback|webhook|redirect)\w*"', named)
    assert not [path for path in described["paths"] if re.search("lti|oauth|hook", path)]
    sources = {p: p.read_text() for p in (ROOT / "grader").rglob("*.py") if p.stem != "demo"}
    calls = re.compile(r"^\s*(?:import|from) (?:httpx|requests|urllib\.request|aiohttp)\b", re.M)
    calling = {
        p.relative_to(ROOT / "grader").as_posix() for p, t in sources.items() if calls.search(t)
    }
    # The service's own address, for health checks; the provider and the webhooks that the
    # operator's settings name; an LMS that an administrator has registered; the service that a
    # person's own terminal talks to. The last one names the exceptions of the engine's library,
    # and calls nobody.
    assert calling == {
        "cli/healthcheck.py",
        "web/oidc.py",
        "notify/webhook.py",
        "lti/transport.py",
        "client/connection.py",
        "sandbox/engine_errors.py",
    }
    held(family, 1, 0)


def _schemas_of(taken, schemas):
    """The schemas that these refer to, and those that they refer to."""
    found, text = {}, json.dumps(taken)
    while new := set(re.findall(r"#/components/schemas/(\w+)", text)) - found.keys():
        found |= {name: schemas[name] for name in new}
        text = json.dumps(found)
    return found


def test_honest_reports_beside_attacks_are_identical(bench, canary, tmp_path, held):
    """Family 77: two honest submissions and an attack at a time; only the clock may differ."""
    held("77_interleaved", 0, 1)
    attack = next(c for c in cases.every() if c.name == "39_processes/forks_and_threads")
    target = course.write(tmp_path, canary, list(attack.verdicts))
    honest = [("layers.py", course.HONEST.encode())]
    seen = set()
    with ThreadPoolExecutor(3) as crew:
        for _ in range(50 if ALL else 5):
            hostile = crew.submit(bench.grade, target, attack.upload())
            good = [crew.submit(bench.grade, bench.honest, honest) for _ in range(2)]
            seen |= {timeless(one.result()) for one in good}
            assert hostile.result().score == 10
    assert len(seen) == 1
    assert '"score": 40' in seen.pop()
    bench.check_gone()
    held("77_interleaved", 1, 0)


def timeless(report):
    from grader.exchange import results

    said = results.to_json(report)
    said.pop("timing", None)
    return json.dumps(said, sort_keys=True)


def test_worker_killed_in_a_run_leaves_no_container_and_no_second_result(service, people, held):
    held("76_killed_worker", 0, 1)
    web = service.person()
    sent = post(web, SLOW_HONEST).json()
    while web.get(sent["links"]["self"]).json()["progress"]["done"] < 1:
        time.sleep(0.05)
    # Before the kill: after it any `grader` that starts on this machine may remove them.
    orphans = service.containers()
    assert orphans, "the kill comes when nothing runs"
    service.process.send_signal(signal.SIGKILL)
    service.process.wait()
    service.start()
    assert not orphans & service.containers(), "the restart did not remove what was left"
    web.base_url = service.url
    found = ended(web, sent)
    assert (found["state"], found["attempt"]) == ("done", 2)
    report = web.get(found["links"]["report"]).json()
    assert report["score"] == 40
    names = [test["name"] for test in report["tests"]]
    assert len(names) == len(set(names)) == 2
    held("76_killed_worker", 1, 0)


def test_no_log_holds_a_secret(service, people, canary, held):
    """Family 75: run last, over all that the module's services have written."""
    held("75_logs", 0, 1)
    log = service.log()
    assert "run " in log, "the log is empty"
    tokens = [client.headers["authorization"].split()[-1] for client in people[0].values()]
    for secret in [canary, "31337.25", *tokens]:
        assert secret not in log
    assert not benches.RAW_CONTROL.search(log)
    held("75_logs", 1, 0)
