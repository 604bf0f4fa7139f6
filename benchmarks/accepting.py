"""Many students hand in at the same moment, while submissions are being graded.

Owns the table of accepting: `python -m benchmarks.accepting`. Each client is a student with one
upload; all requests are sent at once, over loopback, to a real service that goes on grading.
"""

import asyncio
import statistics
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import httpx

from benchmarks import service, ways
from grader.assignment import manifest as assignments
from grader.grading import bench
from grader.service import accounts
from grader.store import database
from grader.store.embedded import server

CLIENTS = 200
SLUG = "eecs545_hw4"
LEAD_S = 3.0  # a first upload is being graded by then

Figures = dict[str, float]


def measure(clients: int = CLIENTS) -> Figures:
    """Rates, waits, losses and memory."""
    with ExitStack() as stack:
        running = stack.enter_context(service.running())
        store = stack.enter_context(closing(database.Database(server.url(running.data))))
        tokens = [accounts.add_user(store, f"student{n:03}", "student") for n in range(clients)]
        reference = assignments.load(ways.ROOT, SLUG).reference_dir
        with running.user("early") as early:
            service.upload(early, SLUG, reference)
            time.sleep(LEAD_S)
            before = _memory_mb(running.pid)
            started = time.perf_counter()
            waits = asyncio.run(_all(running.url, tokens, reference))
            seconds = time.perf_counter() - started
        counted = store.one("SELECT count(*) AS stored FROM submissions")
        kept = counted["stored"] - 1 if counted else 0  # without the early one
        return _figures(waits, seconds, kept, before, _memory_mb(running.pid))


def _figures(waits: list[float], seconds: float, kept: int, before: float, now: float) -> Figures:
    ordered = sorted(waits)
    return {
        "clients at once": len(waits),
        "accepted per second": len(waits) / seconds,
        "answer, median s": statistics.median(ordered),
        "answer, p99 s": ordered[int(0.99 * (len(ordered) - 1))],
        "accepted, but not stored": len(waits) - kept,
        "memory of the service before, MB": before,
        "memory of the service after, MB": now,
    }


async def _all(url: str, tokens: list[str], folder: Path) -> list[float]:
    files = [("files", (name, content)) for name, content in bench.uploads_of(folder)]
    path = f"/api/assignments/{SLUG}/submissions"
    limits = httpx.Limits(max_connections=len(tokens))
    async with httpx.AsyncClient(base_url=url, timeout=service.LIMIT_S, limits=limits) as client:

        async def one(token: str) -> float:
            started = time.perf_counter()
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.post(path, files=files, headers=headers)
            assert answer.status_code == 202, answer.text
            return time.perf_counter() - started

        return list(await asyncio.gather(*map(one, tokens)))


def _memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def table(figures: Figures) -> str:
    """A Markdown table."""
    lines = ["| figure | value |", "|---|---|"]
    return "\n".join([*lines, *(f"| {title} | {value:,.2f} |" for title, value in figures.items())])


if __name__ == "__main__":
    sys.stdout.write(table(measure()) + "\n")
