"""`grader queue`: what waits and runs on a service, from a terminal.

Owns flags and what is printed; who may read what is the service's.
"""

from collections.abc import Iterator
from typing import Any

from grader.cli import options, submit


def queue(url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Print what waits, what runs, which workers are alive, and what failed."""
    with submit.open_service(url) as service:
        found = service.get("/api/queue")
    options.say(found, "\n".join(_lines(found)), as_json=as_json)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['queued']} waiting, {found['held']} paused, "
        f"{found['running']} of {found['at_once']} at once being graded"
    )
    yield f"A new upload would wait: {_wait(found['wait_s'])}"
    if not any(one["alive"] for one in found["workers"]):
        yield "No worker is running, so nothing is graded; start one with `grader serve`."
    for one in found["workers"]:
        heard = "alive" if one["alive"] else f"SILENT for {one['silent_s']:.0f} s"
        yield f"Worker {one['id']}: {heard}, {one['doing']} being graded"
    for one in found["waiting"]:
        oldest = f"the oldest for {one['oldest_s']:.0f} s"
        yield f"{one['state']:8} {one['assignment']}: {one['n']} ({one['kind']}), {oldest}"
    for one in found["being_graded"]:
        tests = f"{one['tests_done']} of {one['tests_total'] or '?'} tests"
        yield f"running  {_name(one)}, {tests}, {one['running_s']:.0f} s"
    for one in found["operations"]:
        left = f"{one['open_runs']} of {one['runs']} to grade"
        yield f"{one['state']:8} {one['kind']} {one['id']}  {one['assignment']}: {left}"
    for one in found["failed"]:
        yield f"failed   {_name(one)}: {one['reason']}"


def _wait(seconds: float | None) -> str:
    return "unknown, nothing was graded in the last hour" if seconds is None else f"{seconds:.0f} s"


def _name(one: dict[str, Any]) -> str:
    return f"{one['submission_id']}  {one['assignment']}, {one['student']}"
