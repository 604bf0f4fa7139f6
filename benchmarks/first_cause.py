"""How far a student scrolls until the cause of a mistake is on the screen.

Owns the table: `python -m benchmarks.first_cause`. Ten typical mistakes are graded by a service of
one's own; a browser opens each report, on a desktop and a phone, and a script reads it as somebody
would who looks for the first block that is open and red. The cause is there when that block is of
the task whose code is wrong.
"""

import contextlib
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright import sync_api

from benchmarks import service, ways
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.grading import bench

SIZES: Mapping[str, tuple[int, int]] = {"desktop": (1280, 900), "phone": (390, 800)}
MISTAKES = (
    ("eecs545_hw4", "fc: db of shape (1, D_out)"),
    ("eecs545_hw4", "relu: mask of dout, not of x"),
    ("eecs545_hw4", "softmax: gradient not averaged"),
    ("eecs545_hw4", "conv: kernel flipped"),
    ("csci5527_hw3", "correlate1d: convolution, x flipped"),
    ("csci5527_hw3", "batch norm: unbiased variance"),
    ("cs7643_a2", "reweight: not normalised"),
    ("cs7643_a2", "focal: a plain number"),
    ("csc413_a2", "PoolUpsampleNet: average pooling"),
    ("cpsc663_ex2", "CAE: no sigmoid"),
)
OPEN = "details.test[open], article.broken"  # what is open at first is what to read first


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader of one report meets.

    Attributes:
        task: of the first open block; empty where none is open.
        scrolls: by screen size, how often the page is moved by a screen until it is seen.
    """

    slug: str
    mistake: str
    expected: tuple[str, ...]
    task: str
    scrolls: Mapping[str, int]

    @property
    def is_cause(self) -> bool:
        """Whether the first block is of a task whose code is wrong."""
        return self.task in self.expected


def measure(mistakes: Sequence[tuple[str, str]] = MISTAKES) -> list[Reading]:
    """Grade the mistakes and read their pages."""
    with service.running() as running, _browser() as browser:
        client = running.user("reader")
        token = client.headers["Authorization"].removeprefix("Bearer ")
        return [_read(running.url, browser, client, token, *mistake) for mistake in mistakes]


def _read(
    url: str,
    browser: sync_api.Browser,
    client: httpx.Client,
    token: str,
    slug: str,
    mistake: str,
) -> Reading:
    assignment = assignments.load(ways.ROOT, slug)
    listed = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    spec = next(one for one in listed if one.name == mistake)
    number = _graded(client, assignment, spec)
    seen = {
        name: _first_block(browser, url, token, number, width, height)
        for name, (width, height) in SIZES.items()
    }
    task = next(iter(seen.values()))[0]
    return Reading(slug, mistake, spec.tasks, task, {n: s for n, (_, s) in seen.items()})


def _graded(
    client: httpx.Client, assignment: assignments.Assignment, spec: named_mutants.NamedMutant
) -> str:
    """Submit the reference with one mistake and wait for its report; the submission's id."""
    tree = named_mutants.mutated(bench.read([assignment.reference_dir], assignment.manifest), spec)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in tree.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        answer = service.upload(client, assignment.slug, Path(folder))
    with client.stream("GET", f"/api/submissions/{answer['id']}/events") as stream:
        for _ in stream.iter_lines():
            pass  # until it ends with the grading
    return str(answer["id"])


def _first_block(
    browser: sync_api.Browser, url: str, token: str, number: str, width: int, height: int
) -> tuple[str, int]:
    """The task of the first open block, and the screens above the place where it ends."""
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        page.fill("input[name=token]", token)
        page.press("input[name=token]", "Enter")
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/submissions/{number}")
        block = page.locator(OPEN).first
        box = block.bounding_box()
        section = block.locator("xpath=ancestor::section[contains(@class, 'task')]//h3")
        task = section.locator(".id").first.inner_text()
    assert box is not None
    return task, max(0, math.ceil((box["y"] + min(box["height"], height)) / height) - 1)


@contextlib.contextmanager
def _browser() -> Iterator[sync_api.Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def table(readings: Sequence[Reading]) -> str:
    """A Markdown table."""
    lines = ["| mistake | first block | is the cause | desktop | phone |", "|---|---|---|--:|--:|"]
    for one in readings:
        moves = " | ".join(str(one.scrolls[name]) for name in SIZES)
        right = "yes" if one.is_cause else f"no, {', '.join(one.expected)} is"
        lines.append(f"| {one.slug}: {one.mistake} | {one.task} | {right} | {moves} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(measure()) + "\n")
