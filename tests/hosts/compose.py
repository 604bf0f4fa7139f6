"""The service in Compose: up, a grading, containers created again, another grading, down.

Owns what is asked of the service. Which Compose that is says the caller; the files are in the
environment (COMPOSE_FILE and the like). For machines where waiting is long: the limits are minutes.

    python -m tests.hosts.compose COMMAND
"""

import subprocess
import sys
import time
from collections.abc import Callable

import httpx

from tests.hosts import grade

ADDRESS = "http://127.0.0.1:8000"
SLUG = "hw1"
READY_S, GRADED_S = 900, 900


def main() -> int:
    """0 when both were graded with full points."""
    compose = sys.argv[1]
    try:
        run(compose, "up", "-d")
        with httpx.Client(base_url=ADDRESS, timeout=120) as client:
            await_that(READY_S, lambda: client.get("/readyz").status_code == 200)
        token = run(compose, "exec", "-T", "api", "grader", "users", "add", "ann").split()[-1]
        right = [graded(token)]
        run(compose, "up", "-d", "--force-recreate", "worker", "api")
        right.append(graded(token))
    finally:
        say(run(compose, "logs", "--no-color", "--tail", "60", check=False))
        run(compose, "down", "-v", check=False)
    say(f"points in full: {right}")
    return int(right != [True, True])


def run(compose: str, *words: str, check: bool = True) -> str:
    """What a command of Compose printed."""
    done = subprocess.run([compose, *words], capture_output=True, text=True, check=False)
    say(f"{words}: {done.returncode}\n{done.stderr[-2000:]}")
    if check and done.returncode:
        sys.exit(1)
    return done.stdout


def graded(token: str) -> bool:
    """Whether the reference of the small course, uploaded, gets all points."""
    source = (grade.COURSE / "reference/hw1/layers.py").read_bytes()
    source += f"# {time.time()}\n".encode()  # equal bytes would be one submission
    with httpx.Client(base_url=ADDRESS, timeout=120) as client:
        await_that(READY_S, lambda: client.get("/readyz").status_code == 200)
        client.headers["Authorization"] = f"Bearer {token}"
        sent = client.post(
            f"/api/assignments/{SLUG}/submissions", files={"files": ("layers.py", source)}
        )
        say(sent.text)
        link = sent.json()["links"]["self"]
        await_that(GRADED_S, lambda: client.get(link).json()["state"] in ("done", "failed"))
        report = client.get(f"{link}/report").json()
    say(f"{report['score']} of {report['max_score']}")
    return bool(report["score"] == report["max_score"])


def await_that(seconds: float, look: Callable[[], bool]) -> None:
    """Looks once a second until it is so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if look():
                return
        except httpx.HTTPError as exc:
            say(repr(exc))
        time.sleep(2)
    raise SystemExit(f"not within {seconds} s")


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
