"""The demonstration: the real service, three real uploads over HTTP, what each one got.

Owns the story that `make demo` tells. Uses the service only as its users do: `grader serve`,
`grader users add`, HTTP.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from grader import errors, settings, wording
from grader.grading import bench

SLUG = "eecs545_hw4"
START_S = 120.0
REPORT_S = 120.0
POLL_S = 0.02
MAX_FAILURES_SHOWN = 6


def run(chosen: settings.Settings) -> None:
    """Start a service with a temporary data folder and grade three submissions.

    Raises:
        OperatorError: the service does not start or does not answer.
    """
    course = chosen.course_dir.resolve()
    uploads = {
        "the reference solution": course / "reference" / SLUG,
        "the untouched template": course / "student_template" / SLUG,
        "a submission with three mistakes": course
        / "tests"
        / "acceptance"
        / SLUG
        / "three_mistakes",
    }
    # A short folder: the database's and the sandboxes' sockets lie below it.
    with tempfile.TemporaryDirectory(prefix="grader-demo-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        with _service(course, data) as url:
            token = _grader("users", "add", "demo", "--role", "student", "--data", str(data))
            _say(f"The service answers at {url} (API reference: {url}/docs).")
            with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
                for title, path in uploads.items():
                    _upload(client, title, path)
            _say("Stopping the service.")


@contextlib.contextmanager
def _service(course: Path, data: Path) -> Iterator[str]:
    """`grader serve` on a free port; yields its address."""
    started = time.monotonic()
    command = [*_COMMAND, "serve", "--port", "0", "--data", str(data), "--course", str(course)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ourselves
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Ready at "):
                _say(f"Started in {time.monotonic() - started:.1f} s.")
                yield line.removeprefix("Ready at ").strip()
                return
        raise errors.OperatorError("The service ended before it was ready; its log says why.")
    finally:
        process.terminate()
        process.wait(START_S)


_COMMAND = [sys.executable, "-m", "grader.cli.main"]


def _grader(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # ourselves
        [*_COMMAND, *arguments], stdout=subprocess.PIPE, text=True, check=False, env=os.environ
    )
    if done.returncode:
        raise errors.OperatorError(f"grader {arguments[0]} failed; see the message above.")
    return done.stdout.split()[-1]


def _upload(client: httpx.Client, title: str, path: Path) -> None:
    """Upload a folder's files, wait for the report, print what came of it."""
    files = [("files", (name, content)) for name, content in bench.uploads_of(path)]
    started = time.monotonic()
    accepted = _checked(client.post(f"/api/assignments/{SLUG}/submissions", files=files))
    report = _report(client, accepted["links"]["report"], started + REPORT_S)
    seconds = time.monotonic() - started
    failed = [test for test in report["tests"] if test["verdict"] != "passed"]
    _say(
        f"{title}: {report['score']:g} of {report['max_score']:g} points, {seconds:.2f} s from "
        f"upload to report, {len(failed)} public tests failed"
    )
    lines = [f"task {test['task']}  {test['name']}: {test['message']}" for test in failed]
    for line in wording.shortened(lines, MAX_FAILURES_SHOWN, "... and {} more"):
        _say("    " + line.replace("\n", "\n        "))


def _report(client: httpx.Client, link: str, deadline: float) -> dict[str, Any]:
    while time.monotonic() < deadline:
        answer = client.get(link)
        if answer.status_code != httpx.codes.CONFLICT:  # 409: not graded yet
            return _checked(answer)
        time.sleep(POLL_S)
    raise errors.OperatorError("No report within two minutes; the service's log says why.")


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise errors.OperatorError(f"HTTP {answer.status_code}: {answer.text}")
    body: dict[str, Any] = answer.json()
    return body


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
