"""A service of one's own to measure: `grader serve` as a process, spoken to over HTTP.

Owns its start and end, and one upload followed to its results by server-sent events, as the page
does it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks import ways
from grader.grading import bench

COMMAND = [sys.executable, "-m", "grader.cli.main"]
LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class Running:
    """A service, its data folder and its process."""

    url: str
    data: Path
    pid: int

    def user(self, name: str, role: str = "student") -> httpx.Client:
        """A client in the name of a new user."""
        command = [*COMMAND, "users", "add", name, "--role", role, "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        token = done.stdout.split()[-1]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=LIMIT_S)


@contextmanager
def running() -> Iterator[Running]:
    """`grader serve` with a fresh data folder, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        data = Path(folder, "data")
        command = [*COMMAND, "serve", "--port", "0", "--data", str(data), "--course"]
        environment = os.environ | {"GRADER_DATASETS_DIR": str(ways.DATASETS)}
        process = subprocess.Popen(
            [*command, str(ways.ROOT)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        try:
            ready = next(line for line in process.stdout if line.startswith("Ready at "))
            yield Running(ready.removeprefix("Ready at ").strip(), data, process.pid)
        finally:
            process.terminate()
            process.wait(120)


def upload(client: httpx.Client, slug: str, folder: Path) -> dict[str, Any]:
    """Submit a folder; the service's answer.

    Equal bytes within a minute are one submission, so each upload has a file of its own, too, which
    is not asked for and left out.
    """
    files = [("files", (name, content)) for name, content in bench.uploads_of(folder)]
    files.append(("files", ("number.txt", uuid.uuid4().bytes)))
    answer = client.post(f"/api/assignments/{slug}/submissions", files=files)
    answer.raise_for_status()
    return dict(answer.json())


def followed(client: httpx.Client, slug: str, folder: Path) -> dict[str, float]:
    """Wall seconds from the beginning of an upload to each phase's end, to the last test that the
    student reads ("visible"), and to the report.
    """
    started = time.perf_counter()
    number = upload(client, slug, folder)["id"]
    seen = {"accepted": time.perf_counter() - started}
    with client.stream("GET", f"/api/submissions/{number}/events") as stream:
        kind = ""
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                kind = value
            elif field == "data" and kind == "test":
                seen["visible"] = time.perf_counter() - started
            elif field == "data" and kind == "phase":
                seen.setdefault(json.loads(value)["phase"], time.perf_counter() - started)
    report = client.get(f"/api/submissions/{number}/report")
    report.raise_for_status()
    return seen | {"report": time.perf_counter() - started}
