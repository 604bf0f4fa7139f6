"""A real service on a machine that has other work for all of its cores, graded by the references.

`python -m tests.chaos.load --uploads 200 --load 15` is the long form. Each upload is a reference in
bytes of its own; every one must get full marks, none may fail or be refused.
"""

import argparse
import contextlib
import io
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from grader import app, settings
from grader.assignment import manifest as assignments
from grader.grading import bench
from grader.service import accounts

ROOT = Path(__file__).parents[2]
START_S = 600.0
END_S = 3600.0  # of one upload; it waits for others, and all of them for the load
IN_FLIGHT = 6
POLL_S = 1.0
ENDED = ("done", "refused", "failed", "cancelled", "superseded")


@dataclass(frozen=True)
class Ended:
    """What became of one upload."""

    slug: str
    state: str
    score: float | None
    full: float | None
    seconds: float
    why: str = ""

    @property
    def is_right(self):
        """Whether it has full marks."""
        return self.state == "done" and self.score == self.full


@contextlib.contextmanager
def burdened(processes):
    """So many processes that only compute."""
    command = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(command) for _ in range(processes)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


@contextlib.contextmanager
def service(folder):
    """A service of the real course; its address, and a token whose uploads replace none."""
    data = folder / "data"
    data.mkdir()
    with app.open_store(settings.Settings(data_dir=data), new=True) as store:
        token = accounts.add_user(store, "robot", "ci")
    command = [sys.executable, "-m", "grader.cli.main", "serve", "--port", "0"]
    command += ["--data", str(data), "--course", str(ROOT)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    try:
        line = process.stdout.readline()
        assert line.startswith("Ready at "), (folder / "log").read_text()[-3000:]
        yield line.split()[-1], token
    finally:
        process.terminate()
        process.wait(START_S)
        process.stdout.close()


def packed(slug, number):
    """A reference as a zip, with a line of its own in the first file that is asked for."""
    assignment = assignments.load(ROOT, slug)
    files = dict(bench.uploads_of(assignment.reference_dir))
    own = next(name for name in assignment.manifest.submission.wanted if name.endswith(".py"))
    files[own] += f"\n# upload {number}\n".encode()
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def upload(client, slug, number):
    """Submit once and follow the grading to its end."""
    started = time.monotonic()
    path = f"/api/assignments/{slug}/submissions"
    answer = client.post(path, files={"files": ("work.zip", packed(slug, number))})
    if answer.status_code != 202:
        return Ended(slug, "refused", None, None, time.monotonic() - started, answer.text)
    mine = f"/api/submissions/{answer.json()['id']}"
    while (now := client.get(mine).json())["state"] not in ENDED:
        if time.monotonic() - started > END_S:
            return Ended(slug, "without an end", None, None, END_S)
        time.sleep(POLL_S)
    seconds, why = time.monotonic() - started, "; ".join(now.get("reasons", ()))
    if now["state"] != "done":
        return Ended(slug, now["state"], None, None, seconds, why)
    report = client.get(f"{mine}/report").json()
    lost = [test["name"] for test in report["tests"] if test.get("verdict") != "passed"]
    return Ended(slug, "done", report["score"], report["max_score"], seconds, ", ".join(lost[:5]))


def live_through(url, token, uploads, seconds):
    """Upload references in turn until there are so many, or the time is up."""
    slugs = itertools.cycle(assignments.slugs(ROOT))
    until = time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"}
    loads = []

    def one(number, slug):
        if time.monotonic() > until:
            return None
        loads.append(os.getloadavg()[0])
        with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
            return upload(client, slug, number)

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        found = list(pool.map(one, range(uploads), itertools.islice(slugs, uploads)))
    return [ended for ended in found if ended], loads


def table(found, loads):
    """What became of the uploads, a line for each homework."""
    lines = [
        f"load {min(loads):.0f} to {max(loads):.0f} on {os.cpu_count()} cores",
        f"{'homework':14} {'uploads':>7} {'full':>5} {'others':20} {'median s':>8} {'most':>6}",
    ]
    for slug in sorted({ended.slug for ended in found}):
        own = [ended for ended in found if ended.slug == slug]
        others = Counter(ended.state for ended in own if ended.state != "done")
        seconds = [ended.seconds for ended in own]
        lines.append(
            f"{slug:14} {len(own):7} {sum(e.is_right for e in own):5} "
            f"{', '.join(f'{n} {state}' for state, n in others.items()) or '-':20} "
            f"{statistics.median(seconds):8.0f} {max(seconds):6.0f}"
        )
    wrong = [ended for ended in found if not ended.is_right]
    lines += [f"{e.slug}: {e.state} {e.score} of {e.full}: {e.why[:300]}" for e in wrong]
    return "\n".join(lines)


def main():
    """The long form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--load", type=int, default=15, help="processes that compute next to it")
    parser.add_argument("--seconds", type=float, default=7200, help="when to stop uploading")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="load-", ignore_cleanup_errors=True) as folder,
        service(Path(folder)) as (url, token),
        burdened(given.load),
    ):
        found, loads = live_through(url, token, given.uploads, given.seconds)
    print(table(found, loads))  # noqa: T201  # its purpose
    sys.exit(not all(ended.is_right for ended in found))


if __name__ == "__main__":
    main()
