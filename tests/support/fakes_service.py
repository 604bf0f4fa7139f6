"""A grader that needs no sandbox, and reports to go with it."""

import io
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader import app, errors, models, settings
from grader.assignment import bundle as bundles
from grader.assignment import manifest
from grader.scoring import redaction
from grader.service import ports

SLUG = "hw"
READ_NOTE = "helper.py: was read and is not used."
SHOWN_TEST = ("test_a.py::test_one", models.Visibility.VISIBLE)
HIDDEN_TEST = ("test_b.py::test_two", models.Visibility.HIDDEN)
MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 10
submission = { required = ["layers.py"], max_upload_mb = 1 }
[[task]]
id = "1a"
title = "Forward"
points = 10
"""


def course(folder: Path) -> Path:
    """A course folder with one assignment."""
    suite = folder / "tests" / "suites" / SLUG
    suite.mkdir(parents=True)
    (suite / "assignment.toml").write_text(MANIFEST)
    return folder


def bundle(slug: str = SLUG, title: str = "Homework", **files: str) -> bytes:
    """A homework as one zip; the fake check does what its title says."""
    manifest = MANIFEST.replace(f'slug = "{SLUG}"', f'slug = "{slug}"')
    manifest = manifest.replace('title = "Homework"', f'title = "{title}"', 1)
    made = {
        f"tests/suites/{slug}/assignment.toml": manifest,
        f"reference/{slug}/layers.py": "x = 1\n",
        f"student_template/{slug}/layers.py": "x = None\n",
    } | {f"tests/suites/{slug}/{name}": text for name, text in files.items()}
    return bundles.Bundle(slug, {n: text.encode() for n, text in made.items()}).content()


def report(score: Fraction = Fraction(20, 3)) -> models.Report:
    """A report with a third in it, a hidden test and awkward text."""
    tests = (
        models.TestResult(
            "test_a.py::test_one",
            "1a",
            models.Visibility.VISIBLE,
            models.Verdict.PASSED,
            score,
            Fraction(7),
        ),
        models.TestResult(
            "test_b.py::test_two",
            "1a",
            models.Visibility.HIDDEN,
            models.Verdict.WRONG_ANSWER,
            Fraction(0),
            Fraction(3),
            message='nul \0, backslash \\u0000, snowman \u2603, quote "',
        ),
    )
    task = models.TaskScore("1a", "Forward", models.TaskKind.AUTO, score, Fraction(10))
    return models.Report(
        SLUG, "0" * 16, models.Audience.INSTRUCTOR, score, Fraction(10), (task,), tests
    )


def told(
    name: str, visibility: models.Visibility = models.Visibility.VISIBLE, done: int = 1
) -> models.Tested:
    """Progress of a run of two tests."""
    case = models.TestCase(name, name, "1a", Fraction(1), visibility)
    return models.Tested(case, models.Outcome(name, models.Verdict.PASSED), done, 2)


MANY_TRIES = 6  # more than a worker makes when the machine fails


class Grading:
    """`ports.GradingPort` that does what the upload's text says.

    `ok` grades at once, `slow` waits for `release`, `cut` too but only the first time that `marks`
    knows of, `machine` fails like a machine each time, `flaky` once, `busy` lacks processors many
    times, `suite` like a suite, `refuse` like an upload refused late.
    """

    def __init__(self, marks: Path | None = None) -> None:
        self.started = threading.Event()
        self.release = threading.Event()
        self.grades: list[tuple[str, float]] = []
        self.versions: list[manifest.Assignment | None] = []  # by which it graded
        self.closed = False
        self._marks = marks or Path(
            "/dev/null"
        )  # a file that survives a kill: one line per started grading

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_progress: ports.OnProgress | None,
        earlier: models.Report | None = None,
        assignment: manifest.Assignment | None = None,
    ) -> models.Report:
        self.versions.append(assignment)
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            word = archive.read(archive.namelist()[0]).decode().strip()
        self.grades.append((word, time.time()))
        with self._marks.open("a") as file:
            file.write(f"{word}\n")
        self.started.set()
        if on_progress and word == "noted":
            on_progress(models.UploadNoted((READ_NOTE,)))
            self.release.wait(2)  # so that a follower sees it while it runs
        self._obey(word)
        if on_progress:
            on_progress(told(*SHOWN_TEST, 1))
            on_progress(told(*HIDDEN_TEST, 2))
        return report()

    def _obey(self, word: str) -> None:
        if word == "slow" or (word == "cut" and self._marks.read_text().count(word) == 1):
            self.release.wait(30)
        if word == "machine" or (word == "flaky" and len(self.grades) == 1):
            raise errors.SandboxUnavailable("the engine is away")
        if word == "busy" and len(self.grades) <= MANY_TRIES:
            raise errors.MachineBusy("no processor to spare")
        if word == "suite":
            raise errors.SuiteError("hidden/test_x.py is broken")
        if word == "refuse":
            raise errors.UploadRefused(["layers.py:1: not Python", "a second reason"])

    def inspect(self, slug: str, files: Sequence[tuple[str, bytes]]) -> bytes:
        if any(name == "bad.exe" for name, _ in files):
            raise errors.UploadRefused(["bad.exe: not a kind of file this assignment takes."])
        if len({name for name, _ in files}) < len(files):
            raise errors.UploadRefused(["a name stands twice in the upload; keep one."])
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for name, content in files:
                archive.writestr(zipfile.ZipInfo(name), content)
        return sink.getvalue()

    def notes(self, slug: str, upload: bytes) -> tuple[str, ...]:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            return tuple(f"Left out: {n}." for n in archive.namelist() if n.endswith(".tmp"))

    def check_version(
        self, assignment: manifest.Assignment, give_way: Callable[[], None]
    ) -> ports.VersionCheck:
        """What the manifest's title says comes of it."""
        self._obey(assignment.manifest.title)
        give_way()
        if assignment.manifest.title == "wrong":
            return ports.VersionCheck(("reference fails hidden/test_a.py::test_one: wrong",))
        return ports.VersionCheck((), {"mutants": {"killed": 3, "total": 3}})

    def check(self) -> None:
        if self.closed:
            raise errors.SandboxUnavailable("closed")

    def close(self) -> None:
        self.closed = True

    def figures(self) -> dict[str, int]:
        return {"warm": 1, "leased": 0}


def redact(whole: models.Report, audience: models.Audience, now: datetime) -> models.Report:
    """Drop hidden tests for students; enough to see that it was asked."""
    if audience is models.Audience.INSTRUCTOR:
        return whole
    shown = tuple(t for t in whole.tests if t.visibility is models.Visibility.VISIBLE)
    return models.Report(
        whole.assignment, whole.suite_version, audience, None, whole.max_score, whole.tasks, shown
    )


def to_json(shown: models.Report) -> dict[str, Any]:
    tests = [{"name": test.name, "message": test.message} for test in shown.tests]
    score = None if shown.score is None else float(shown.score)
    return {"score": score, "max_score": float(shown.max_score), "tests": tests}


def parts(grading: Grading, real_views: Callable[[], ports.ReportViews] | None = None) -> app.Parts:
    """Everything of the service but grading and, unless real ones are given, formats."""

    def make(_: settings.Settings) -> ports.GradingPort:
        return grading

    def make_intake(_: settings.Settings) -> ports.IntakePort:
        return grading

    def views() -> ports.ReportViews:
        return ports.ReportViews(
            redact,
            redaction.redact_test,
            to_json,
            lambda _: "<testsuites/>",
            lambda shown, total: {"score": float(total.score), "tests": []},
        )

    return app.Parts(make_intake, make, real_views or views)
