"""Everything real: `grader serve` as a process, uploads over HTTP, containers, the hidden suite."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support import attacked

ROOT = Path(__file__).parents[3]
GRADER = [sys.executable, "-m", "grader.cli.main"]
LEAKING = """
def one(): return 1
def double(x):
    print("printed", x.tolist())
    raise ValueError(f"raised {x.tolist()}")
"""


def grader(*arguments, **options):
    return subprocess.run(
        [*GRADER, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, **options
    )


@pytest.fixture(scope="module")
def canary():
    return f"CANARY{secrets.token_hex(16)}"


@pytest.fixture(scope="module")
def course(docker_engine, tmp_path_factory, canary):
    root = tmp_path_factory.mktemp("course")
    attacked.write(root, canary)
    return root


@pytest.fixture(scope="module")
def service(course, tmp_path_factory):
    """A running service; yields a function: role -> HTTP client."""
    data = tmp_path_factory.mktemp("service") / "data"
    command = [*GRADER, "serve", "--port", "0", "--data", str(data), "--course", str(course)]
    log = (data.parent / "log").open("w")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    line = process.stdout.readline()
    assert line.startswith("Ready at "), (data.parent / "log").read_text()
    url = line.removeprefix("Ready at ").strip()

    def client(role):
        token = grader("users", "add", secrets.token_hex(4), "--role", role, "--data", data)
        headers = {"Authorization": f"Bearer {token.stdout.split()[-1]}"}
        return httpx.Client(base_url=url, headers=headers)

    yield client
    process.terminate()
    assert process.wait(60) == 0


def graded(web, source):
    """Upload one file and wait for the end; the submission."""
    answer = web.post(
        f"/api/assignments/{attacked.SLUG}/submissions",
        files={"files": ("layers.py", source.encode())},
    )
    assert answer.status_code == 202, answer.text
    link = answer.json()["links"]["self"]
    deadline = time.monotonic() + 60
    while (found := web.get(link).json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def everything_of(web, submission):
    """All that its owner can fetch, as one text."""
    links = submission["links"]
    paths = [links["self"], links["report"], f"{links['report']}?format=junit"]
    paths += ["/api/assignments", "/openapi.json", "/healthz", "/readyz"]
    return "".join(f"{dict(a.headers)}{a.text}" for a in map(web.get, paths))


def test_nothing_hidden_is_in_anything_a_student_can_fetch(service, canary):
    web = service("student")
    submission = graded(web, LEAKING)
    text = everything_of(web, submission)
    assert "raised" in text, "the public failure is told in full"
    assert canary not in text
    assert "31337" not in text
    assert str(ROOT) not in text
    assert web.headers["authorization"].split()[1] not in text


def test_staff_see_what_the_student_does_not(service, canary):
    submission = graded(service("student"), LEAKING)
    report = service("instructor").get(submission["links"]["report"]).text
    assert canary in report
    assert "31337" in report


def test_bad_submission_is_followed_by_a_good_one(service):
    web = service("student")
    for source in ("import os; os._exit(0)\n", "while True: pass\n", attacked.HONEST):
        submission = graded(web, source)
    report = web.get(submission["links"]["report"]).json()
    assert (report["score"], report["max_score"]) == (40, 40)
    assert [test["verdict"] for test in report["tests"]] == ["passed", "passed"]


def test_syntax_error_is_told_with_file_and_line(service):
    submission = graded(service("student"), "x = 1\ndef f(:\n")
    assert submission["state"] == "refused"
    assert "layers.py:2" in json.dumps(submission)


class TestCommandLine:
    """`grader grade` as continuous integration calls it."""

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "layers.py").write_text(attacked.HONEST)
        return tmp_path

    def grade(self, course, folder, *flags):
        return grader("grade", folder, "-a", attacked.SLUG, "--course", course, *flags)

    def test_full_marks_exit_0_and_both_reports_are_written(self, course, folder, tmp_path):
        json_file, junit = tmp_path / "r.json", tmp_path / "r.xml"
        flags = ("--json", json_file, "--junit", junit, "--min-score", "100%")
        done = self.grade(course, folder, *flags)
        assert done.returncode == 0, done.stderr
        report = json.loads(json_file.read_text())
        assert (report["score"], report["max_score"]) == (40, 40)
        assert [task["kind"] for task in report["tasks"]] == ["auto", "auto"]
        assert report["timing"]["total_s"] > 0
        assert '<testsuite name="double' in junit.read_text()

    def test_score_below_the_minimum_exits_1(self, course, folder):
        (folder / "layers.py").write_text("def one(): return 1\n")
        done = self.grade(course, folder, "--min-score", "80%")
        assert done.returncode == 1
        assert "below 80%" in done.stderr
        assert self.grade(course, folder, "--min-score", "10").returncode == 0

    def test_refused_upload_exits_2_with_the_reason(self, course, folder):
        (folder / "layers.py").write_text("def f(:\n")
        done = self.grade(course, folder)
        assert done.returncode == 2
        assert "layers.py:1" in done.stderr

    def test_missing_engine_exits_3_and_says_what_to_do(self, course, folder):
        environ = os.environ | {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
        done = grader("grade", folder, "-a", attacked.SLUG, "--course", course, env=environ)
        assert done.returncode == 3
        assert "Docker" in done.stderr
        assert "Traceback" not in done.stderr

    def test_unknown_assignment_names_those_there_are(self, course, folder):
        done = grader("grade", folder, "-a", "nothing", "--course", course)
        assert done.returncode == 3
        assert "attacked" in done.stderr

    def test_students_view_has_no_hidden_test(self, course, folder, tmp_path, canary):
        json_file = tmp_path / "r.json"
        self.grade(course, folder, "--json", json_file, "--audience", "student")
        assert canary not in json_file.read_text()
        assert json.loads(json_file.read_text())["hidden"]["tests"] == 2


class TestDoctor:
    """`grader doctor` on this machine, and where the engine is away."""

    def test_machine_that_grades_is_in_order(self, docker_engine, tmp_path):
        done = grader("doctor", "--data", tmp_path / "data", timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ok    sandbox: every control works" in done.stdout
        assert "suite process: make a network socket: refused" in done.stdout

    def test_missing_engine_is_told_and_exits_3(self, tmp_path):
        environ = os.environ | {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
        done = grader("doctor", "--data", tmp_path / "data", env=environ, timeout=120)
        assert done.returncode == 3
        assert "BAD   engine:" in done.stdout
        assert "Nothing would be graded" in done.stderr


def test_demonstration_tells_three_scores_and_ends_well(docker_engine):
    done = grader("demo", timeout=300)
    assert done.returncode == 0, done.stderr
    scores = re.findall(r"^(.+): ([\d.]+) of ([\d.]+) points", done.stdout, re.MULTILINE)
    by_title = {title: (float(score), float(top)) for title, score, top in scores}
    score, top = by_title["the reference solution"]
    assert score == top > 0
    assert by_title["the untouched template"] == (0, top)
    assert 0 < by_title["a submission with three mistakes"][0] < top
    assert done.stdout.count("Hint: ") >= 4
